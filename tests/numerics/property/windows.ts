/** Random cases of pooling and resizing. */

import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import {
  backend_util,
  findBackend,
  getKernel,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { Case, Generator } from "./case.ts";
import type { Draw, Input } from "./draw.ts";
import { batch, padding } from "./padding.ts";

type Info = backend_util.Conv2DInfo;

/**
 * The gradient of a linear kernel: dy times the transpose of the kernel's matrix. A
 * column of the matrix is what tfjs's kernel makes of an image with a single pixel of 1.
 */
function transposed(
  kernelName: string,
  { input, shape: [n, ...rest], dy, attrs }: {
    /** What the kernel calls its input. */
    input: "x" | "images";
    /** Of the gradient, channels last. */
    shape: number[];
    dy: Input;
    attrs: object;
  },
): Float64Array[] {
  const sides = rest.slice(0, -1), c = rest[rest.length - 1];
  const pixels = util.sizeFromShape(sides);
  const one = new Float32Array(pixels * pixels);
  for (let i = 0; i < pixels; i++) one[i * pixels + i] = 1;
  const backend = findBackend("cpu") as MathBackendCPU;
  const x = backend.makeTensorInfo([pixels, ...sides, 1], "float32", one);
  const y = getKernel(kernelName, "cpu")!.kernelFunc({
    inputs: { [input]: x },
    attrs: { ...attrs },
    backend,
  }) as TensorInfo;
  const matrix = backend.data.get(y.dataId).values as Float32Array;
  const outs = matrix.length / pixels;
  const dx = new Float64Array(n * pixels * c);
  for (let i = 0; i < matrix.length; i++) {
    // The average over no pixels is NaN, and has no gradient.
    if (!matrix[i]) continue;
    const pixel = Math.floor(i / outs), out = i % outs;
    for (let image = 0; image < n; image++) {
      const to = (image * pixels + pixel) * c, from = (image * outs + out) * c;
      for (let k = 0; k < c; k++) dx[to + k] += matrix[i] * dy.values[from + k];
    }
  }
  for (const { dataId } of x.dataId === y.dataId ? [x] : [x, y]) {
    backend.disposeData(dataId, true);
  }
  return [dx];
}

function pool(draw: Draw) {
  while (true) {
    const shape = draw.shape(4, 13).with(3, draw.channels());
    if (shape[0] > 0) shape[0] = batch(draw);
    const x = draw.floats(shape);
    const around = padding(draw);
    const [down, across] = [draw.between(1, 3), draw.between(1, 3)];
    const attrs = {
      filterSize: [draw.between(1, 4), draw.between(1, 4)],
      // With a number as padding tfjs uses the first stride for both axes.
      strides: typeof around.pad === "number" ? [down, down] : [down, across],
      ...around,
    };
    // For windows of 2 by 2 there is code of its own.
    if (draw.once(3)) attrs.filterSize = [2, 2];
    const info = backend_util.computePool2DInfo(
      x.shape as [number, number, number, number],
      attrs.filterSize as [number, number],
      attrs.strides as [number, number],
      1,
      attrs.pad as "same",
      attrs.dimRoundingMode as "floor",
    );
    if (info.outHeight < 0 || info.outWidth < 0) continue;
    // With a window of one pixel and outputs of the size of the images, tfjs returns
    // the images whatever the strides are; its gradient does not.
    const isIdentity = info.filterHeight * info.filterWidth === 1 &&
      util.arraysEqual(info.inShape, info.outShape);
    if (isIdentity && info.strideHeight * info.strideWidth > 1) continue;
    return { x, attrs, info };
  }
}

/** dx: dy to the first largest pixel of each window. */
function plainMaxPoolGradient(info: Info, x: Input, dy: Input): Float64Array {
  const { batchSize, inHeight, inWidth, inChannels: c, padInfo } = info;
  const dx = new Float64Array(x.values.length);
  dy.values.forEach((upstream, i) => {
    const [channel, out] = [i % c, Math.floor(i / c)];
    const column = out % info.outWidth;
    const row = Math.floor(out / info.outWidth) % info.outHeight;
    const n = Math.floor(i / (dy.values.length / batchSize));
    let largest = -1;
    for (let ky = 0; ky < info.filterHeight; ky++) {
      for (let kx = 0; kx < info.filterWidth; kx++) {
        const y = row * info.strideHeight + ky - padInfo.top;
        const at = column * info.strideWidth + kx - padInfo.left;
        if (y < 0 || y >= inHeight || at < 0 || at >= inWidth) continue;
        const pixel = ((n * inHeight + y) * inWidth + at) * c + channel;
        if (Number.isNaN(x.values[pixel])) continue;
        if (largest < 0 || x.values[pixel] > x.values[largest]) largest = pixel;
      }
    }
    if (largest >= 0) dx[largest] += upstream;
  });
  return dx;
}

const forward: Generator = (draw) => {
  const { x, attrs } = pool(draw);
  const near = draw.mode === "floats" ? "norm" : undefined;
  return { inputs: { x }, attrs, near };
};

function maxPoolGrad(draw: Draw): Case {
  const { x: input, attrs, info } = pool(draw);
  const dy = draw.floats(info.outShape), output = draw.floats(info.outShape);
  return {
    inputs: { dy, input, output },
    attrs,
    // Where all pixels of a window are -Infinity, the first is the largest by
    // definition; tfjs's own kernel gives the gradient to none.
    expected: [plainMaxPoolGradient(info, input, dy)],
    near: draw.mode === "floats" ? "norm" : undefined,
  };
}

function avgPoolGrad(draw: Draw): Case {
  const { x: input, attrs, info } = pool(draw);
  const dy = draw.floats(info.outShape);
  const { shape } = input;
  return {
    inputs: { dy, input },
    attrs,
    // See averageDivisor in lib/backend/geometry/windows.ts.
    ...(info.padInfo.type !== "EXPLICIT" && {
      expected: transposed("AvgPool", { input: "x", shape, dy, attrs }),
    }),
    near: "norm",
  };
}

/** Random pooling of volumes; of each trio, depth first. */
function pool3D(draw: Draw) {
  while (true) {
    const trio = (most: number) =>
      [0, 0, 0].map(() => draw.between(1, most)) as [number, number, number];
    const n = draw.once(20) ? 0 : draw.between(1, 3);
    const shape = [n, ...trio(6), draw.channels()];
    const attrs = {
      filterSize: trio(3),
      strides: trio(3),
      pad: draw.pick(["same", "valid"] as const),
    };
    const info = backend_util.computePool3DInfo(
      shape as [number, number, number, number, number],
      attrs.filterSize,
      attrs.strides,
      1,
      attrs.pad,
    );
    if (info.outShape.slice(1).some((size) => size < 1)) continue;
    return { x: draw.floats(shape), attrs, info };
  }
}

function forward3D(near?: Case["near"]): Generator {
  return (draw) => {
    const { x, attrs } = pool3D(draw);
    return { inputs: { x }, attrs, near };
  };
}

/** dy goes to the last largest pixel of each window. */
function maxPool3DGrad(draw: Draw): Case {
  const { x: input, attrs, info } = pool3D(draw);
  const dy = draw.floats(info.outShape), output = draw.floats(info.outShape);
  const { inChannels: c, padInfo } = info;
  const [, ...sizes] = info.inShape, [, ...outs] = info.outShape;
  const strides = util.computeStrides(info.outShape);
  const windows = [info.filterDepth, info.filterHeight, info.filterWidth];
  const steps = [info.strideDepth, info.strideHeight, info.strideWidth];
  const pads = [padInfo.front, padInfo.top, padInfo.left];
  const dx = new Float64Array(input.values.length);
  dy.values.forEach((upstream, i) => {
    const [n, ...out] = util.indexToLoc(i, outs.length + 1, strides);
    let largest = -1;
    for (let tap = 0; tap < util.sizeFromShape(windows); tap++) {
      const place = [
        Math.floor(tap / windows[2] / windows[1]),
        Math.floor(tap / windows[2]) % windows[1],
        tap % windows[2],
      ].map((k, axis) => out[axis] * steps[axis] + k - pads[axis]);
      if (place.some((at, axis) => at < 0 || at >= sizes[axis])) continue;
      const pixel = place.reduce((at, k, axis) => at * sizes[axis] + k, n);
      const at = pixel * c + i % c;
      if (Number.isNaN(input.values[at])) continue;
      if (largest < 0 || input.values[at] >= input.values[largest]) {
        largest = at;
      }
    }
    if (largest >= 0) dx[largest] += upstream;
  });
  return {
    inputs: { dy, input, output },
    attrs,
    expected: [dx],
    near: draw.mode === "floats" ? "norm" : "equal",
  };
}

function avgPool3DGrad(draw: Draw): Case {
  const { x: input, attrs, info } = pool3D(draw);
  const dy = draw.floats(info.outShape), { shape } = input;
  return {
    inputs: { dy, input },
    attrs,
    expected: transposed("AvgPool3D", { input: "x", shape, dy, attrs }),
    near: "norm",
  };
}

function resize(draw: Draw) {
  const shape = draw.shape(4, 13).with(3, draw.channels());
  const alignCorners = draw.once(3);
  return {
    shape,
    attrs: {
      size: [draw.between(1, 20), draw.between(1, 20)],
      alignCorners,
      halfPixelCenters: !alignCorners && draw.once(2),
    },
  };
}

const resizeNearest: Generator = (draw) => {
  const { shape, attrs } = resize(draw);
  return { inputs: { images: draw.tensor(shape, draw.dtype()) }, attrs };
};

function resizeGrad(
  kernelName: string,
  near?: Case["near"],
): Generator {
  return (draw) => {
    const { shape, attrs } = resize(draw);
    const [n, , , c] = shape;
    const dy = draw.floats([n, ...attrs.size, c]);
    const images = draw.floats(shape);
    const expected = transposed(
      kernelName,
      { input: "images", shape, dy, attrs },
    );
    return {
      inputs: { images, dy },
      attrs,
      expected,
      near: draw.mode === "floats" ? "norm" : near,
      // A neighbour may have the weight 0, and 0 times an infinite pixel is NaN.
      mayBeLost: (i) => !Number.isFinite(expected[0][i]),
    };
  };
}

/** A generator for each kernel. */
export const windowCases: Record<string, Generator> = {
  MaxPool: forward,
  AvgPool: forward,
  MaxPoolGrad: maxPoolGrad,
  AvgPoolGrad: avgPoolGrad,
  MaxPool3D: forward3D(),
  AvgPool3D: forward3D("norm"),
  MaxPool3DGrad: maxPool3DGrad,
  AvgPool3DGrad: avgPool3DGrad,
  ResizeNearestNeighbor: resizeNearest,
  ResizeNearestNeighborGrad: resizeGrad("ResizeNearestNeighbor"),
  ResizeBilinearGrad: resizeGrad("ResizeBilinear", "norm"),
};
