/** Wrong sizes are refused before they reach the WebAssembly, which checks no address. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import type { WasmBackend } from "../../../lib/backend/backend.ts";
import { type BackendName, useBackend } from "../../../lib/backend/mod.ts";
import { startObservedBackend } from "../start_backend.ts";

const observe = await startObservedBackend();

type T4 = tf.Tensor4D;

function ones(...shape: number[]) {
  return tf.ones<tf.Rank>(shape) as T4;
}

function run(
  kernelName: string,
  inputs: Record<string, tf.Tensor>,
  attrs: Record<string, unknown>,
) {
  return tf.engine().runKernel(kernelName, inputs, attrs as tf.NamedAttrMap);
}

const window = {
  strides: 1,
  pad: "valid",
  dataFormat: "NHWC",
  dilations: 1,
};

const refused: Record<string, [() => unknown, RegExp]> = {
  "a convolution's window larger than its image": [
    () => tf.conv2d(ones(1, 2, 2, 3), ones(8, 8, 3, 4), 1, "valid"),
    /window of "8 x 8" over an image of 2 x 2: it is larger/,
  ],
  "a window that is larger by its dilation": [
    () => tf.conv2d(ones(1, 4, 4, 3), ones(3, 3, 3, 4), 1, "valid", "NHWC", 3),
    /window of "7 x 7" over an image of 4 x 4: it is larger/,
  ],
  "padding below zero": [
    () => tf.conv2d(ones(1, 5, 5, 3), ones(3, 3, 3, 4), 1, -3),
    /it is larger than the image/,
  ],
  "a max pooling window larger than its image": [
    () => tf.maxPool(ones(1, 2, 2, 1), 4, 1, "valid"),
    /window of "4 x 4" over an image of 2 x 2: it is larger/,
  ],
  "an average pooling window larger than its image": [
    () => tf.avgPool(ones(1, 2, 2, 1), 4, 1, "valid"),
    /it is larger than the image/,
  ],
  "a depthwise window larger than its image": [
    () => tf.depthwiseConv2d(ones(1, 2, 2, 3), ones(8, 8, 3, 1), 1, "valid"),
    /window of "8 x 8" over an image of 2 x 2/,
  ],
  "a model's window larger than its image": [
    () => {
      const layer = tf.layers.conv2d({
        filters: 4,
        kernelSize: 27,
        inputShape: [null, null, 3],
      });
      return tf.sequential({ layers: [layer] }).predict(ones(1, 3, 3, 3));
    },
    /window of "27 x 27" over an image of 3 x 3/,
  ],
  "strides of zero, which would never end,": [
    () =>
      run(
        "Conv2DBackpropFilter",
        { x: ones(1, 5, 7, 2), dy: ones(1, 1, 3, 1) },
        {
          ...window,
          strides: 0,
          filterShape: [4, 2, 2, 1],
        },
      ),
    /steps of "0/,
  ],
  "strides of zero of a pooling": [
    () => tf.maxPool(ones(1, 5, 5, 1), 2, 0, "valid"),
    /steps of "0/,
  ],
  "strides of half a pixel": [
    () => tf.avgPool(ones(1, 4, 5, 1), 4, 0.5, "valid"),
    /steps of "0.5 x 0.5"/,
  ],
  "strides of half a pixel along one of three axes": [
    () =>
      tf.avgPool3d(
        tf.ones<tf.Rank.R5>([1, 4, 5, 4, 1]),
        2,
        [1, 0.5, 1],
        "valid",
      ),
    /steps of "1 x 0.5 x 1"/,
  ],
  "a stride for one axis only": [
    () =>
      tf.conv2d(
        ones(2, 8, 9, 1),
        ones(5, 2, 1, 17),
        [3] as never,
        2,
        "NHWC",
        1,
        "ceil",
      ),
    /steps of "3 x undefined"/,
  ],
  "strides of zero of a depthwise convolution": [
    () =>
      tf.depthwiseConv2d(ones(1, 3, 2, 0), ones(3, 3, 0, 3), [2, 0], "same"),
    /steps of "2 x 0"/,
  ],
  "strides of zero of a transposed convolution": [
    () =>
      tf.conv2dTranspose(
        ones(3, 1, 9, 2),
        ones(3, 3, 2, 2),
        [3, 3, 19, 2],
        0,
        "valid",
      ),
    /steps of "0/,
  ],
  "concatenating what is empty along another axis": [
    () => tf.concat([tf.ones([0, 7]), tf.ones([2, 7]), tf.ones([2, 7])], -1),
    /does not match the shape of the rest/,
  ],
  "a product with a matrix of one axis": [
    () => tf.matMul(ones(2, 3), ones(3)),
    /inner shapes/,
  ],
  "a picture of two and a half rows": [
    () => tf.image.resizeNearestNeighbor(ones(1, 5, 5, 3), [2.5, 2]),
    /tensor of shape "\[1,2.5,2,3\]"/,
  ],
};

for (const activation of ["swish", "Relu"]) {
  refused[`a product with the activation ${activation}`] = [
    () =>
      tf.fused.matMul({
        a: ones(2, 3),
        b: ones(3, 2),
        activation: activation as "relu",
      }),
    /none of linear, elu, leakyrelu/,
  ];
}

for (const [what, [use, message]] of Object.entries(refused)) {
  if (/strides of zero/.test(what)) {
    Deno.test(`refused on cpu: ${what}`, async () => {
      await useBackend("cpu");
      assert.throws(() => tf.tidy(() => void use()), { message });
    });
  }
  Deno.test(`refused, and no memory kept: ${what}`, async () => {
    await useBackend();
    const { heap } = tf.engine().backend as WasmBackend;
    const before = heap.usedBytes;
    assert.throws(() => tf.tidy(() => void use()), { message });
    assert.ok(heap.usedBytes - before < 100_000, "something is kept");
  });
}

const withGradient: Record<string, (dy: tf.Tensor) => unknown> = {
  "the filter's gradient": (dy) =>
    run("Conv2DBackpropFilter", { x: ones(2, 6, 6, 3), dy }, {
      ...window,
      filterShape: [3, 3, 3, 4],
    }),
  "the input's gradient": (dy) =>
    run("Conv2DBackpropInput", { dy, filter: ones(3, 3, 3, 4) }, {
      ...window,
      inputShape: [2, 6, 6, 3],
    }),
  "max pooling": (dy) =>
    run("MaxPoolGrad", {
      dy,
      input: ones(2, 8, 8, 4),
      output: ones(2, 4, 4, 4),
    }, { filterSize: 2, strides: 2, pad: "valid" }),
  "average pooling": (dy) =>
    run("AvgPoolGrad", { dy, input: ones(2, 8, 8, 4) }, {
      filterSize: 2,
      strides: 2,
      pad: "valid",
    }),
  "resizing": (dy) =>
    run("ResizeNearestNeighborGrad", { images: ones(2, 2, 2, 5), dy }, {
      alignCorners: false,
      halfPixelCenters: false,
    }),
};

for (const name of ["cpu", "wasm-threads"] satisfies BackendName[]) {
  Deno.test(`a filter's gradient of a wrong shape is refused on ${name}`, async () => {
    await useBackend(name);
    const inputs = { x: ones(1, 5, 6, 2), dy: ones(1, 3, 4, 3) };
    const message =
      /gradient of shape "\[[\d,]+\]" over images of 2 channels: a filter has/;
    for (const filterShape of [[3, 3, 2, 3, 5], [3, 3, 1, 3]]) {
      const attrs = { ...window, filterShape };
      tf.tidy(() =>
        assert.throws(() => run("Conv2DBackpropFilter", inputs, attrs), {
          message,
        })
      );
    }
  });
}

/** The tasks for images that `use` runs on the threads; it may throw. */
async function tasksOf(use: () => unknown): Promise<string[]> {
  const tasks: string[] = [];
  const run = () => {
    try {
      tf.tidy(() => void use());
    } catch {
      // The plain kernel may throw.
    }
  };
  await observe(run, (task) => tasks.push(task));
  return tasks.filter((task) => /grad|conv|pool|resize|put/i.test(task));
}

Deno.test("a dy of the right shape does reach a kernel of ours", async () => {
  await useBackend();
  const use = () => withGradient["max pooling"](ones(2, 4, 4, 4));
  assert.notDeepEqual(await tasksOf(use), []);
});

for (const [what, use] of Object.entries(withGradient)) {
  Deno.test(`${what}: a dy of another shape reaches no kernel of ours`, async () => {
    await useBackend();
    assert.deepEqual(await tasksOf(() => use(ones(1, 1, 1, 4))), []);
  });
}

const withGradientOfTfjs = {
  ...withGradient,
  "average pooling in three dimensions": (dy: tf.Tensor) =>
    run("AvgPool3DGrad", { dy: dy.expandDims(0), input: ones(1, 2, 8, 8, 4) }, {
      filterSize: 2,
      strides: 2,
      pad: "valid",
    }),
  "bilinear resizing": (dy: tf.Tensor) =>
    run("ResizeBilinearGrad", { images: ones(2, 2, 2, 5), dy }, {
      alignCorners: false,
      halfPixelCenters: false,
    }),
};
// The other gradients have kernels of tfjs that are not replaced.
const fixed = /filter|average|resizing/;

for (const name of ["cpu", "wasm-threads"] satisfies BackendName[]) {
  for (const [what, use] of Object.entries(withGradientOfTfjs)) {
    if (!fixed.test(what)) continue;
    Deno.test(`${what}: a dy of another shape is refused on ${name}`, async () => {
      await useBackend(name);
      const message =
        /gradient of shape "\[[\d,]+\]": images of shape \[[\d,]+\] give/;
      tf.tidy(() => {
        assert.throws(() => use(ones(1, 1, 1, 4)), { message });
        assert.throws(
          () => use(tf.complex(ones(1, 1, 1, 4), ones(1, 1, 1, 4))),
          TypeError,
        );
      });
    });
  }
}

/** Found by tests/faults/fuzz/: each read or wrote memory of other tensors. */
const misfits: Record<string, () => unknown> = {
  "a filter of other channels than the images": () =>
    run("Conv2DBackpropInput", {
      dy: ones(3, 1, 3, 1),
      filter: ones(3, 3, 3, 1),
    }, {
      ...window,
      inputShape: [3, 3, 5, 5],
    }),
  "a filter of five axes": () =>
    run(
      "Conv2DBackpropInput",
      { dy: ones(3, 2, 2, 3), filter: ones(3, 3, 1, 3, 3) },
      { ...window, strides: 3, inputShape: [3, 6, 8, 1] },
    ),
  "a filter's gradient of five axes": () =>
    run("Conv2DBackpropFilter", { x: ones(1, 7, 5, 2), dy: ones(1, 6, 5, 3) }, {
      ...window,
      filterShape: [2, 1, 2, 3, 5],
    }),
  "max pooling of images of five axes": () =>
    run("MaxPoolGrad", {
      dy: ones(3, 2, 3, 3),
      input: ones(3, 3, 5, 3, 2),
      output: ones(3, 2, 3, 3),
    }, { filterSize: 2, strides: 2, pad: "same" }),
  "resizing to images of five axes": () =>
    run("ResizeNearestNeighborGrad", {
      images: ones(2, 2, 2, 5, 2),
      dy: ones(2, 4, 4, 5),
    }, { alignCorners: false, halfPixelCenters: false }),
};

for (const [what, use] of Object.entries(misfits)) {
  Deno.test(`${what}: no kernel of ours is run`, async () => {
    await useBackend();
    assert.deepEqual(await tasksOf(use), []);
  });
}

Deno.test("numbers at the end of the memory are computed like others", async () => {
  await useBackend();
  const { heap } = tf.engine().backend as WasmBackend;
  const length = 1 << 20;
  const room = 4 * 4 * length; // two operands, their sum and something over
  const most = 65_535 * 65_536;
  // Never touched, so the system gives no memory for it.
  const filler = heap.allocate(most - room - heap.usedBytes - (1 << 24));
  const kept: tf.Tensor[] = [];
  try {
    const x = tf.tidy(() => tf.range(0, length, 1, "float32").add(0));
    const y = x.add(1);
    let end = 0;
    kept.push(x, y);
    try {
      while (true) {
        const sum = tf.add(x, y);
        kept.push(sum);
        const address = (tf.engine().backend as WasmBackend).address(sum);
        end = Math.max(end, address + 4 * length);
        const values = sum.dataSync();
        for (let i = 0; i < length; i++) {
          if (values[i] !== 2 * i + 1) {
            assert.fail(`number ${i} at ${address} is ${values[i]}`);
          }
        }
      }
    } catch (error) {
      if (!/Cannot allocate/.test((error as Error).message)) throw error;
    }
    assert.ok(most - end < 4 * length, `only to ${end} of ${most}`);
  } finally {
    tf.dispose(kept);
    heap.free(filler);
  }
});
