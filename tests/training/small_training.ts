/** Small trainings that are stopped and go on. */

import * as tf from "@tensorflow/tfjs";
import { fit, type FitOptions } from "../../lib/training/fit.ts";
import { inFolder } from "../in_folder.ts";
import { clean, noisy, SIZE } from "./small_model.ts";
import { stopped } from "../stopped.ts";

export const optimizers = {
  Adadelta: () => tf.train.adadelta(1),
  Adam: () => tf.train.adam(0.01),
  Adagrad: () => tf.train.adagrad(0.01),
  Momentum: () => tf.train.momentum(0.01, 0.9, true),
  RMSProp: () => tf.train.rmsprop(0.001),
  "centred RMSProp": () => tf.train.rmsprop(0.001, 0.9, 0, 1e-7, true),
  SGD: () => tf.train.sgd(0.01),
};

export type Optimizer = keyof typeof optimizers;

export function build(optimizer: Optimizer = "Adadelta", units = 5) {
  const glorot = (seed: number) => tf.initializers.glorotUniform({ seed });
  const model = tf.sequential({
    layers: [
      tf.layers.dense({
        units,
        activation: "relu",
        inputShape: [SIZE],
        kernelInitializer: glorot(1),
      }),
      tf.layers.dense({
        units: SIZE,
        activation: "sigmoid",
        kernelInitializer: glorot(2),
      }),
    ],
  });
  model.compile({
    optimizer: optimizers[optimizer](),
    loss: "binaryCrossentropy",
  });
  return model;
}

export const SETTINGS = {
  epochs: 4,
  batchSize: 8,
  seed: 3,
  validationData: [noisy, clean],
} satisfies FitOptions;

/** History without the times, which no two trainings share. */
export function losses(history: Awaited<ReturnType<typeof fit>>) {
  return history.map(({ epoch, loss, valLoss }) => ({ epoch, loss, valLoss }));
}

export const inCheckpoint = (use: (checkpoint: string) => Promise<void>) =>
  inFolder((folder) => use(`${folder}/training`));

/** Trains until so many batches are done. */
export async function stopAfter(
  batches: number,
  model: tf.LayersModel,
  options: FitOptions,
) {
  const stop = new AbortController();
  let done = 0;
  await stopped(fit(model, noisy, clean, {
    ...SETTINGS,
    ...options,
    signal: stop.signal,
    onBatch: () => void (++done === batches && stop.abort()),
  }));
}

export function statesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith(".bin")).sort();
}
