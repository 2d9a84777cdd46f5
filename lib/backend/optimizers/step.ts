/** A step of tfjs's optimizers as one kernel for each variable. */

import {
  add,
  backend,
  engine,
  getBackend,
  mul,
  type NamedAttrMap,
  type Tensor,
  tidy,
  util,
} from "@tensorflow/tfjs-core";
import { BACKEND } from "../backend.ts";
import { checkedSettings } from "../fixes/adadelta.ts";
import {
  ADADELTA,
  ADAGRAD,
  ADAM,
  ADAMAX,
  averagesOf,
  type Change,
  type Common,
  type Known,
  MOMENTUM,
  replaceStep,
  RMSPROP,
  SGD,
} from "../internals/optimizers.ts";
import type { KernelName, Settings } from "./kernels.ts";

/**
 * From now on tfjs's optimizers take their steps on our backend with one kernel a
 * variable in place of a dozen: to the same bits, and with the same state.
 */
export function stepInOneKernel() {
  replaceWithKernel(SGD, "Sgd", {
    settings: ({ learningRate }) => ({ learningRate }),
  });
  replaceWithKernel(MOMENTUM, "Momentum", {
    settings: ({ learningRate, momentum, useNesterov }) => ({
      ...{ learningRate, momentum, usesNesterov: Number(useNesterov) },
    }),
  });
  replaceWithKernel(ADADELTA, "Adadelta", {
    settings: (optimizer) => {
      const { rho, ...others } = checkedSettings(optimizer);
      return { ...others, rho, oneMinusRho: 1 - rho };
    },
  });
  replaceWithKernel(ADAGRAD, "Adagrad", {
    settings: ({ learningRate }) => ({
      ...{ learningRate, epsilon: backend().epsilon() },
    }),
  });
  replaceWithKernel(ADAM, "Adam", {
    settings: ({ learningRate, beta1, beta2, epsilon, ...powers }) => ({
      ...{ learningRate, beta1, oneMinusBeta1: 1 - beta1 },
      ...{ beta2, oneMinusBeta2: 1 - beta2, epsilon },
      bias1: 1 - numberOf(powers.accBeta1),
      bias2: 1 - numberOf(powers.accBeta2),
    }),
    finish: ({ beta1, beta2, accBeta1, accBeta2 }) => {
      accBeta1.assign(mul(accBeta1, beta1));
      accBeta2.assign(mul(accBeta2, beta2));
    },
  });
  replaceWithKernel(ADAMAX, "Adamax", {
    settings: ({ learningRate, beta1, beta2, epsilon, ...others }) => {
      // Rounded where tfjs rounds, which computes it with tensors.
      const steps = numberOf(others.iteration) * Math.fround(others.decay);
      const slower = Math.fround(Math.fround(steps) + 1);
      const rate = Math.fround(Math.fround(learningRate) / slower);
      return {
        rate: rate / Math.fround(1 - numberOf(others.accBeta1)),
        ...{ beta1, oneMinusBeta1: 1 - beta1, beta2, epsilon },
      };
    },
    finish: ({ iteration, accBeta1, beta1 }) => {
      iteration.assign(add(iteration, 1));
      accBeta1.assign(mul(accBeta1, beta1));
    },
  });
  replaceWithKernel(RMSPROP, "RmsProp", {
    settings: ({ learningRate, decay, momentum, epsilon, centered }) => ({
      ...{ learningRate, decay, oneMinusDecay: 1 - decay, momentum, epsilon },
      isCentred: Number(centered),
    }),
  });
}

function numberOf(scalar: Tensor): number {
  return scalar.dataSync()[0];
}

/** `finish` is called in a tidy after all variables have changed. */
function replaceWithKernel<Members extends Common, Name extends KernelName>(
  optimizers: Known<Members>,
  kernelName: Name,
  { settings, finish }: {
    settings: (optimizer: Members) => Settings<Name>;
    finish?: (optimizer: Members) => void;
  },
) {
  replaceStep(optimizers, (optimizer, changes, before) => {
    if (getBackend() !== BACKEND || !changes.every(isPlain)) return before();
    const attrs = settings(optimizer) as unknown as NamedAttrMap;
    changes.forEach(({ variable, gradient }, i) => {
      const averages = averagesOf(optimizers, optimizer, { variable, i });
      // A variable that is frozen has no gradient; it still has its place.
      if (!gradient) return;
      tidy(() => {
        const inputs = Object.fromEntries(
          [variable, gradient, ...averages].map((tensor, k) => [k, tensor]),
        );
        const [newVariable, ...newAverages] = engine()
          .runKernel(kernelName, inputs, attrs) as Tensor[];
        averages.forEach((average, k) => average.assign(newAverages[k]));
        variable.assign(newVariable);
      });
    });
    tidy(() => finish?.(optimizer));
    optimizer.incrementIterations();
  });
}

/** tfjs broadcasts gradients of other shapes, which the kernels do not. */
function isPlain({ variable, gradient }: Change): boolean {
  return !gradient || gradient.dtype === "float32" &&
      util.arraysEqual(gradient.shape, variable.shape);
}
