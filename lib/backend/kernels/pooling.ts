/** Max and average pooling, and their gradients; channels last. */

import {
  backend_util,
  type KernelConfig,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { accelerate, areFloats } from "./accelerate.ts";
import { checkWindow, hasShape, isWhole } from "../geometry/sizes.ts";

interface Attributes {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: "valid" | "same" | number | backend_util.ExplicitPadding;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/**
 * tfjs's own account of the windows; it never dilates them.
 *
 * @throws {RangeError} when the window is larger than the image.
 */
export function poolInfo(
  shape: number[],
  { filterSize, strides, pad, dimRoundingMode }: Attributes,
): backend_util.Conv2DInfo {
  const info = backend_util.computePool2DInfo(
    shape as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  checkWindow(info);
  return info;
}

/**
 * What the gradient of an average divides by: 0, the pixels inside the image,
 * as the forward kernel does. With explicit padding tfjs's own tests ask for
 * the whole window, although that is not the derivative of its forward kernel.
 */
export function averageDivisor(info: backend_util.Conv2DInfo): number {
  return info.padInfo.type === "EXPLICIT"
    ? info.filterHeight * info.filterWidth
    : 0;
}

type PoolTask = `${"max" | "average"}Pool${"" | "Gradient"}`;

function runPool(
  task: PoolTask,
  info: backend_util.Conv2DInfo,
  { backend, x = 0, y = 0, dy = 0, dx = 0 }: {
    backend: WasmBackend;
    x?: number;
    y?: number;
    dy?: number;
    dx?: number;
  },
) {
  backend.pool.run(task, {
    x,
    y,
    dy,
    dx,
    h: info.inHeight,
    w: info.inWidth,
    c: info.inChannels,
    outH: info.outHeight,
    outW: info.outWidth,
    windowH: info.filterHeight,
    windowW: info.filterWidth,
    strideH: info.strideHeight,
    strideW: info.strideWidth,
    top: info.padInfo.top,
    left: info.padInfo.left,
    divisor: averageDivisor(info),
  }, info.batchSize);
}

function forward(kernelName: string, task: PoolTask): KernelConfig {
  return accelerate<{ x: TensorInfo }, Attributes>(
    kernelName,
    ({ inputs: { x }, attrs, backend }) => {
      const info = poolInfo(x.shape, attrs);
      // For a window of one pixel tfjs's own kernel copies nothing.
      const isOne = info.filterHeight === 1 && info.filterWidth === 1;
      if (!areFloats(x) || !isWhole(info) || isOne) return undefined;
      const from = backend.address(x);
      const out = backend.output(info.outShape);
      runPool(task, info, { backend, x: from, y: backend.address(out) });
      return out;
    },
  );
}

function gradient(kernelName: string, task: PoolTask): KernelConfig {
  return accelerate<
    { dy: TensorInfo; input: TensorInfo; output?: TensorInfo },
    Attributes
  >(
    kernelName,
    ({ inputs, attrs, backend }) => {
      const { dy, input } = inputs;
      const info = poolInfo(input.shape, attrs);
      const fits = isWhole(info) && hasShape(dy, info.outShape);
      if (!areFloats(dy, input, inputs.output ?? input) || !fits) {
        return undefined;
      }
      const x = backend.address(input);
      const upstream = backend.address(dy);
      const out = backend.output(input.shape);
      const dx = backend.address(out);
      runPool(task, info, { backend, x, dy: upstream, dx });
      return out;
    },
  );
}

/** MaxPool, AvgPool and their gradients. */
export const pooling: KernelConfig[] = [
  forward("MaxPool", "maxPool"),
  forward("AvgPool", "averagePool"),
  gradient("MaxPoolGrad", "maxPoolGradient"),
  gradient("AvgPoolGrad", "averagePoolGradient"),
];
