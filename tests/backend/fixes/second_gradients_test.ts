/** Gradients of max pooling's gradient where several numbers of a window are the largest. */

import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { useBackend } from "../../../lib/backend/mod.ts";

const numbers = (shape: number[], seed: number) =>
  tf.randomUniform(shape, -1, 1, "float32", seed);

const sumOf = (a: tf.Tensor, b: tf.Tensor) =>
  tf.sum(tf.mul(a, b)).dataSync<"float32">()[0];

/** Poolings by windows that overlap, and inputs of few different numbers. */
const POOLINGS: [string, number[], (x: tf.Tensor) => tf.Tensor][] = [
  ["images", [2, 5, 6, 3], (x) => tf.maxPool(x as tf.Tensor4D, 3, 2, "same")],
  [
    "volumes",
    [2, 4, 5, 4, 2],
    (x) => tf.maxPool3d(x as tf.Tensor5D, 3, 2, "same"),
  ],
];

for (const backend of ["cpu", "wasm-threads"] as const) {
  for (const [name, shape, pool] of POOLINGS) {
    Deno.test(`equal maxima of ${name}: dy goes back and forth the same way on ${backend}`, async () => {
      await useBackend(backend);
      // As behind relu: most numbers are zero.
      const x = tf.relu(tf.round(tf.mul(numbers(shape, 1), 2)));
      const dy = numbers(pool(x).shape, 2), ddx = numbers(shape, 3);
      const back = (dy: tf.Tensor) => tf.grad(pool)(x, dy);
      const forth = tf.grad((dy) => tf.sum(tf.mul(back(dy), ddx)))(dy);
      // The gradient is linear in dy, and its own gradient is its transpose.
      const [one, other] = [sumOf(back(dy), ddx), sumOf(dy, forth)];
      assert.ok(Math.abs(one - other) < 1e-4, `${one} and ${other}`);
      assert.ok(Math.abs(one) > 0.01);
    });
  }
}
