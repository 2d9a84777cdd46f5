/** Layers of batch normalisation in training: as on "cpu", in few kernels. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { type BackendName, useBackend } from "../../../lib/backend/mod.ts";
import { assertAsOnCpu, assertNear, numbers } from "../as_on_cpu.ts";

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

const WIDE = { mean: 1, deviation: 3 };

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
  const x = numbers([7, ...shape], 1, WIDE), y = numbers([7, 2], 2, WIDE);
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

for (const test of CASES) {
  Deno.test(
    `batch normalisation of ${test.name} is trained as on "cpu"`,
    () => assertAsOnCpu(() => train(test)),
  );
}

Deno.test("a step of batch normalisation is one kernel forward and one back", async () => {
  await useBackend("wasm-threads");
  const layer = tf.layers.batchNormalization();
  const x = numbers([8, 6, 6, 4], 1, WIDE);
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
  const second = async (backend: BackendName, threads?: number) => {
    await useBackend(backend, { threads });
    const layer = tf.layers.batchNormalization();
    const x = numbers([5, 3], 1, WIDE);
    layer.apply(x);
    const first = (x: tf.Tensor) =>
      tf.grad((x) =>
        (layer.apply(x, { training: true }) as tf.Tensor).pow(3).sum()
      )(x);
    return [
      tf.grad((x) => first(x).square().sum())(x).dataSync<"float32">().slice(),
    ];
  };
  const expected = await second("cpu");
  assertNear(await second("wasm-threads", 2), expected);
});
