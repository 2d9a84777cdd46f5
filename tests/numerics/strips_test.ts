/**
 * Large images, which a kernel computes in strips, against the same kernel's results for
 * pieces of them, which it computes as a whole. All numbers are whole, so that every
 * sum is exact.
 */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { SharedHeap } from "../../lib/backend/threads/memory.ts";
import { startBackend } from "../backend/start_backend.ts";

/** Remembers the bytes of the largest block. */
class MeasuredHeap extends SharedHeap {
  largest = 0;

  override allocate(bytes: number): number {
    this.largest = Math.max(this.largest, bytes);
    return super.allocate(bytes);
  }
}

const heap = new MeasuredHeap();
await startBackend({ heap });

interface Case {
  side: number;
  window: number;
  channels: [number, number];
  stride?: number;
  dilation?: number;
  /** Of the largest number; Winograd's products are fractions. */
  tolerance?: number;
}

const cases: Record<string, Case> = {
  "one channel to one": { side: 300, window: 9, channels: [1, 1] },
  "four channels to one": { side: 300, window: 3, channels: [4, 1] },
  "many channels": { side: 200, window: 3, channels: [8, 20] },
  "a dilated filter": { side: 200, window: 3, channels: [9, 5], dilation: 3 },
  "stride 2": { side: 301, window: 5, channels: [6, 3], stride: 2 },
  "Winograd's": { side: 160, window: 3, channels: [16, 16], tolerance: 1e-4 },
};

/** Random whole numbers from -2 to 2, the same for the same seed. */
function integers(shape: number[], seed: number): tf.Tensor4D {
  const numbers = tf.randomUniform(shape, -2.5, 2.5, "float32", seed);
  return numbers.round() as tf.Tensor4D;
}

/** Rows of outputs of a piece. */
const PIECE_ROWS = 8;

for (const threads of [1, 3]) {
  for (const [what, each] of Object.entries(cases)) {
    Deno.test(`a convolution in strips is that of its pieces: ${what}, ${threads} threads`, async () => {
      await useBackend("wasm-threads", { threads });
      const { side, window, channels, tolerance = 0 } = each;
      const { stride = 1, dilation = 1 } = each;
      const attrs = {
        strides: stride,
        pad: "valid",
        dataFormat: "NHWC",
        dilations: dilation,
      };
      const filterShape = [window, window, ...channels];
      const run = (name: string, inputs: tf.NamedTensorMap) =>
        tf.engine().runKernel(name, inputs, { ...attrs, filterShape });
      tf.tidy(() => {
        const x = integers([2, side, side, channels[0]], 1);
        const filter = integers(filterShape, 2);
        const y = run("Conv2D", { x, filter }) as tf.Tensor4D;
        const dy = integers(y.shape, 3);
        const ys: tf.Tensor[] = [], dFilters: tf.Tensor[] = [];
        for (let row = 0; row < y.shape[1]; row += PIECE_ROWS) {
          const rows = Math.min(PIECE_ROWS, y.shape[1] - row);
          const seen = (rows - 1) * stride + (window - 1) * dilation + 1;
          const piece = x.slice([0, row * stride], [2, seen]);
          ys.push(run("Conv2D", { x: piece, filter }) as tf.Tensor);
          const dPiece = dy.slice([0, row], [2, rows]);
          const inputs = { x: piece, dy: dPiece };
          dFilters.push(run("Conv2DBackpropFilter", inputs) as tf.Tensor);
        }
        const dFilter = run("Conv2DBackpropFilter", { x, dy }) as tf.Tensor;
        const check = (actual: tf.Tensor, expected: tf.Tensor) => {
          const size = Math.max(1, expected.abs().max().dataSync()[0]);
          const error = actual.sub(expected).abs().max().dataSync()[0];
          assert.ok(error <= tolerance * size, `off by ${error} of ${size}`);
        };
        check(y, tf.concat(ys, 1));
        check(dFilter, tf.addN(dFilters));
      });
    });
  }
}

Deno.test("the memory for intermediate results is small, and freed", async () => {
  await useBackend("wasm-threads", { threads: 8 });
  const before = heap.usedBytes;
  heap.largest = 0;
  tf.tidy(() => {
    tf.conv2d(
      tf.ones<tf.Rank.R4>([1, 512, 512, 1]),
      tf.ones<tf.Rank.R4>([31, 31, 1, 1]),
      1,
      "same",
    );
  });
  assert.ok(heap.largest < 20e6, `of one channel: ${heap.largest} bytes`);
  heap.largest = 0;
  tf.tidy(() => {
    const filter = tf.ones<tf.Rank.R4>([3, 3, 32, 32]);
    tf.conv2d(tf.ones<tf.Rank.R4>([1, 512, 512, 32]), filter, 1, "same");
  });
  assert.ok(
    heap.largest <= 4 * 512 * 512 * 32,
    `of 32 channels: ${heap.largest} bytes`,
  );
  assert.equal(heap.usedBytes, before);
  await useBackend();
});
