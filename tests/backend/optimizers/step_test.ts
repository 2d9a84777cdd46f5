/** Optimizers in one kernel a variable are what they are in a dozen. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { type BackendName, useBackend } from "../../../lib/backend/mod.ts";
import { Random } from "../../../lib/data/random.ts";
import { countRuns } from "../runs.ts";

const SHAPES = [[1], [7], [33, 5], [100, 100]];

const optimizers: Record<string, (() => tf.Optimizer)[]> = {
  Sgd: [() => tf.train.sgd(0.3)],
  Momentum: [
    () => tf.train.momentum(0.1, 0.7),
    () => tf.train.momentum(0.1, 0.7, true),
  ],
  Adadelta: [
    () => tf.train.adadelta(0.5, 0.9),
    () => tf.train.adadelta(0.5, 0.9, 1e-3),
  ],
  Adagrad: [() => tf.train.adagrad(0.2), () => tf.train.adagrad(0.2, 0.3)],
  Adam: [
    () => tf.train.adam(0.01, 0.9, 0.999),
    () => tf.train.adam(0.01, 0.9, 0.999, 1e-3),
  ],
  Adamax: [
    () => tf.train.adamax(0.01),
    () => tf.train.adamax(0.03, 0.8, 0.9, 1e-3, 0.7),
  ],
  RmsProp: [
    () => tf.train.rmsprop(0.01, 0.8, 0.4, 1e-3),
    () => tf.train.rmsprop(0.01, 0.8, 0.4, 1e-3, true),
  ],
};

/** Variables after some steps, with gradients of all sizes and signs. */
async function stepped(name: BackendName, make: () => tf.Optimizer) {
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
  const optimizer = make();
  for (let step = 0; step < 4; step++) {
    // A variable that is frozen has no gradient.
    optimizer.applyGradients(
      variables.map(({ name, shape }, i) => ({
        name,
        tensor: step === i ? undefined as unknown as tf.Tensor : normal(shape),
      })),
    );
  }
  // tfjs cannot say what Adamax's state is.
  const state = optimizer.getClassName() === "Adamax"
    ? []
    : await optimizer.getWeights();
  return {
    values: variables.map((variable) => variable.dataSync()),
    state: state.map(({ tensor }) => tensor.dataSync()),
  };
}

for (const [name, all] of Object.entries(optimizers)) {
  const make = all.at(-1)!;
  Deno.test(`four steps of ${name} and its state, bit for bit`, async () => {
    await useBackend("wasm-threads");
    for (const make of all) {
      const plain = await stepped("cpu", make);
      const [runs] = await countRuns([name], async () => {
        const fast = await stepped("wasm-threads", make);
        assert.deepEqual(fast, plain);
      });
      assert.equal(runs, 4 * SHAPES.length - 4);
      assert.ok(plain.values[3].some((value) => value !== 0));
    }
  });

  Deno.test(`${name} leaves no tensors but its state, and frees that`, async () => {
    await useBackend("wasm-threads");
    const variable = tf.variable(tf.zeros([5]));
    const before = tf.memory().numTensors;
    const optimizer = make();
    const step = () =>
      tf.tidy(() => void optimizer.minimize(() => variable.square().sum()));
    step();
    const { numTensors } = tf.memory();
    for (let i = 0; i < 5; i++) step();
    assert.equal(tf.memory().numTensors, numTensors);
    optimizer.dispose();
    // tfjs's Momentum keeps its rate.
    const kept = name === "Momentum" ? 1 : 0;
    assert.equal(tf.memory().numTensors, before + kept);
  });

  Deno.test(`${name}: a gradient of another shape is broadcast, as tfjs does`, async () => {
    const stepped = async (name: BackendName) => {
      await useBackend(name);
      const variable = tf.variable(tf.zeros([4, 5]));
      const optimizer = make();
      for (const gradient of [tf.ones([1, 5]), tf.scalar(-2)]) {
        optimizer.applyGradients([{ name: variable.name, tensor: gradient }]);
      }
      return variable.dataSync();
    };
    assert.deepEqual(await stepped("wasm-threads"), await stepped("cpu"));
  });
}

Deno.test("a step without one of its averages is refused", async () => {
  await useBackend("wasm-threads");
  const x = tf.ones([5]), inputs = { 0: x, 1: x, 2: x, 3: x };
  const attrs = {
    ...{ learningRate: 0.1, decay: 0.9, oneMinusDecay: 0.1 },
    ...{ momentum: 0.5, epsilon: 1e-7 },
  };
  const step = (isCentred: number) =>
    tf.engine().runKernel("RmsProp", inputs, { ...attrs, isCentred });
  tf.dispose(step(0));
  assert.throws(() => step(1), RangeError);
  x.dispose();
});
