/** Max and average pooling of volumes, and their gradients; channels last. */

import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { hasShape } from "../geometry/sizes.ts";
import {
  hasValidVolumes,
  type Pool3DAttributes as Attributes,
  pool3DInfo,
  type VolumeInfo,
  volumeSidesOf,
} from "../geometry/windows.ts";
import { accelerate, areFloats } from "./accelerate.ts";

type Pool3DTask = `${"max" | "average"}Pool3D${"" | "Gradient"}`;

/** Runs a task for so many chunks, on those addresses that it uses. */
function runPool(
  backend: WasmBackend,
  task: Pool3DTask,
  { info, chunks, x = 0, y, dx = 0 }: {
    info: VolumeInfo;
    chunks: number;
    x?: number;
    y: number;
    dx?: number;
  },
) {
  const [depth, down, across] = volumeSidesOf(info);
  backend.pool.run(task, {
    ...{ x, y, dx, c: info.inChannels },
    ...{ d: depth.size, h: down.size, w: across.size },
    ...{ outD: depth.outSize, outH: down.outSize, outW: across.outSize },
    ...{ windowD: depth.window, windowH: down.window, windowW: across.window },
    ...{ strideD: depth.stride, strideH: down.stride, strideW: across.stride },
    ...{ front: depth.padding, top: down.padding, left: across.padding },
  }, chunks);
}

/** Whether channels come last, by the attributes, and by the volumes. */
function isFast(info: VolumeInfo, { dataFormat = "NDHWC" }: Attributes) {
  return dataFormat === "NDHWC" && hasValidVolumes(info);
}

function forward(kernelName: string, task: Pool3DTask): KernelConfig {
  return accelerate<{ x: TensorInfo }, Attributes>(
    kernelName,
    ({ inputs: { x }, attrs, backend }) => {
      const info = pool3DInfo(x.shape, attrs);
      if (!areFloats(x) || !isFast(info, attrs)) return undefined;
      const from = backend.address(x), out = backend.output(info.outShape);
      const y = backend.address(out);
      const chunks = info.batchSize * info.outDepth;
      runPool(backend, task, { info, chunks, x: from, y });
      return out;
    },
  );
}

function gradient(kernelName: string, task: Pool3DTask): KernelConfig {
  return accelerate<{ dy: TensorInfo; input: TensorInfo }, Attributes>(
    kernelName,
    ({ inputs: { dy, input }, attrs, backend }) => {
      const info = pool3DInfo(input.shape, attrs);
      const fits = isFast(info, attrs) && hasShape(dy, info.outShape);
      if (!areFloats(dy, input) || !fits) return undefined;
      const x = backend.address(input), y = backend.address(dy);
      const out = backend.output(input.shape), dx = backend.address(out);
      runPool(backend, task, { info, chunks: info.batchSize, x, y, dx });
      return out;
    },
  );
}

/** MaxPool3D, AvgPool3D and their gradients. */
export const volumePooling: KernelConfig[] = [
  forward("MaxPool3D", "maxPool3D"),
  forward("AvgPool3D", "averagePool3D"),
  gradient("MaxPool3DGrad", "maxPool3DGradient"),
  gradient("AvgPool3DGrad", "averagePool3DGradient"),
];
