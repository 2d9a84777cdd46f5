/** tfjs's Adam in one kernel is tfjs's Adam in fifteen. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { type BackendName, useBackend } from "../../../lib/backend/mod.ts";
import { Random } from "../../../lib/data/random.ts";

const SHAPES = [[1], [7], [33, 5], [100, 100]];

/** Variables after some steps, with gradients of all sizes and signs. */
async function stepped(name: BackendName, epsilon?: number) {
  await useBackend(name);
  const random = new Random(1);
  const normal = (shape: number[]) =>
    tf.tensor(
      Float32Array.from(
        { length: tf.util.sizeFromShape(shape) },
        () => random.normal() * 10 ** (random.integer(12) - 8),
      ),
      shape,
    );
  const variables = SHAPES.map((shape) => tf.variable(normal(shape)));
  const optimizer = tf.train.adam(0.01, 0.9, 0.999, epsilon);
  for (let step = 0; step < 4; step++) {
    optimizer.applyGradients(
      variables.map(({ name, shape }) => ({ name, tensor: normal(shape) })),
    );
  }
  const state = await optimizer.getWeights();
  return {
    values: variables.map((variable) => variable.dataSync()),
    state: state.map(({ tensor }) => tensor.dataSync()),
  };
}

Deno.test("four steps of Adam and its state, bit for bit", async () => {
  for (const epsilon of [undefined, 1e-3]) {
    const plain = await stepped("cpu", epsilon);
    const fast = await stepped("wasm-threads", epsilon);
    assert.deepEqual(fast, plain);
    assert.ok(plain.values[3].some((value) => value !== 0));
  }
});

Deno.test("Adam leaves no tensors but its state", async () => {
  await useBackend("wasm-threads");
  const variable = tf.variable(tf.zeros([5]));
  const optimizer = tf.train.adam(0.1);
  const step = () =>
    tf.tidy(() => void optimizer.minimize(() => variable.square().sum()));
  step();
  const { numTensors } = tf.memory();
  for (let i = 0; i < 5; i++) step();
  assert.equal(tf.memory().numTensors, numTensors);
});

Deno.test("a gradient of another shape is broadcast, as tfjs does", async () => {
  const stepped = async (name: BackendName) => {
    await useBackend(name);
    const variable = tf.variable(tf.zeros([4, 5]));
    const optimizer = tf.train.adam(0.1);
    for (const gradient of [tf.ones([1, 5]), tf.scalar(-2)]) {
      optimizer.applyGradients([{ name: variable.name, tensor: gradient }]);
    }
    return variable.dataSync();
  };
  assert.deepEqual(await stepped("wasm-threads"), await stepped("cpu"));
});
