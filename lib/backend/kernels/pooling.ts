/** Max and average pooling, and their gradients; channels last. */

import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { accelerate, areFloats } from "./accelerate.ts";
import { hasShape, hasValidSizes } from "../geometry/sizes.ts";
import {
  averageDivisor,
  type Info,
  type PoolAttributes as Attributes,
  poolInfo,
} from "../geometry/windows.ts";

type PoolTask = `${"max" | "average"}Pool${"" | "Gradient"}`;

function runPool(
  task: PoolTask,
  info: Info,
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
      if (!areFloats(x) || !hasValidSizes(info) || isOne) return undefined;
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
      const fits = hasValidSizes(info) && hasShape(dy, info.outShape);
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
