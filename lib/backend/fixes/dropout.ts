/** Dropout with a seed, which draws anew at each step. */

import { layersPrototypes } from "../internals/layers.ts";
import { countStep } from "../internals/optimizers.ts";

/** A step of a training, and how often each layer has drawn in it. */
interface Step {
  number: number;
  draws: WeakMap<object, number>;
}

/** What a layer draws without a training counts as one step that never ends. */
const outside: Step = { number: -1, draws: new WeakMap() };

let step = outside;

/**
 * From now on layers.dropout and layers.spatialDropout1d with a seed draw other
 * numbers at each step, and with the same seed the same ones in each training.
 * Steps are counted by the optimizer, which is saved with a training: one that
 * goes on draws as if it had never stopped. tfjs-layers 4.22 draws the same
 * numbers at every step: see README.md.
 */
export function drawAtEachStep() {
  const { model, dropout } = layersPrototypes();
  const { makeTrainFunction } = model;
  model.makeTrainFunction = function () {
    const train = makeTrainFunction.call(this);
    const { optimizer } = this;
    return (data) => {
      const number = optimizer.iterations;
      step = { number, draws: new WeakMap() };
      try {
        const losses = train(data);
        // An optimizer of somebody's own may not count its steps.
        if (optimizer.iterations === number) countStep(optimizer);
        return losses;
      } finally {
        step = outside;
      }
    };
  };
  const { call } = dropout;
  dropout.call = function (inputs, flags) {
    const { seed } = this;
    if (seed == null || !flags?.training) {
      return call.call(this, inputs, flags);
    }
    const draw = step.draws.get(this) ?? 0;
    step.draws.set(this, draw + 1);
    this.seed = `${draw} of step ${step.number}, seed ${seed}`;
    try {
      return call.call(this, inputs, flags);
    } finally {
      this.seed = seed;
    }
  };
}
