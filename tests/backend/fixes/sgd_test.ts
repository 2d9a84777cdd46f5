/** Settings of SGD and Momentum may be changed between two steps. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../../lib/backend/mod.ts";

/** One made before the backend is started obeys too. */
const early = tf.train.sgd(8);

await useBackend();

/** Where a variable is after one more step of a gradient of 1, from 0 on. */
function walk(optimizer: tf.Optimizer) {
  const x = tf.variable(tf.scalar(0));
  return (settings: { learningRate?: number; momentum?: number } = {}) => {
    Object.assign(optimizer, settings);
    tf.tidy(() =>
      optimizer.applyGradients([{ name: x.name, tensor: tf.scalar(1) }])
    );
    return x.dataSync()[0];
  };
}

for (
  const [name, optimizer] of Object.entries({
    "SGD": tf.train.sgd(1),
    "SGD made early": early,
    "Momentum": tf.train.momentum(1, 0),
  })
) {
  Deno.test(`${name} goes by its learning rate of now`, () => {
    const step = walk(optimizer);
    assert.equal(step({ learningRate: 0.5 }), -0.5);
    const { numTensors } = tf.memory();
    assert.equal(step({ learningRate: 4 }), -4.5);
    assert.equal(step(), -8.5);
    assert.equal(tf.memory().numTensors, numTensors);
    (optimizer as tf.SGDOptimizer).setLearningRate(1);
    assert.equal(step(), -9.5);
  });
}

Deno.test("Momentum goes by its momentum of now", () => {
  const optimizer = tf.train.momentum(1, 0.5);
  const step = walk(optimizer);
  assert.equal(step(), -1);
  assert.equal(step({ momentum: 2 }), -4); // 1 + 2 * 1
  const { numTensors } = tf.memory();
  optimizer.setMomentum(0);
  assert.equal(step(), -5);
  assert.equal(tf.memory().numTensors, numTensors);
});
