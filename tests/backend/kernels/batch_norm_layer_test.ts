/** Layers of batch normalisation in training: as on "cpu", in few kernels. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { type BackendName, useBackend } from "../../../lib/backend/mod.ts";
import { Random } from "../../../lib/data/random.ts";

type Options = Parameters<typeof tf.layers.batchNormalization>[0];

const CASES: { name: string; shape: number[]; options: Options }[] = [
  { name: "rows", shape: [5], options: {} },
  { name: "sequences", shape: [4, 6], options: { momentum: 0.5 } },
  { name: "images", shape: [5, 4, 3], options: { epsilon: 0.1 } },
  { name: "images of many channels", shape: [9, 9, 20], options: {} },
  { name: "no scale", shape: [5, 4, 3], options: { scale: false } },
  { name: "no offset", shape: [5, 4, 3], options: { center: false } },
  {
    name: "neither",
    shape: [5],
    options: { scale: false, center: false },
  },
  { name: "the last axis by its number", shape: [4, 3], options: { axis: 2 } },
  { name: "another axis", shape: [4, 3], options: { axis: 1 } },
  { name: "volumes", shape: [3, 2, 4, 5], options: {} },
  {
    name: "another axis of volumes",
    shape: [3, 2, 4, 5],
    options: { axis: 2 },
  },
];

/** Of random numbers, the same at each call with the same seed. */
function numbers(shape: number[], seed: number): tf.Tensor {
  const random = new Random(seed);
  const length = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Float32Array.from({ length }, () => 3 * random.normal() + 1),
    shape,
  );
}

/** All weights, the prediction, and dx, after three steps of training. */
async function train(
  { shape, options }: typeof CASES[number],
): Promise<Float32Array[]> {
  const layer = tf.layers.batchNormalization({ inputShape: shape, ...options });
  const out = shape.length > 1 ? [tf.layers.flatten()] : [];
  const dense = tf.layers.dense({
    units: 2,
    kernelInitializer: tf.initializers.randomNormal({ seed: 1 }),
  });
  const model = tf.sequential({ layers: [layer, ...out, dense] });
  model.compile({ optimizer: tf.train.sgd(0.01), loss: "meanSquaredError" });
  const x = numbers([7, ...shape], 1), y = numbers([7, 2], 2);
  for (let step = 0; step < 3; step++) await model.trainOnBatch(x, y);
  const dx = tf.grad((x) =>
    (layer.apply(x, { training: true }) as tf.Tensor).pow(3).sum()
  )(x);
  const tensors = [
    ...model.getWeights(),
    model.predict(x) as tf.Tensor,
    dx,
    // With fixed moments.
    tf.grad((x) => (layer.apply(x) as tf.Tensor).pow(3).sum())(x),
  ];
  const values = tensors.map((tensor) => tensor.dataSync<"float32">().slice());
  model.dispose();
  tf.dispose([x, y, ...tensors.slice(-3)]);
  return values;
}

function assertNear(actual: Float32Array[], expected: Float32Array[]) {
  actual.forEach((values, i) => {
    const scale = Math.max(1e-3, ...expected[i].map(Math.abs));
    values.forEach((value, k) =>
      assert.ok(
        Math.abs(value - expected[i][k]) < 2e-5 * scale,
        `number ${k} of tensor ${i} is ${value}, not ${expected[i][k]}`,
      )
    );
  });
}

async function on<T>(
  backend: BackendName,
  threads: number | undefined,
  use: () => T,
): Promise<Awaited<T>> {
  await useBackend(backend, { threads });
  return await use();
}

for (const test of CASES) {
  Deno.test(`batch normalisation of ${test.name} is trained as on "cpu"`, async () => {
    const expected = await on("cpu", undefined, () => train(test));
    const actual = await on("wasm-threads", 1, () => train(test));
    assertNear(actual, expected);
    for (const threads of [2, 3]) {
      const other = await on("wasm-threads", threads, () => train(test));
      assert.deepEqual(other, actual);
    }
  });
}

Deno.test("a step of batch normalisation is one kernel forward and one back", async () => {
  await useBackend("wasm-threads");
  const layer = tf.layers.batchNormalization();
  const x = numbers([8, 6, 6, 4], 1);
  layer.apply(x);
  const { kernelNames } = await tf.profile(() =>
    tf.grad((x) => layer.apply(x, { training: true }) as tf.Tensor)(x)
  );
  for (const name of ["BatchNormTraining", "BatchNormTrainingGrad"]) {
    assert.ok(kernelNames.includes(name), `${kernelNames}`);
  }
  assert.ok(!kernelNames.includes("Mean"), `${kernelNames}`);
  const { numTensors } = tf.memory();
  tf.dispose(
    tf.grad((x) => layer.apply(x, { training: true }) as tf.Tensor)(x),
  );
  assert.equal(tf.memory().numTensors, numTensors);
});

Deno.test("batch normalisation in training has second derivatives", async () => {
  const second = () => {
    const layer = tf.layers.batchNormalization();
    const x = numbers([5, 3], 1);
    layer.apply(x);
    const first = (x: tf.Tensor) =>
      tf.grad((x) =>
        (layer.apply(x, { training: true }) as tf.Tensor).pow(3).sum()
      )(x);
    return [
      tf.grad((x) => first(x).square().sum())(x).dataSync<"float32">().slice(),
    ];
  };
  const expected = await on("cpu", undefined, second);
  assertNear(await on("wasm-threads", 2, second), expected);
});
