import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import {
  buildAutoencoder,
  buildClassifier,
  buildUNet,
} from "../../lib/training/model.ts";
import { countMultiplications } from "../../lib/training/multiplications.ts";

Deno.test("the tutorial's network needs 4.5 million multiplications an image", () => {
  // Places times window times input channels times filters, layer by layer.
  const byHand = 784 * 9 * 32 + 196 * 9 * 32 * 32 + 49 * 9 * 32 * 32 +
    196 * 9 * 32 * 32 + 784 * 9 * 32;
  assert.equal(countMultiplications(buildAutoencoder()), byHand);
});

Deno.test("each kind of layer counts what a loop over its outputs would do", () => {
  const of = (inputShape: number[], layer: tf.layers.Layer) =>
    countMultiplications(tf.sequential({
      layers: [tf.layers.inputLayer({ inputShape }), layer],
    }));
  const { conv1d, conv2d, conv2dTranspose, conv3d, dense } = tf.layers;
  assert.equal(of([7], dense({ units: 3 })), 21);
  assert.equal(of([5, 7], dense({ units: 3 })), 105);
  const window = { filters: 4, kernelSize: 3 };
  assert.equal(of([10, 2], conv1d(window)), 8 * 3 * 2 * 4);
  assert.equal(of([9, 9, 2], conv2d({ ...window, strides: 2 })), 16 * 72);
  assert.equal(of([5, 5, 5, 2], conv3d(window)), 27 * 27 * 8);
  assert.equal(
    of([5, 5, 2], conv2dTranspose({ ...window, strides: 2 })),
    25 * 72,
  );
  assert.equal(of([9, 9, 2], tf.layers.batchNormalization()), 0);
  assert.equal(of([9, 9, 2], tf.layers.maxPooling2d({ poolSize: 2 })), 0);
});

Deno.test("a network inside of a network and skip connections count, too", () => {
  const input = tf.input({ shape: [28, 28, 1] });
  const inner = buildAutoencoder();
  const outputs = inner.apply(input) as tf.SymbolicTensor;
  const model = tf.model({ inputs: input, outputs });
  assert.equal(countMultiplications(model), countMultiplications(inner));
  assert.ok(
    countMultiplications(buildUNet({})) > countMultiplications(inner),
  );
  assert.ok(countMultiplications(buildClassifier({})) > 0);
});

Deno.test("what cannot be counted is an error with the way out", () => {
  assert.throws(
    () => countMultiplications(3 as unknown as tf.LayersModel),
    /of "3": give a model/,
  );
  const lstm = tf.sequential({
    layers: [tf.layers.lstm({ units: 2, inputShape: [3, 2] })],
  });
  assert.throws(() => countMultiplications(lstm), /of the kind LSTM/);
  const open = tf.sequential({
    layers: [tf.layers.conv2d({
      ...{ filters: 2, kernelSize: 3, inputShape: [null, null, 1] },
    })],
  });
  assert.throws(
    () => countMultiplications(open),
    /give the first layer an inp/,
  );
});
