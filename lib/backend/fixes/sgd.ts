/** tfjs's SGD and Momentum, which go by their settings of now. */

import {
  keep,
  MomentumOptimizer,
  type Scalar,
  scalar,
  SGDOptimizer,
} from "@tensorflow/tfjs-core";

/** Some of this is private in tfjs-core, so it is named here. */
interface State {
  learningRate: number;
  momentum: number;
  m: Scalar;
  setLearningRate(rate: number): void;
  applyGradients(gradients: unknown): void;
}

/** The settings that each optimizer's tensors were made of. */
const made = new WeakMap<State, { learningRate: number; momentum: number }>();

let isMended = false;

/**
 * From now on SGD and Momentum obey when their learningRate or momentum is
 * changed between two steps. tfjs-core 4.22 keeps the first ones as tensors: see
 * fixes/README.md.
 */
export function followSettings() {
  if (isMended) return;
  isMended = true;
  for (const { prototype } of [SGDOptimizer, MomentumOptimizer]) {
    const { applyGradients } = prototype as unknown as State;
    (prototype as unknown as State).applyGradients = function (gradients) {
      const { learningRate, momentum, m } = this;
      const before = made.get(this);
      if (before?.learningRate !== learningRate) {
        this.setLearningRate(learningRate);
      }
      if (m && before?.momentum !== momentum) {
        m.dispose();
        this.m = keep(scalar(momentum));
      }
      made.set(this, { learningRate, momentum });
      applyGradients.call(this, gradients);
    };
  }
}
