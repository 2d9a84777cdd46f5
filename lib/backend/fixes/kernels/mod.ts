/**
 * Plain kernels in place of those of tfjs 4.22's cpu backend that are wrong:
 *
 * - ResizeNearestNeighborGrad finds its way through the upstream gradient with
 *   the batch stride of the small image, so every image but the first gets the
 *   gradient of other pixels;
 * - ResizeBilinearGrad exchanges height and width in the shape it gives, and
 *   takes no notice of halfPixelCenters;
 * - AvgPoolGrad and AvgPool3DGrad divide by the size of the whole window where
 *   the forward kernel divides by the pixels that lie inside the image;
 * - BatchMatMul takes the wrong matrices where both batches repeat, or one
 *   repeats along an axis that is not its first;
 * - MaxPool3DGrad takes the height of a window for its width;
 * - FusedBatchNorm reads its means and the like one after the other, whatever
 *   axis they are for;
 * - what moves windows goes on for ever in steps of 0;
 * - what reduces or rearranges takes other axes where one is named twice;
 * - Cumsum and Cumprod do not count an axis below zero from the last;
 * - Einsum loses letters of a factor that has a letter of its own to sum, and gives
 *   back the very tensor that it is given where it has nothing to do;
 * - TensorScatterUpdate writes into its input.
 *
 * Conv2DBackpropFilter is right there, but takes 18 s for a batch of 16: it
 * finds every number through TensorBuffer.get. These are also what the fast
 * kernels are tested against.
 */

import {
  getKernel,
  type KernelConfig,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from "@tensorflow/tfjs-core";
import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import { axesKernels } from "./axes.ts";
import { fusedBatchNorm } from "./batch_norm.ts";
import { einsum } from "./einsum.ts";
import { conv2DBackpropFilter } from "./convolution.ts";
import type { Floats } from "./floats.ts";
import { batchMatMul } from "./matmul.ts";
import { avgPool3DGrad, avgPoolGrad, maxPool3DGrad } from "./pooling.ts";
import { resizeBilinearGrad, resizeNearestNeighborGrad } from "./resize.ts";
import { tensorScatterUpdate } from "./scatter.ts";
import { inSteps, movingKernels } from "./steps.ts";

type KernelCall = Parameters<KernelConfig["kernelFunc"]>[0];

/** The correct kernels, for a backend of plain arrays. */
export function correctKernels(backendName: string): KernelConfig[] {
  const kernels = {
    Conv2DBackpropFilter: conv2DBackpropFilter,
    ResizeNearestNeighborGrad: resizeNearestNeighborGrad,
    ResizeBilinearGrad: resizeBilinearGrad,
    AvgPoolGrad: avgPoolGrad,
    AvgPool3DGrad: avgPool3DGrad,
    FusedBatchNorm: fusedBatchNorm,
    MaxPool3DGrad: maxPool3DGrad,
  };
  const ofFloats = Object.entries(kernels).map(([kernelName, kernel]) => ({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs, backend }: KernelCall) => {
      const cpu = backend as MathBackendCPU;
      const floats: Record<string, Floats> = {};
      for (const [name, tensor] of Object.entries(inputs)) {
        const { shape, dataId, dtype } = tensor as TensorInfo;
        if (dtype === "complex64") {
          throw new TypeError(
            `Cannot run kernel "${kernelName}": its ${name} is complex`,
          );
        }
        const values = cpu.data.get(dataId).values as Float32Array;
        floats[name] = { shape, values };
      }
      // Each kernel names the inputs and attributes that tfjs gives it.
      const { shape, values } = (kernel as (...args: unknown[]) => Floats)(
        floats,
        attrs,
      );
      return cpu.makeTensorInfo(shape, "float32", values);
    },
  }));
  // The later takes the place of the former.
  return [
    ...[...axesKernels, ...movingKernels, einsum, tensorScatterUpdate]
      .map((kernel) => ({ ...kernel, backendName })),
    ...ofFloats.map(inSteps),
    { kernelName: "BatchMatMul", backendName, kernelFunc: batchMatMul },
  ];
}

/** Registers each kernel, in place of one of that name if there is one. */
export function replaceKernels(kernels: KernelConfig[]) {
  for (const kernel of kernels) {
    const { kernelName, backendName } = kernel;
    if (getKernel(kernelName, backendName)) {
      unregisterKernel(kernelName, backendName);
    }
    registerKernel(kernel);
  }
}
