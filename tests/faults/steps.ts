/**
 * Makes training steps of the course's network whenever a number of them comes
 * on a line, and answers with the ms that they took:
 *
 *     deno run -A tests/faults/steps.ts
 */

import * as tf from "@tensorflow/tfjs";
import { stdin } from "node:process";
import { createInterface } from "node:readline";
import { NETWORKS } from "../../bench/networks.ts";
import { useBackend } from "../../lib/backend/mod.ts";

await useBackend("wasm-threads");
const { step } = NETWORKS.autoencoder();
const images = tf.tidy(() =>
  tf.randomUniform([128 * 784], 0, 1, "float32", 1).dataSync()
) as Float32Array;

for await (const line of createInterface({ input: stdin })) {
  const start = performance.now();
  for (let i = 0; i < Number(line); i++) await step(images, images);
  console.log(performance.now() - start);
}
