/**
 * Times training steps of the tutorial's network, batch 128:
 *
 *     deno run -A bench/step.ts [wasm-threads | cpu | stock] [steps] [threads]
 *
 * "stock" is tfjs's cpu backend as it comes, wrong gradients included: one step
 * takes minutes. The first two steps are not counted where more are made.
 */

import * as tf from "@tensorflow/tfjs";
import { type BackendName, useBackend } from "../lib/backend/mod.ts";
import { readArguments, wholeNumber } from "../tools/arguments.ts";
import { buildAutoencoder } from "../lib/training/model.ts";

const { positionals: [name = "wasm-threads", steps = "100", threads] } =
  readArguments(
    "deno run -A bench/step.ts [wasm-threads | cpu | stock] [steps] [threads]",
    { most: 3 },
  );
if (name === "stock") await tf.setBackend("cpu");
else {
  await useBackend(name as BackendName, {
    threads: threads ? wholeNumber(threads, 1) : navigator.hardwareConcurrency,
  });
}
const model = buildAutoencoder({ seed: 0 });
const x = tf.randomUniform([128, 28, 28, 1], 0, 1, "float32", 1);
const y = tf.randomUniform([128, 28, 28, 1], 0, 1, "float32", 2);
const times: number[] = [];
for (let step = 0; step < wholeNumber(steps, 1) + 2; step++) {
  const start = performance.now();
  await model.trainOnBatch(x, y);
  times.push(performance.now() - start);
  if (name === "stock") break;
}
const counted = times.slice(times.length > 2 ? 2 : 0).sort((a, b) => a - b);
const at = (share: number) =>
  counted[Math.floor(share * (counted.length - 1))].toFixed(0);
console.log(
  `${name}: median ${at(0.5)} ms a step, ${at(0)} to ${at(1)}, ` +
    `of ${counted.length}`,
);
