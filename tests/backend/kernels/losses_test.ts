/** The losses of compiled models: as on "cpu", in one kernel forward and one back. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { type BackendName, useBackend } from "../../../lib/backend/mod.ts";
import { Random } from "../../../lib/data/random.ts";

type Loss = (target: tf.Tensor, output: tf.Tensor) => tf.Tensor;

/** The function that a model compiled with that loss has. */
function lossOf(loss: string): Loss {
  const layers = [tf.layers.dense({ units: 3, inputShape: [2] })];
  const model = tf.sequential({ layers });
  model.compile({ optimizer: "sgd", loss });
  const { model: { lossFunctions } } = model as unknown as {
    model: { lossFunctions: Loss[] };
  };
  model.dispose();
  return lossFunctions[0];
}

function probabilities(shape: number[], seed: number): tf.Tensor {
  const random = new Random(seed), length = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Float32Array.from({ length }, () => random.uniform()),
    shape,
  );
}

const SHAPES = { rows: [5, 10], images: [2, 9, 8, 1], wide: [2, 3, 7] };
const LOSSES = ["binaryCrossentropy", "categoricalCrossentropy"];

/** The losses, and the gradient of their sum, of whole or other targets. */
async function all(
  loss: string,
  { shape, dtype, backend }: {
    shape: number[];
    dtype: "float32" | "int32";
    backend: BackendName;
  },
): Promise<Float32Array[]> {
  await useBackend(backend);
  const target = probabilities(shape, 1).round().cast(dtype);
  const output = probabilities(shape, 2), compute = lossOf(loss);
  const cost = (output: tf.Tensor) => compute(target, output).sum();
  const tensors = [compute(target, output), tf.grad(cost)(output)];
  return tensors.map((tensor) => tensor.dataSync<"float32">().slice());
}

for (const loss of LOSSES) {
  for (const [name, shape] of Object.entries(SHAPES)) {
    for (const dtype of ["float32", "int32"] as const) {
      Deno.test(`${loss} of ${name}, targets ${dtype}: as on "cpu"`, async () => {
        const expected = await all(loss, { shape, dtype, backend: "cpu" });
        const backend = "wasm-threads";
        const actual = await all(loss, { shape, dtype, backend });
        actual.forEach((values, i) => {
          assert.equal(values.length, expected[i].length);
          values.forEach((value, k) => {
            const right = expected[i][k], off = Math.abs(value - right);
            assert.ok(off <= 1e-4 * Math.max(1, Math.abs(right)));
          });
        });
      });
    }
  }

  Deno.test(`${loss} refuses targets of another shape`, async () => {
    await useBackend("wasm-threads");
    assert.throws(() => lossOf(loss)(tf.ones([2, 3]), tf.ones([2, 4])));
  });
}
