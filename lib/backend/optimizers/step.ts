/** A step of tfjs's Adadelta and Adam as one kernel for each variable. */

import {
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
  ADAM,
  averagesOf,
  type Change,
  type Common,
  type Known,
  replaceStep,
} from "../internals/optimizers.ts";

/**
 * From now on Adadelta and Adam take their steps on our backend with one kernel a
 * variable in place of a dozen: to the same bits, and with the same state.
 */
export function stepInOneKernel() {
  replaceWithKernel(ADADELTA, "Adadelta", { attributes: checkedSettings });
  replaceWithKernel(ADAM, "Adam", {
    attributes: ({ learningRate, beta1, beta2, epsilon, ...powers }) => ({
      ...{ learningRate, beta1, beta2, epsilon },
      bias1: 1 - powers.accBeta1.dataSync()[0],
      bias2: 1 - powers.accBeta2.dataSync()[0],
    }),
    finish: ({ beta1, beta2, accBeta1, accBeta2 }) => {
      accBeta1.assign(mul(accBeta1, beta1));
      accBeta2.assign(mul(accBeta2, beta2));
    },
  });
}

/** `finish` is called in a tidy after all variables have changed. */
function replaceWithKernel<Members extends Common>(
  optimizers: Known<Members>,
  kernelName: string,
  { attributes, finish }: {
    attributes: (optimizer: Members) => NamedAttrMap;
    finish?: (optimizer: Members) => void;
  },
) {
  replaceStep(optimizers, (optimizer, changes, before) => {
    if (getBackend() !== BACKEND || !changes.every(isPlain)) return before();
    const attrs = attributes(optimizer);
    changes.forEach(({ variable, gradient }, i) => {
      const averages = averagesOf(optimizers, optimizer, { variable, i });
      // A variable that is frozen has no gradient; it still has its place.
      if (!gradient) return;
      const [first, second] = averages;
      tidy(() => {
        const inputs = { variable, gradient, first, second };
        const [newVariable, newFirst, newSecond] = engine()
          .runKernel(kernelName, inputs, attrs) as Tensor[];
        first.assign(newFirst);
        second.assign(newSecond);
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
