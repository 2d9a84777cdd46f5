/**
 * Prints how long training steps take here, in ms, as tools/pace.ts wants them:
 * of the tutorial's network, which the backend runs as one, and of a U-Net,
 * which it runs layer by layer; in batches of 128.
 */

import * as tf from "@tensorflow/tfjs";
import { useBackend } from "../lib/backend/mod.ts";
import { buildAutoencoder, buildUNet } from "../lib/training/model.ts";

/** Ms that each network is timed for, after two steps that do not count. */
const LONG = 600;

async function stepTime(model: tf.LayersModel): Promise<number> {
  const x = tf.randomUniform([128, 28, 28, 1], 0, 1, "float32", 1);
  const times: number[] = [];
  const start = performance.now();
  while (times.length < 5 || performance.now() - start < LONG) {
    const before = performance.now();
    await model.trainOnBatch(x, x);
    times.push(performance.now() - before);
  }
  const counted = times.slice(2).sort((a, b) => a - b);
  return Number(counted[Math.floor(counted.length / 2)].toFixed(2));
}

await useBackend("wasm-threads");
const times = [
  await stepTime(buildAutoencoder()),
  await stepTime(buildUNet()),
];
console.log(JSON.stringify(times));
