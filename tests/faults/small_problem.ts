/**
 * Trains a small network on 24 digits and prints what it ran on, its loss,
 * and a checksum of its weights:
 *
 *     deno run -A tests/faults/small_problem.ts [BACKEND [THREADS]]
 */

import * as tf from "@tensorflow/tfjs";
import { type BackendName, useBackend } from "../../lib/backend/mod.ts";
import { sha256 } from "../../lib/data/files.ts";
import { loadMnist } from "../../lib/data/mnist.ts";
import { addNoise } from "../../lib/data/noise.ts";
import { readArguments, wholeNumber } from "../../tools/arguments.ts";
import { Random } from "../../lib/data/random.ts";
import { fit } from "../../lib/training/fit.ts";

const { positionals: [name, threads] } = readArguments(
  "deno run -A tests/faults/small_problem.ts [BACKEND [THREADS]]",
  { most: 2 },
);

/** What it prints, as JSON. */
export interface Result {
  backend: BackendName;
  /** Of the first epoch, and of the last. */
  losses: [number, number];
  weights: string;
}

const backend = await useBackend(
  name as BackendName | undefined,
  threads ? { threads: wholeNumber(threads, 1) } : {},
);
const { test: { images } } = await loadMnist({ train: 1, test: 24 });
const glorot = (seed: number) => tf.initializers.glorotUniform({ seed });
const square = { kernelSize: 3, padding: "same" } as const;
const model = tf.sequential({
  layers: [
    tf.layers.conv2d({
      ...{ ...square, filters: 4, inputShape: [28, 28, 1] },
      ...{ activation: "relu", kernelInitializer: glorot(1) },
    }),
    tf.layers.maxPooling2d({ poolSize: 2, padding: "same" }),
    tf.layers.upSampling2d({ size: [2, 2] }),
    tf.layers.conv2d({
      ...{ ...square, filters: 1 },
      ...{ activation: "sigmoid", kernelInitializer: glorot(2) },
    }),
  ],
});
model.compile({ optimizer: tf.train.adam(0.02), loss: "binaryCrossentropy" });
const noisy = addNoise(images, { random: new Random(1) });
const history = await fit(model, noisy, images, { epochs: 40, batchSize: 24 });
const values = await Promise.all(model.getWeights().map((w) => w.data()));
const weights = sha256(
  new Uint8Array(
    await new Blob(values as unknown as Float32Array<ArrayBuffer>[])
      .arrayBuffer(),
  ),
);
const losses: Result["losses"] = [history[0].loss, history.at(-1)!.loss];
const result: Result = { backend, losses, weights };
console.log(JSON.stringify(result));
