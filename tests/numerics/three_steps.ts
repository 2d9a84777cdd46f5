/**
 * Prints a checksum of what three steps of the course's network leave, and of
 * every kernel of a forward pass and its gradients, layer by layer:
 *
 *     deno run -A tests/numerics/three_steps.ts
 */

import * as tf from "@tensorflow/tfjs";
import { createHash } from "node:crypto";
import { useBackend } from "../../lib/backend/mod.ts";
import { buildAutoencoder } from "../../lib/training/model.ts";

await useBackend("wasm-threads");
const model = buildAutoencoder({ seed: 0 });
const hash = createHash("sha256");
const images = (n: number, seed: number) =>
  tf.randomUniform<tf.Rank.R4>([n, 28, 28, 1], 0, 1, "float32", seed);
for (let step = 0; step < 3; step++) {
  await model.trainOnBatch(images(33, step), images(33, step + 10));
}
for (const weight of model.getWeights()) hash.update(weight.dataSync());
const { value, grads } = tf.variableGrads(() =>
  (model.apply(images(9, 1)) as tf.Tensor).sub(images(9, 2)).square().mean()
);
for (const tensor of [value, ...Object.values(grads)]) {
  hash.update(tensor.dataSync());
}
console.log(hash.digest("hex"));
