/**
 * Images that are too large to go through a kernel whole, against what the kernel
 * gives for pieces of them that are not. Their numbers are whole, so that every sum
 * is exact.
 */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import type { WasmBackend } from "../../lib/backend/backend.ts";
import { useBackend } from "../../lib/backend/mod.ts";

interface Case {
  side: number;
  window: number;
  from: number;
  to: number;
  stride?: number;
  dilation?: number;
  /** Winograd's products are fractions. */
  within?: number;
}

const cases: Record<string, Case> = {
  "a wide window to one channel": { side: 300, window: 9, from: 1, to: 1 },
  "a few windows to one channel": { side: 300, window: 3, from: 4, to: 1 },
  "to many channels": { side: 200, window: 3, from: 8, to: 20 },
  "dilated": { side: 200, window: 3, from: 9, to: 5, dilation: 3 },
  "of stride 2": { side: 301, window: 5, from: 6, to: 3, stride: 2 },
  "by Winograd": { side: 160, window: 3, from: 16, to: 16, within: 1e-4 },
};

/** Whole numbers from -2 to 2 in a fixed order. */
function whole(shape: number[], seed: number): tf.Tensor4D {
  const numbers = tf.randomUniform(shape, -2.5, 2.5, "float32", seed);
  return numbers.round() as tf.Tensor4D;
}

/** Rows of outputs of a piece. */
const ROWS = 8;

for (const threads of [1, 3]) {
  for (const [what, each] of Object.entries(cases)) {
    Deno.test(`${what}, ${threads} threads: in strips as at once`, async () => {
      await useBackend("wasm-threads", { threads });
      const { side, window, from, to, within = 0 } = each;
      const { stride = 1, dilation = 1 } = each;
      const attrs = {
        strides: stride,
        pad: "valid",
        dataFormat: "NHWC",
        dilations: dilation,
      };
      const filterShape = [window, window, from, to];
      const run = (name: string, inputs: tf.NamedTensorMap) =>
        tf.engine().runKernel(name, inputs, { ...attrs, filterShape });
      tf.tidy(() => {
        const x = whole([2, side, side, from], 1);
        const filter = whole(filterShape, 2);
        const y = run("Conv2D", { x, filter }) as tf.Tensor4D;
        const dy = whole(y.shape, 3);
        const ys: tf.Tensor[] = [], dFilters: tf.Tensor[] = [];
        for (let row = 0; row < y.shape[1]; row += ROWS) {
          const rows = Math.min(ROWS, y.shape[1] - row);
          const seen = (rows - 1) * stride + (window - 1) * dilation + 1;
          const piece = x.slice([0, row * stride], [2, seen]);
          ys.push(run("Conv2D", { x: piece, filter }) as tf.Tensor);
          const dPiece = dy.slice([0, row], [2, rows]);
          const inputs = { x: piece, dy: dPiece };
          dFilters.push(run("Conv2DBackpropFilter", inputs) as tf.Tensor);
        }
        const dFilter = run("Conv2DBackpropFilter", { x, dy }) as tf.Tensor;
        const pairs = [[y, tf.concat(ys, 1)], [dFilter, tf.addN(dFilters)]];
        for (const [a, b] of pairs) {
          const size = Math.max(1, b.abs().max().dataSync()[0]);
          const error = a.sub(b).abs().max().dataSync()[0];
          assert.ok(error <= within * size, `off by ${error} of ${size}`);
        }
      });
    });
  }
}

Deno.test("scratch is small, and given back", async () => {
  await useBackend("wasm-threads", { threads: 8 });
  const { heap } = tf.engine().backend as WasmBackend;
  const { allocate } = heap;
  let largest = 0;
  heap.allocate = (bytes) => {
    largest = Math.max(largest, bytes);
    return allocate.call(heap, bytes);
  };
  const before = heap.usedBytes;
  try {
    tf.tidy(() => {
      tf.conv2d(
        tf.ones<tf.Rank.R4>([1, 512, 512, 1]),
        tf.ones<tf.Rank.R4>([31, 31, 1, 1]),
        1,
        "same",
      );
    });
    assert.ok(largest < 20e6, `of one channel: ${largest} bytes`);
    largest = 0;
    tf.tidy(() => {
      const filter = tf.ones<tf.Rank.R4>([3, 3, 32, 32]);
      tf.conv2d(tf.ones<tf.Rank.R4>([1, 512, 512, 32]), filter, 1, "same");
    });
    assert.ok(
      largest <= 4 * 512 * 512 * 32,
      `of 32 channels: ${largest} bytes`,
    );
  } finally {
    heap.allocate = allocate;
  }
  assert.equal(heap.usedBytes, before);
  await useBackend();
});
