/** What our backend computes, beside tfjs's plain one. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { type BackendName, useBackend } from "../../lib/backend/mod.ts";
import { Random } from "../../lib/data/random.ts";

/** Normally distributed numbers, the same at each call with the same seed. */
export function numbers(
  shape: number[],
  seed: number,
  { mean = 0, deviation = 1 } = {},
): tf.Tensor {
  const random = new Random(seed), length = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Float32Array.from({ length }, () => deviation * random.normal() + mean),
    shape,
  );
}

/** Each number to 2e-5 of the largest of its tensor. */
export function assertNear(actual: Float32Array[], expected: Float32Array[]) {
  assert.equal(actual.length, expected.length);
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

/** That `compute` gives as much as on "cpu", and the same bits on 1 to 3 threads. */
export async function assertAsOnCpu(
  compute: () => Float32Array[] | Promise<Float32Array[]>,
) {
  const on = async (backend: BackendName, threads?: number) => {
    await useBackend(backend, { threads });
    return await compute();
  };
  const expected = await on("cpu"), actual = await on("wasm-threads", 1);
  assertNear(actual, expected);
  for (const threads of [2, 3]) {
    assert.deepEqual(await on("wasm-threads", threads), actual);
  }
}
