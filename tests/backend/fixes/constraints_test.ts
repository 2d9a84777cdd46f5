/** Constraints of weights hold while a model learns. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../../lib/backend/mod.ts";

for (const name of ["cpu", "wasm-threads"] as const) {
  Deno.test(`constraints hold after each step on ${name}`, async () => {
    await useBackend(name);
    const layer = tf.layers.dense({
      units: 3,
      inputShape: [4],
      kernelConstraint: tf.constraints.maxNorm({ maxValue: 0.5, axis: 0 }),
      biasConstraint: "nonNeg",
    });
    const model = tf.sequential({ layers: [layer] });
    model.compile({ optimizer: tf.train.sgd(10), loss: "meanSquaredError" });
    const x = tf.randomNormal([8, 4], 0, 1, "float32", 1);
    await model.trainOnBatch(x, tf.fill([8, 3], -5));
    const [kernel, bias] = layer.getWeights();
    const norms = [...tf.norm(kernel, 2, 0).dataSync()];
    assert.ok(norms.every((norm) => Math.abs(norm - 0.5) < 1e-6), `${norms}`);
    assert.deepEqual([...bias.dataSync()], [0, 0, 0]);
  });
}
