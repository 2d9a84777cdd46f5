/** Layers of dense and convolution: as on "cpu", in one kernel forward and one back. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { type BackendName, useBackend } from "../../../lib/backend/mod.ts";
import { assertAsOnCpu, numbers } from "../as_on_cpu.ts";

const { conv1d, conv2d, conv2dTranspose, dense } = tf.layers;

type Make = () => tf.layers.Layer;

const square = { kernelSize: 3, padding: "same" } as const;
const CASES: Record<string, { shape: number[]; make: Make }> = {
  "dense, relu": {
    shape: [7, 5],
    make: () => dense({ units: 9, activation: "relu" }),
  },
  "dense, elu, of sequences": {
    shape: [2, 6, 5],
    make: () => dense({ units: 3, activation: "elu" }),
  },
  "dense, more rows than a part": {
    shape: [2_100, 3],
    make: () => dense({ units: 5, activation: "tanh" }),
  },
  "dense, more columns than a piece": {
    shape: [3, 4],
    make: () => dense({ units: 1_030, activation: "sigmoid" }),
  },
  "dense, an activation of another kernel": {
    shape: [4, 6],
    make: () => dense({ units: 5, activation: "softmax" }),
  },
  "dense without a bias": {
    shape: [4, 6],
    make: () => dense({ units: 5, activation: "relu", useBias: false }),
  },
  "conv2d, relu": {
    shape: [3, 9, 8, 5],
    make: () => conv2d({ ...square, filters: 7, activation: "relu" }),
  },
  "conv2d by Winograd's algorithm": {
    shape: [2, 9, 8, 16],
    make: () => conv2d({ ...square, filters: 32, activation: "relu" }),
  },
  "conv2d to one channel": {
    shape: [2, 9, 8, 16],
    make: () => conv2d({ ...square, filters: 1, activation: "sigmoid" }),
  },
  "conv2d with strides": {
    shape: [2, 9, 8, 4],
    make: () =>
      conv2d({ filters: 6, kernelSize: 4, strides: 2, activation: "elu" }),
  },
  "conv2d with its channels first": {
    shape: [2, 4, 9, 8],
    make: () => conv2d({ ...square, filters: 3, dataFormat: "channelsFirst" }),
  },
  "conv1d": {
    shape: [3, 20, 4],
    make: () =>
      conv1d({ filters: 5, kernelSize: 5, strides: 2, activation: "relu" }),
  },
  "a layer that inherits from conv2d": {
    shape: [2, 5, 4, 3],
    make: () => conv2dTranspose({ ...square, filters: 2, strides: 2 }),
  },
};

/** The layer's output, and the gradients by its input and weights. */
function all({ shape, make }: { shape: number[]; make: Make }): Float32Array[] {
  const layer = make(), x = numbers(shape, 1);
  (layer.apply(x) as tf.Tensor).dispose();
  const weights = layer.getWeights().map(({ shape }, i) =>
    numbers(shape, 3 + i)
  );
  layer.setWeights(weights);
  const { numTensors } = tf.memory();
  const y = layer.apply(x) as tf.Tensor;
  assert.equal(tf.memory().numTensors, numTensors + 1);
  const dy = numbers(y.shape, 2);
  const cost = (x: tf.Tensor) =>
    (layer.apply(x) as tf.Tensor).mul(dy).sum() as tf.Scalar;
  const variables = layer.trainableWeights
    .map((weight) => weight.read() as tf.Variable);
  const { grads } = tf.variableGrads(() => cost(x), variables);
  const tensors = [y, tf.grad(cost)(x), ...Object.values(grads)];
  const values = tensors.map((tensor) => tensor.dataSync<"float32">().slice());
  tf.dispose([x, dy, weights, tensors]);
  layer.dispose();
  return values;
}

for (const [name, each] of Object.entries(CASES)) {
  Deno.test(
    `${name}: as on "cpu", to the same bits on 1 to 3 threads`,
    () => assertAsOnCpu(() => all(each)),
  );
}

Deno.test("strides and dilations at once are refused, as by tfjs", async () => {
  for (const backend of ["cpu", "wasm-threads"] as const) {
    await useBackend(backend);
    const layer = conv2d({
      ...{ filters: 1, kernelSize: [3, 1], strides: [2, 1] },
      dilationRate: [2, 1],
    });
    assert.throws(() => layer.apply(tf.ones([1, 9, 1, 2])), /dilations/);
  }
});

Deno.test("kernels refuse the input's gradient of strides and dilations at once", async () => {
  await useBackend("wasm-threads");
  const inputs = { dy: tf.ones([1, 3, 1, 1]), filter: tf.ones([3, 1, 2, 1]) };
  const attrs = {
    strides: [2, 1],
    dilations: [2, 1],
    inputShape: [1, 9, 1, 2],
  };
  const run = () =>
    tf.engine().runKernel("Conv2DBackpropInput", inputs, {
      ...{ ...attrs, pad: "valid", dataFormat: "NHWC" },
    });
  assert.throws(run, /strides and its dilations/);
});

for (const activation of ["relu", "tanh"] as const) {
  Deno.test(`${activation} of no pixels has a gradient of zeros`, async () => {
    for (const backend of ["cpu", "wasm-threads"] as const) {
      await useBackend(backend);
      const layer = conv2d({ filters: 2, kernelSize: 3, activation });
      const cost = (x: tf.Tensor) => (layer.apply(x) as tf.Tensor).sum();
      const dx = tf.grad(cost)(tf.ones([1, 2, 3, 1]));
      assert.deepEqual([...dx.dataSync()], [0, 0, 0, 0, 0, 0]);
    }
  });
}

Deno.test("a gradient's gradient is that of the chain of tfjs's kernels", async () => {
  const twice = async (backend: BackendName) => {
    await useBackend(backend);
    const layer = dense({ units: 3, activation: "sigmoid" });
    const x = numbers([2, 4], 1);
    layer.build(x.shape);
    layer.setWeights([numbers([4, 3], 2), numbers([3], 3)]);
    const cost = (x: tf.Tensor) => (layer.apply(x) as tf.Tensor).square().sum();
    return tf.grad((x) => tf.grad(cost)(x).square().sum())(x).data();
  };
  const expected = await twice("cpu"), actual = await twice("wasm-threads");
  actual.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-5));
});

Deno.test("a call hook still hears of each call", async () => {
  await useBackend("wasm-threads");
  const layer = dense({ units: 3 });
  let calls = 0;
  layer.setCallHook(() => {
    calls++;
  });
  layer.apply(numbers([2, 4], 1));
  assert.equal(calls, 1);
});
