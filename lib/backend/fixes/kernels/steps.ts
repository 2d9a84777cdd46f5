/** Windows that would never come to the end of their images. */

import "@tensorflow/tfjs-backend-cpu";
import { getKernelsForBackend, type KernelConfig } from "@tensorflow/tfjs-core";
import { checkStrides } from "../../geometry/sizes.ts";

function isMoving({ kernelName }: KernelConfig): boolean {
  return /Conv|Pool|Dilation2D/.test(kernelName);
}

/** The kernel, which refuses steps of 0: tfjs's own go on for ever. */
export function inSteps(kernel: KernelConfig): KernelConfig {
  if (!isMoving(kernel)) return kernel;
  const kernelFunc: KernelConfig["kernelFunc"] = (call) => {
    checkStrides((call.attrs as { strides?: number | number[] })?.strides);
    return kernel.kernelFunc(call);
  };
  return { ...kernel, kernelFunc };
}

/** tfjs's own kernels on the cpu that move windows. */
export const movingKernels: KernelConfig[] = getKernelsForBackend("cpu")
  .filter(isMoving).map(inSteps);
