/** Dropout with a seed, which draws anew at each step. */

import { layers, LayersModel } from "@tensorflow/tfjs-layers";

/** Some of this is private in tfjs-layers, so it is named here. */
interface Dropout {
  seed?: number | string;
  call(inputs: unknown, kwargs?: { training?: boolean }): unknown;
}

interface Model {
  optimizer: { readonly iterations: number; incrementIterations(): void };
  makeTrainFunction(): (data: unknown) => unknown;
}

/** A step of a training, and how often each layer has drawn in it. */
interface Step {
  number: number;
  draws: WeakMap<Dropout, number>;
}

/** What a layer draws without a training counts as one step that never ends. */
const outside: Step = { number: -1, draws: new WeakMap() };

let step = outside;

/**
 * From now on layers.dropout and layers.spatialDropout1d with a seed draw other
 * numbers at each step, and with the same seed the same ones in each training.
 * Steps are counted by the optimizer, which is saved with a training: one that
 * goes on draws as if it had never stopped. tfjs-layers 4.22 draws the same
 * numbers at every step: see fixes/README.md.
 */
export function drawAtEachStep() {
  const training = LayersModel.prototype as unknown as Model;
  const { makeTrainFunction } = training;
  training.makeTrainFunction = function () {
    const train = makeTrainFunction.call(this);
    const { optimizer } = this;
    return (data) => {
      const number = optimizer.iterations;
      step = { number, draws: new WeakMap() };
      try {
        const losses = train(data);
        // An optimizer of somebody's own may not count its steps.
        if (optimizer.iterations === number) optimizer.incrementIterations();
        return losses;
      } finally {
        step = outside;
      }
    };
  };
  // With a name of its own, for tfjs-layers counts the layers without one.
  const one = layers.dropout({ name: "prototype", rate: 0 });
  const prototype = Object.getPrototypeOf(one) as Dropout;
  const { call } = prototype;
  prototype.call = function (inputs, kwargs) {
    const { seed } = this;
    if (seed == null || !kwargs?.training) {
      return call.call(this, inputs, kwargs);
    }
    const draw = step.draws.get(this) ?? 0;
    step.draws.set(this, draw + 1);
    this.seed = `${draw} of step ${step.number}, seed ${seed}`;
    try {
      return call.call(this, inputs, kwargs);
    } finally {
      this.seed = seed;
    }
  };
}
