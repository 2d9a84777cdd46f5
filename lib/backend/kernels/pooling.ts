/** Max and average pooling, and their gradients; channels last. */

import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { accelerate, addressesIn, areFloats } from "./accelerate.ts";
import { hasShape, hasValidSizes } from "../geometry/sizes.ts";
import {
  averageDivisor,
  type Info,
  type PoolAttributes as Attributes,
  poolInfo,
} from "../geometry/windows.ts";

type PoolTask = `${"max" | "average"}Pool${"" | "Gradient"}`;

/** Runs a task on those of the tensors that it uses. */
function runPool(
  task: PoolTask,
  info: Info,
  { backend, ...tensors }:
    & { backend: WasmBackend }
    & {
      [Name in "x" | "y" | "dy" | "dx"]?: TensorInfo;
    },
) {
  const addressOf = addressesIn(backend);
  backend.pool.run(task, {
    x: addressOf(tensors.x),
    y: addressOf(tensors.y),
    dy: addressOf(tensors.dy),
    dx: addressOf(tensors.dx),
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
      const y = backend.output(info.outShape);
      runPool(task, info, { backend, x, y });
      return y;
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
      const dx = backend.output(input.shape);
      runPool(task, info, { backend, x: input, dy, dx });
      return dx;
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
