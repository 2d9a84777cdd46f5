/** A network so small that a training of it takes no time, and its images. */

import * as tf from "@tensorflow/tfjs";
import { Random } from "../../lib/data/random.ts";

/** Images of 12 numbers each. */
export const COUNT = 40, SIZE = 12;

const random = new Random(1);
const numbers = () =>
  Float32Array.from({ length: COUNT * SIZE }, () => random.uniform());

export const noisy = numbers(), clean = numbers();

/** A dense network from 12 numbers to 12 between 0 and 1. */
export function smallModel(
  args: Partial<tf.ModelCompileArgs> = {},
): tf.Sequential {
  const model = tf.sequential({
    layers: [tf.layers.dense({
      ...{ units: SIZE, activation: "sigmoid", inputShape: [SIZE] },
      kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
    })],
  });
  model.compile({
    ...{ optimizer: tf.train.sgd(0.1), loss: "binaryCrossentropy" },
    ...args,
  });
  return model;
}

/** The numbers of a model's weights. */
export function weightsOf(model: tf.LayersModel) {
  return model.getWeights().map((weight) => weight.dataSync());
}
