/**
 * Gradients of the kernels that compute gradients, which tfjs-core 4.22 lacks. A
 * gradient of a gradient needs them, as for a penalty on the size of a gradient.
 */

import {
  backend_util,
  engine,
  type GradConfig,
  greater,
  greaterEqual,
  less,
  mul,
  type NamedAttrMap,
  pad,
  registerGradient,
  stridedSlice,
  type Tensor,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { type Convolution, CONVOLUTIONS } from "../internals/convolutions.ts";

/** Registers these gradients, for every backend. */
export function addSecondGradients() {
  for (const gradient of GRADIENTS) registerGradient(gradient);
}

function run(
  kernelName: string,
  inputs: Record<string, Tensor>,
  attrs: NamedAttrMap = {},
): Tensor {
  return engine().runKernel(kernelName, inputs, attrs);
}

/**
 * The gradients of a convolution's two gradients. All three kernels are sums of the
 * same products of a number of x, one of the filter and one of dy, so the gradient of
 * each is made of the other two.
 */
function ofBackprop(
  { forward, byInput, byFilter }: Convolution,
): GradConfig[] {
  const convolve = (x: Tensor, filter: Tensor, attrs: NamedAttrMap) =>
    run(forward, { x, filter }, { dilations: 1, ...attrs });
  const differentiateByInput = (
    { x, filter, dy }: Record<string, Tensor>,
    attrs: NamedAttrMap,
  ) => run(byInput, { dy, filter }, { ...attrs, inputShape: x.shape });
  const differentiateByFilter = (
    { x, filter, dy }: Record<string, Tensor>,
    attrs: NamedAttrMap,
  ) => run(byFilter, { x, dy }, { ...attrs, filterShape: filter.shape });
  return [{
    kernelName: byInput,
    inputsToSave: ["dy", "filter"],
    gradFunc: (upstream, [dy, filter], attrs) => {
      const x = upstream as Tensor;
      return {
        dy: () => convolve(x, filter, attrs),
        filter: () => differentiateByFilter({ x, filter, dy }, attrs),
      };
    },
  }, {
    kernelName: byFilter,
    inputsToSave: ["x", "dy"],
    gradFunc: (upstream, [x, dy], attrs) => {
      const filter = upstream as Tensor;
      return {
        x: () => differentiateByInput({ x, filter, dy }, attrs),
        dy: () => convolve(x, filter, attrs),
      };
    },
  }];
}

/** The attributes of poolings. */
interface Windows {
  filterSize: number | number[];
  strides: number | number[];
  pad: "valid" | "same" | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/**
 * Where the windows of a pooling lie along each axis of x[n, ..., c], pixels or voxels:
 * how many there are, their size, their stride and the padding before the first.
 */
function windowsOf({ shape }: Tensor, attrs: NamedAttrMap) {
  const { filterSize, strides, pad, dimRoundingMode } =
    attrs as unknown as Windows;
  if (shape.length === 4) {
    const info = backend_util.computePool2DInfo(
      shape as [number, number, number, number],
      filterSize as [number, number],
      strides as [number, number],
      1,
      pad,
      dimRoundingMode,
    );
    return [
      [info.outHeight, info.filterHeight, info.strideHeight, info.padInfo.top],
      [info.outWidth, info.filterWidth, info.strideWidth, info.padInfo.left],
    ];
  }
  const info = backend_util.computePool3DInfo(
    shape as [number, number, number, number, number],
    filterSize as [number, number, number],
    strides as [number, number, number],
    1,
    pad,
    dimRoundingMode,
  );
  return [
    [info.outDepth, info.filterDepth, info.strideDepth, info.padInfo.front],
    [info.outHeight, info.filterHeight, info.strideHeight, info.padInfo.top],
    [info.outWidth, info.filterWidth, info.strideWidth, info.padInfo.left],
  ];
}

/** Of each window of x, the number of `values` at the place of its maximum. */
function atMaxima(x: Tensor, values: Tensor, attrs: NamedAttrMap): Tensor {
  const windows = windowsOf(x, attrs);
  const paddings = x.shape.map((size, axis): [number, number] => {
    const window = windows[axis - 1];
    if (!window) return [0, 0];
    const [count, length, stride, before] = window;
    const end = (count - 1) * stride + length;
    return [before, Math.max(0, end - before - size)];
  });
  const paddedX = pad(x, paddings, -Infinity);
  const paddedValues = pad(values, paddings);
  // One place of all windows after the other. Of equal maxima tfjs's kernels take the
  // first in images and the last in volumes.
  const isNew = windows.length === 2 ? greater : greaterEqual;
  let places: number[][] = [[]];
  for (const [, length] of windows) {
    places = places.flatMap((place) =>
      Array.from({ length }, (_, i) => [...place, i])
    );
  }
  const channels = x.rank - 1;
  const at = (padded: Tensor, place: number[]) => {
    const begin = [0, ...place, 0];
    const end = padded.shape.map((size, axis) => {
      const window = windows[axis - 1];
      if (!window || axis === channels) return size;
      const [count, , stride] = window;
      return begin[axis] + (count - 1) * stride + 1;
    });
    const strides = [1, ...windows.map(([, , stride]) => stride), 1];
    return stridedSlice(padded, begin, end, strides);
  };
  let largest: Tensor | undefined, picked: Tensor | undefined;
  for (const place of places) {
    const candidate = at(paddedX, place), value = at(paddedValues, place);
    if (!largest || !picked) {
      [largest, picked] = [candidate, value];
      continue;
    }
    const isLarger = isNew(candidate, largest);
    largest = where(isLarger, candidate, largest);
    picked = where(isLarger, value, picked);
  }
  return picked!;
}

/** The gradient of that of max pooling: dy goes where each maximum came from. */
function ofMaxPool(kernelName: string): GradConfig {
  return {
    kernelName,
    inputsToSave: ["input", "output"],
    gradFunc: (ddx, [input, output], attrs) => ({
      dy: () => atMaxima(input, ddx as Tensor, attrs),
      input: () => zerosLike(input),
      output: () => zerosLike(output),
    }),
  };
}

/** The gradient of a kernel that is linear in dy: another kernel, of the upstream one. */
function ofLinear(
  kernelName: string,
  { other, back }: {
    /** The other input, of which only the shape counts. */
    other: string;
    back: (ddx: Tensor, dy: Tensor, attrs: NamedAttrMap) => Tensor;
  },
): GradConfig {
  return {
    kernelName,
    inputsToSave: ["dy", other],
    gradFunc: (ddx, [dy, x], attrs) => ({
      dy: () => back(ddx as Tensor, dy, attrs),
      [other]: () => zerosLike(x),
    }),
  };
}

function ofResize(kernelName: string): GradConfig {
  return ofLinear(`${kernelName}Grad`, {
    other: "images",
    back: (images, { shape }, attrs) =>
      run(kernelName, { images }, { ...attrs, size: shape.slice(1, 3) }),
  });
}

function ofAvgPool(kernelName: string): GradConfig {
  return ofLinear(`${kernelName}Grad`, {
    other: "input",
    back: (x, _dy, attrs) => run(kernelName, { x }, attrs),
  });
}

const GRADIENTS: GradConfig[] = [
  ...CONVOLUTIONS.flatMap(ofBackprop),
  ...["AvgPool", "AvgPool3D"].map(ofAvgPool),
  ...["MaxPoolGrad", "MaxPool3DGrad"].map(ofMaxPool),
  ...["ResizeBilinear", "ResizeNearestNeighbor"].map(ofResize),
  {
    // ELU's slope is 1 above zero, and y + 1 below.
    kernelName: "EluGrad",
    inputsToSave: ["dy", "y"],
    gradFunc: (ddx, [dy, y]) => ({
      dy: () => run("EluGrad", { dy: ddx as Tensor, y }),
      y: () => {
        const product = mul(ddx as Tensor, dy);
        return where(less(y, 0), product, zerosLike(y));
      },
    }),
  },
];
