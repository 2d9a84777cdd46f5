/** How a network takes part in the bench: its training step and its answers. */

import * as tf from "@tensorflow/tfjs";

/** A network, one training step of it that returns the loss, and its answers. */
export interface Contestant {
  /** Images of a batch, and the shapes of one image's input and target. */
  batch: number;
  input: number[];
  target: number[];
  /** Inputs are whole numbers below this one, and not numbers from 0 to 1. */
  words?: number;
  models: tf.LayersModel[];
  step: (x: Float32Array, y: Float32Array) => Promise<number>;
  predict: (x: Float32Array) => Promise<unknown>;
}

/** A model with tfjs's own training step. */
export function trained(
  model: tf.LayersModel,
  { batch = 128, words }: { batch?: number; words?: number } = {},
): Contestant {
  const input = model.inputs[0].shape.slice(1) as number[];
  const target = model.outputs[0].shape.slice(1) as number[];
  return {
    ...{ batch, input, target, words },
    models: [model],
    async step(xs, ys) {
      const n = xs.length / tf.util.sizeFromShape(input);
      const x = tf.tensor(xs, [n, ...input]), y = tf.tensor(ys, [n, ...target]);
      const loss = await model.trainOnBatch(x, y);
      tf.dispose([x, y]);
      return loss as number;
    },
    predict: (xs) => answers(xs, input, (x) => model.predictOnBatch(x)),
  };
}

/** The numbers that `predict` makes of a batch. */
export async function answers(
  xs: Float32Array,
  shape: number[],
  predict: (x: tf.Tensor) => tf.Tensor | tf.Tensor[],
) {
  const y = tf.tidy(() => {
    const n = xs.length / tf.util.sizeFromShape(shape);
    return predict(tf.tensor(xs, [n, ...shape])) as tf.Tensor;
  });
  await y.data();
  y.dispose();
}

const LOSS = "categoricalCrossentropy";

/** A network that cleans images, with Adam as in PyTorch. */
export function cleaner(model: tf.LayersModel): Contestant {
  model.compile({ optimizer: "adam", loss: "binaryCrossentropy" });
  return trained(model);
}

export function classifier(
  layers: tf.layers.Layer[],
  options?: { batch?: number; words?: number },
): Contestant {
  const model = tf.sequential({ layers });
  model.compile({ optimizer: "adam", loss: LOSS });
  return trained(model, options);
}

export type Symbol = tf.SymbolicTensor;

/** Applies layers, one after the other. */
export const through = (input: Symbol, ...layers: tf.layers.Layer[]) =>
  layers.reduce((x, layer) => layer.apply(x) as Symbol, input);

export function functional(
  shape: number[],
  outputOf: (input: Symbol) => Symbol,
  { loss = LOSS, batch }: { loss?: string; batch: number },
): Contestant {
  const inputs = tf.input({ shape });
  const model = tf.model({ inputs, outputs: outputOf(inputs) });
  model.compile({ optimizer: "adam", loss });
  return trained(model, { batch });
}
