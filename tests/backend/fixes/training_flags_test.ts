/** The training flag that a layer was applied with holds in its network. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../../lib/backend/mod.ts";

await useBackend();

const SIZE = 100;
const ones = tf.ones([4, SIZE]);
const dropout = () => tf.layers.dropout({ rate: 0.5, seed: 1 });

/** A network of one layer, or a model, that is applied with a flag. */
function applied(layer: tf.layers.Layer, training?: boolean) {
  const inputs = tf.input({ shape: [SIZE] });
  const flags = training === undefined ? undefined : { training };
  const outputs = layer.apply(inputs, flags) as tf.SymbolicTensor;
  return tf.model({ inputs, outputs });
}

function isDropping(model: tf.LayersModel): boolean {
  return (model.predict(ones) as tf.Tensor).dataSync().includes(0);
}

Deno.test("dropout drops where it was applied with training, and only there", async () => {
  assert.ok(isDropping(applied(dropout(), true)));
  assert.ok(!isDropping(applied(dropout(), false)));
  assert.ok(!isDropping(applied(dropout())));
  const inner = applied(dropout());
  assert.ok(isDropping(applied(inner, true)));
  assert.ok(!isDropping(inner));
  const modelTopology = JSON.parse(applied(dropout(), true).toJSON() as string);
  assert.ok(isDropping(await tf.models.modelFromJSON({ modelTopology })));
});

Deno.test("what was applied without training is trained without", async () => {
  const normalization = () =>
    tf.layers.batchNormalization({ inputShape: [SIZE] });
  const inner = tf.sequential({ layers: [normalization(), dropout()] });
  for (const layer of [normalization(), inner]) {
    const model = applied(layer, false);
    model.compile({ optimizer: tf.train.sgd(0.1), loss: "meanSquaredError" });
    await model.trainOnBatch(tf.randomUniform([4, SIZE]), ones);
    const [, offset, , variance] = layer.getWeights()
      .map((weight) => weight.dataSync());
    assert.ok(offset.every((value) => value > 0)); // it learned, dropping none
    assert.ok(variance.every((value) => value === 1));
  }
});

Deno.test("a layer that is applied in two ways is refused", () => {
  const layer = dropout();
  const [always, usual] = [applied(layer, true), applied(layer)];
  for (const model of [always, usual]) {
    assert.throws(() => model.predict(ones), {
      name: "RangeError",
      message: /layer "dropout.*training true and left out; give it the same/,
    });
  }
});
