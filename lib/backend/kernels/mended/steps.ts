/** Windows that would never come to the end of their images. */

import "@tensorflow/tfjs-backend-cpu";
import { getKernelsForBackend, type KernelConfig } from "@tensorflow/tfjs-core";
import { checkSteps } from "../sizes.ts";

/** tfjs's own kernels that move windows. */
const moving = getKernelsForBackend("cpu").filter(isMoving);

function isMoving({ kernelName }: KernelConfig): boolean {
  return /Conv|Pool|Dilation2D/.test(kernelName);
}

/**
 * All kernels that move windows, those given in the place of tfjs's own, and the
 * other given ones. In steps of 0 tfjs's own go on for ever.
 */
export function withSteps(
  kernels: KernelConfig[],
  backendName: string,
): KernelConfig[] {
  return [...moving, ...kernels].map((kernel) => ({
    ...kernel,
    backendName,
    kernelFunc: (call) => {
      const { strides } = (call.attrs ?? {}) as { strides?: number | number[] };
      if (isMoving(kernel)) checkSteps(strides);
      return kernel.kernelFunc(call);
    },
  }));
}
