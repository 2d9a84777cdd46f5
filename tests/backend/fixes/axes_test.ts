/** Axes that operations go along: named once, and counted from the last below zero. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { type BackendName, useBackend } from "../../../lib/backend/mod.ts";

/** With the axes that an operation on rows of three numbers is given. */
const alongAxes: Record<string, (x: tf.Tensor2D, axes: number[]) => unknown> = {
  sum: (x, axes) => tf.sum(x, axes),
  mean: (x, axes) => tf.mean(x, axes, true),
  prod: (x, axes) => tf.prod(x, axes),
  min: (x, axes) => tf.min(x, axes),
  max: (x, axes) => tf.max(x, axes, true),
  any: (x, axes) => tf.any(x.toBool(), axes),
  all: (x, axes) => tf.all(x.toBool(), axes),
  logSumExp: (x, axes) => tf.logSumExp(x, axes),
  moments: (x, axes) => tf.moments(x, axes),
  norm: (x, axes) => tf.norm(x, "euclidean", axes),
  reverse: (x, axes) => tf.reverse(x, axes),
};

for (const name of ["cpu", "wasm-threads"] satisfies BackendName[]) {
  Deno.test(`an axis that is named twice is refused on ${name}`, async () => {
    await useBackend(name);
    for (const [what, use] of Object.entries(alongAxes)) {
      for (const axes of [[0, 0], [1, 1]]) {
        const message =
          `Cannot use "${axes.join(", ")}" as axes of the shape ` +
          `[2,3]: each is a whole number, and named once`;
        assert.throws(() => use(tf.ones([2, 3]), axes), { message }, what);
      }
      use(tf.ones([2, 3]), [-1, 0]);
    }
    assert.throws(
      () => tf.transpose(tf.ones([2, 3]), [1, 1]),
      /"1, 1" as axes of/,
    );
    assert.throws(
      () => tf.transpose(tf.ones([2, 3]), [0, 0.5]),
      /"0, 0.5" as axes/,
    );
    assert.throws(() => tf.sum(tf.ones([2, 3]), [1, -1]), /"1, -1" as axes of/);
    assert.throws(
      () => tf.sum(tf.ones([2, 3]), true as never),
      /"true" as axes of/,
    );
  });
}

for (const name of ["cpu", "wasm-threads"] satisfies BackendName[]) {
  Deno.test(`cumsum and cumprod go along the axis that is meant on ${name}`, async () => {
    await useBackend(name);
    const x = tf.tensor([1, 2, 3, 4, 5, 6], [2, 3]);
    const expected: [typeof tf.cumsum, axis: number, number[]][] = [
      [tf.cumsum, -1, [1, 3, 6, 4, 9, 15]],
      [tf.cumsum, -2, [1, 2, 3, 5, 7, 9]],
      [tf.cumprod, -1, [1, 2, 6, 4, 20, 120]],
      [tf.cumprod, -2, [1, 2, 3, 4, 10, 18]],
    ];
    for (const [use, axis, numbers] of expected) {
      const { shape, dtype } = use(x, axis);
      assert.deepEqual({ shape, dtype }, { shape: [2, 3], dtype: "float32" });
      assert.deepEqual([...use(x, axis).dataSync()], numbers);
      assert.deepEqual([...use(x, axis + 2).dataSync()], numbers);
      for (const wrong of [2, -3, 0.5, NaN]) {
        assert.throws(() => use(x, wrong), /axis param/, `${wrong}`);
      }
      assert.throws(
        () => use(x, [0, 1] as never),
        /along "0, 1": cum.* has one axis/,
      );
      assert.throws(() => use(5), /axis param/);
    }
  });
}
