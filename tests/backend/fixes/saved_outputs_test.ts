/** Gradients of gradients through what operations save; numerics/ compares all of them. */

import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { useBackend } from "../../../lib/backend/mod.ts";

/** e^x by a gradient of our own, which saves its output, and then goes on. */
const ownExp = tf.customGrad((x, save) => {
  const y = tf.exp(x as tf.Tensor);
  (save as (saved: tf.Tensor[]) => void)([y, x as tf.Tensor]);
  return {
    value: y,
    gradFunc: (dy, saved) => tf.mul(dy, (saved as tf.Tensor[])[0]),
  };
});

for (const backend of ["cpu", "wasm-threads"] as const) {
  Deno.test(`the third derivative of e^x is e^x on ${backend}`, async () => {
    await useBackend(backend);
    for (const exp of [tf.exp, ownExp]) {
      const { numTensors } = tf.memory();
      const x = tf.tensor1d([0, 1, -2]);
      const third = tf.tidy(() =>
        tf.grad((x) => tf.grad((x) => tf.grad((x) => exp(x))(x))(x))(x)
      );
      third.dataSync<"float32">().forEach((value, i) => {
        const expected = Math.exp(x.dataSync()[i]);
        assert.ok(Math.abs(value - expected) < 1e-5 * expected, `${value}`);
      });
      tf.dispose([x, third]);
      assert.equal(tf.memory().numTensors, numTensors);
    }
  });

  Deno.test(`what saves a result in between has a gradient, and no second on ${backend}`, async () => {
    await useBackend(backend);
    const labels = tf.tensor2d([[0, 1]]), logits = tf.tensor2d([[1, 3]]);
    const loss = (x: tf.Tensor) =>
      tf.losses.softmaxCrossEntropy(labels, x) as tf.Scalar;
    const slope = (x: tf.Tensor) => tf.grad(loss)(x);
    const share = 1 / (1 + Math.exp(2)); // of the first
    slope(logits).dataSync<"float32">().forEach((value, i) =>
      assert.ok(Math.abs(value - [share, -share][i]) < 1e-6, `${value}`)
    );
    const { numTensors } = tf.memory();
    assert.throws(
      () => tf.grad(slope)(logits),
      /gradient of a gradient through ".*": it saves what is neither/,
    );
    assert.equal(tf.memory().numTensors, numTensors);
  });
}
