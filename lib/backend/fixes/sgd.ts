/** tfjs's SGD and Momentum, which use the settings that they have now. */

import { keep, scalar } from "@tensorflow/tfjs-core";
import { MOMENTUM, replaceStep, SGD } from "../internals/optimizers.ts";

/** The settings that each optimizer's tensors were made of. */
const used = new WeakMap<object, { learningRate: number; momentum?: number }>();

/**
 * From now on SGD and Momentum use their learningRate and momentum as they are at
 * each step. tfjs-core 4.22 keeps the first ones as tensors: see README.md.
 */
export function followSettings() {
  replaceStep(SGD, (optimizer, _changes, before) => {
    const { learningRate } = optimizer;
    if (used.get(optimizer)?.learningRate !== learningRate) {
      optimizer.setLearningRate(learningRate);
    }
    used.set(optimizer, { learningRate });
    before();
  });
  replaceStep(MOMENTUM, (optimizer, _changes, before) => {
    const { learningRate, momentum } = optimizer;
    const last = used.get(optimizer);
    if (last?.learningRate !== learningRate) {
      optimizer.setLearningRate(learningRate);
    }
    if (last?.momentum !== momentum) {
      optimizer.m.dispose();
      optimizer.m = keep(scalar(momentum));
    }
    used.set(optimizer, { learningRate, momentum });
    before();
  });
}
