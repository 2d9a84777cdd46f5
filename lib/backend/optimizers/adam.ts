/** tfjs's Adam, one kernel a variable. */

import {
  AdamOptimizer,
  engine,
  getBackend,
  type Tensor,
  tidy,
  util,
  type Variable,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { BACKEND } from "../backend.ts";
import type { AdamAttributes } from "./kernels.ts";

/** tfjs's own state; its getWeights and setWeights know these names. */
interface State {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  accBeta1: Variable;
  accBeta2: Variable;
  accumulatedFirstMoment: Moment[];
  accumulatedSecondMoment: Moment[];
  incrementIterations: () => void;
}

interface Moment {
  originalName: string;
  variable: Variable;
}

type Gradients = Parameters<AdamOptimizer["applyGradients"]>[0];

/**
 * From now on tfjs's Adam takes its steps on this backend with one kernel a
 * variable instead of fifteen; to the same bits, and with the same state.
 */
export function stepAdamAtOnce() {
  const { applyGradients } = AdamOptimizer.prototype;
  AdamOptimizer.prototype.applyGradients = function (gradients: Gradients) {
    const named = Array.isArray(gradients)
      ? gradients
      : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
    const { registeredVariables } = engine();
    // tfjs's own broadcasts gradients of other shapes.
    const isPlain = getBackend() === BACKEND &&
      named.every(({ name, tensor }) =>
        tensor?.dtype === "float32" &&
        util.arraysEqual(tensor.shape, registeredVariables[name].shape)
      );
    if (!isPlain) return applyGradients.call(this, gradients);
    step(this as unknown as State, named);
  };
}

function step(adam: State, gradients: { name: string; tensor: Tensor }[]) {
  const { learningRate, beta1, beta2, epsilon, accBeta1, accBeta2 } = adam;
  const attributes: AdamAttributes = {
    ...{ learningRate, beta1, beta2, epsilon },
    bias1: 1 - accBeta1.dataSync()[0],
    bias2: 1 - accBeta2.dataSync()[0],
  };
  gradients.forEach(({ name, tensor: gradient }, i) => {
    const variable = engine().registeredVariables[name];
    const first = adam.accumulatedFirstMoment[i] ??= zeros(variable, "m");
    const second = adam.accumulatedSecondMoment[i] ??= zeros(variable, "v");
    tidy(() => {
      const inputs = { variable, gradient, first: first.variable };
      const [newVariable, newFirst, newSecond] = engine().runKernel("Adam", {
        ...inputs,
        second: second.variable,
      }, { ...attributes }) as Tensor[];
      first.variable.assign(newFirst);
      second.variable.assign(newSecond);
      variable.assign(newVariable);
    });
  });
  tidy(() => {
    accBeta1.assign(accBeta1.mul(beta1));
    accBeta2.assign(accBeta2.mul(beta2));
  });
  adam.incrementIterations();
}

function zeros(variable: Variable, what: string): Moment {
  return {
    originalName: `${variable.name}/${what}`,
    variable: tidy(() => zerosLike(variable).variable(false)),
  };
}
