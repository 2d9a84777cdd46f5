/** Dilated convolutions: the same bits on any number of threads, and layers of them. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { type BackendName, useBackend } from "../../../lib/backend/mod.ts";
import { numbers } from "../as_on_cpu.ts";

/** Layers with dilations, and the shapes of what they are applied to. */
const LAYERS: Record<string, [() => tf.layers.Layer, shape: number[]]> = {
  conv1d: [
    () => tf.layers.conv1d({ filters: 20, kernelSize: 3, dilationRate: 4 }),
    [9, 60, 7],
  ],
  "causal conv1d": [
    () =>
      tf.layers.conv1d({
        ...{ filters: 20, kernelSize: 3, dilationRate: 4, padding: "causal" },
      }),
    [9, 60, 7],
  ],
  conv2d: [
    () => tf.layers.conv2d({ filters: 17, kernelSize: 3, dilationRate: 2 }),
    [3, 40, 30, 16],
  ],
  conv3d: [
    () =>
      tf.layers.conv3d({
        ...{ filters: 5, kernelSize: [2, 3, 3], dilationRate: [3, 1, 2] },
      }),
    [3, 8, 9, 10, 6],
  ],
  depthwiseConv2d: [
    () =>
      tf.layers.depthwiseConv2d({
        ...{ kernelSize: 3, dilationRate: [2, 3], depthMultiplier: 2 },
      }),
    [3, 40, 30, 16],
  ],
  "depthwiseConv2d, channels first": [
    () =>
      tf.layers.depthwiseConv2d({
        ...{ kernelSize: 3, dilationRate: 2, dataFormat: "channelsFirst" },
      }),
    [2, 5, 12, 9],
  ],
  conv2dTranspose: [
    () =>
      tf.layers.conv2dTranspose({
        ...{ filters: 9, kernelSize: 3, dilationRate: [2, 3], strides: [2, 1] },
      }),
    [3, 12, 10, 8],
  ],
  "conv2dTranspose, same": [
    () =>
      tf.layers.conv2dTranspose({
        ...{ filters: 5, kernelSize: 3, dilationRate: 2, padding: "same" },
      }),
    [3, 12, 10, 8],
  ],
  conv3dTranspose: [
    () =>
      tf.layers.conv3dTranspose({
        ...{ filters: 4, kernelSize: 2, dilationRate: [3, 1, 2] },
      }),
    [2, 4, 5, 6, 3],
  ],
  separableConv2d: [
    () =>
      tf.layers.separableConv2d({
        ...{ filters: 9, kernelSize: 3, dilationRate: 2, padding: "same" },
      }),
    [3, 30, 20, 8],
  ],
};

/** What a layer gives, its gradient by its input, and the loss after three steps. */
async function train(
  make: () => tf.layers.Layer,
  shape: number[],
): Promise<Float32Array[]> {
  const layer = make(), x = numbers(shape, 1);
  const input = tf.input({ shape: shape.slice(1) });
  const output = layer.apply(input) as tf.SymbolicTensor;
  layer.setWeights(
    layer.getWeights().map(({ shape }, i) => numbers(shape, 2 + i)),
  );
  const model = tf.model({ inputs: input, outputs: output });
  const predicted = model.predict(x) as tf.Tensor;
  assert.deepEqual(output.shape.slice(1), predicted.shape.slice(1));
  const gradient = tf.grad((x) => (layer.apply(x) as tf.Tensor).square().sum());
  model.compile({ optimizer: tf.train.sgd(0.01), loss: "meanSquaredError" });
  const y = numbers(predicted.shape, 9);
  const dx = gradient(x);
  const before = tf.memory().numTensors;
  for (let step = 0; step < 3; step++) await model.trainOnBatch(x, y);
  assert.equal(tf.memory().numTensors, before, "tensors");
  const tensors = [predicted, dx, ...layer.getWeights()];
  const values = tensors.map((tensor) => tensor.dataSync<"float32">().slice());
  model.dispose();
  return values;
}

for (const [name, [make, shape]] of Object.entries(LAYERS)) {
  Deno.test(`layers of dilated ${name} are trained as on "cpu"`, async () => {
    const on = async (backend: BackendName, threads?: number) => {
      await useBackend(backend, { threads });
      return await train(make, shape);
    };
    const expected = await on("cpu"), actual = await on("wasm-threads", 1);
    actual.forEach((values, i) => {
      const scale = Math.max(...expected[i].map(Math.abs));
      values.forEach((value, k) =>
        assert.ok(Math.abs(value - expected[i][k]) < 1e-5 * scale, `${i} ${k}`)
      );
    });
    for (const threads of [2, 3]) {
      assert.deepEqual(await on("wasm-threads", threads), actual);
    }
  });
}

Deno.test("our backend's kernels have the dilation themselves", async () => {
  await useBackend("wasm-threads");
  const x = numbers([2, 9, 9, 16], 1) as tf.Tensor4D;
  const filter = numbers([3, 3, 16, 16], 2) as tf.Tensor4D;
  const { kernelNames } = await tf.profile(() =>
    tf.grads((x, filter) =>
      tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, "same", "NHWC", 2)
    )([x, filter])
  );
  for (const name of ["PadV2", "StridedSlice"]) {
    assert.ok(!kernelNames.includes(name), `${kernelNames}`);
  }
});
