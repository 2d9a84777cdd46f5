/** Layers of batch normalisation that have no scale, or no offset. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../../lib/backend/mod.ts";

/** The weights before the layer after a step: its scale is 1, its offset 0. */
async function stepWith(options: { scale?: boolean; center?: boolean }) {
  const dense = tf.layers.dense({
    units: 3,
    inputShape: [2],
    kernelInitializer: tf.initializers.randomNormal({ seed: 1 }),
  });
  const layer = tf.layers.batchNormalization(options);
  const model = tf.sequential({ layers: [dense, layer] });
  model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  const x = tf.tensor([[1, 2], [3, 4], [5, 7], [0, 1]]);
  const y = tf.tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]);
  await model.trainOnBatch(x, y);
  const [weights] = dense.getWeights();
  const result = {
    weights: await weights.data(),
    count: layer.getWeights().length,
    config: layer.getConfig(),
  };
  model.dispose();
  tf.dispose([x, y]);
  return result;
}

for (const backend of ["wasm-threads", "cpu"] as const) {
  Deno.test(`batch normalisation without scale or offset is trained on ${backend}`, async () => {
    await useBackend(backend);
    const { weights, count } = await stepWith({});
    assert.equal(count, 4);
    for (const scale of [true, false]) {
      for (const center of [true, false]) {
        const other = await stepWith({ scale, center });
        assert.equal(other.count, 2 + Number(scale) + Number(center));
        assert.equal(other.config.scale, scale);
        other.weights.forEach((weight, i) =>
          assert.ok(Math.abs(weight - weights[i]) < 1e-6)
        );
      }
    }
  });
}
