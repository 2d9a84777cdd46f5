/** Layers of layer normalization: as on "cpu", in one kernel forward and one back. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { type BackendName, useBackend } from "../../../lib/backend/mod.ts";
import { Random } from "../../../lib/data/random.ts";
import { assertAsOnCpu, numbers } from "../as_on_cpu.ts";

type Options = Parameters<typeof tf.layers.layerNormalization>[0];

const CASES: { name: string; shape: number[]; options: Options }[] = [
  { name: "rows", shape: [7, 5], options: {} },
  { name: "rows of one number", shape: [3, 1], options: {} },
  { name: "sequences", shape: [9, 40, 64], options: { epsilon: 0.1 } },
  { name: "images of odd sizes", shape: [2, 5, 3, 7], options: {} },
  { name: "more than a part", shape: [3_000, 37], options: {} },
  { name: "no scale", shape: [4, 6], options: { scale: false } },
  { name: "no offset", shape: [4, 6], options: { center: false } },
  { name: "neither", shape: [4, 9], options: { scale: false, center: false } },
  { name: "another axis", shape: [4, 6, 3], options: { axis: 1 } },
  { name: "two axes", shape: [4, 6, 3], options: { axis: [1, 2] } },
];

const FAR = { mean: 5, deviation: 3 };

/** y, dx and the gradients of scale and offset, where the layer has them. */
function all({ shape, options }: typeof CASES[number]): Float32Array[] {
  const layer = tf.layers.layerNormalization(options);
  const x = numbers(shape, 1, FAR), dy = numbers(shape, 2, FAR);
  (layer.apply(x) as tf.Tensor).dispose();
  const weights = layer.getWeights();
  layer.setWeights(weights.map(({ shape }, i) => numbers(shape, 3 + i, FAR)));
  const { numTensors } = tf.memory();
  const y = layer.apply(x) as tf.Tensor;
  assert.equal(tf.memory().numTensors, numTensors + 1);
  const variables = layer.trainableWeights
    .map((weight) => weight.read() as tf.Variable);
  const cost = (x: tf.Tensor) =>
    (layer.apply(x) as tf.Tensor).mul(dy).sum() as tf.Scalar;
  const tensors = [y, tf.grad(cost)(x)];
  if (variables.length) {
    tensors.push(...Object.values(
      tf.variableGrads(() => cost(x), variables).grads,
    ));
  }
  const values = tensors.map((tensor) => tensor.dataSync<"float32">().slice());
  tf.dispose([x, dy, ...tensors]);
  layer.dispose();
  return values;
}

for (const each of CASES) {
  Deno.test(
    `${each.name}: as on "cpu", to the same bits on 1 to 3 threads`,
    () => assertAsOnCpu(() => all(each)),
  );
}

Deno.test("long rows far from zero keep their digits", async () => {
  await useBackend("wasm-threads");
  const c = 100_000, random = new Random(1);
  const values = Float32Array.from({ length: c }, () => 100 + random.normal());
  const layer = tf.layers.layerNormalization();
  const x = tf.tensor(values, [1, c]);
  const y = (layer.apply(x) as tf.Tensor).dataSync();
  const mean = values.reduce((sum, value) => sum + value, 0) / c;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) /
    c;
  values.forEach((value, i) => {
    const right = (value - mean) / Math.sqrt(variance + 1e-3);
    assert.ok(Math.abs(y[i] - right) < 1e-5, `${y[i]}, not ${right}`);
  });
});

Deno.test("a gradient's gradient is that of the chain of tfjs's kernels", async () => {
  const second = async (backend: BackendName) => {
    await useBackend(backend);
    const layer = tf.layers.layerNormalization();
    const x = numbers([3, 5], 1, FAR);
    (layer.apply(x) as tf.Tensor).dispose();
    const cube = (x: tf.Tensor) => (layer.apply(x) as tf.Tensor).pow(3).sum();
    const gradient = tf.grad((x) => tf.grad(cube)(x).square().sum())(x);
    return [...gradient.dataSync()];
  };
  const expected = await second("cpu");
  (await second("wasm-threads")).forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]) < 1e-3, `${value} ${expected[i]}`);
  });
});

Deno.test("a gradient with too few means is refused", async () => {
  await useBackend("wasm-threads");
  const x = tf.ones([3, 4]), inverse = tf.ones([3]), few = tf.ones([2]);
  const back = (mean: tf.Tensor) =>
    tf.engine().runKernel("LayerNormGrad", { x, dy: x, mean, inverse });
  tf.dispose(back(inverse));
  assert.throws(() => back(few), RangeError);
  tf.dispose([x, inverse, few]);
});
