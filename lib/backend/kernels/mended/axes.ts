/** Axes that are named twice, of what is reduced or rearranged along them. */

import "@tensorflow/tfjs-backend-cpu";
import {
  getKernel,
  type KernelConfig,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { checkAxes } from "../sizes.ts";

/** What each of tfjs's own kernels calls its axes. */
const NAMES = {
  ...{ All: "axis", Any: "axis", Mean: "axis", Min: "axis", Prod: "axis" },
  ...{ Sum: "axis", Max: "reductionIndices", Reverse: "dims" },
  Transpose: "perm",
};

/** tfjs's own kernels on the cpu, which refuse such axes: they reduce others. */
export const axesKernels: KernelConfig[] = Object.entries(NAMES).map(
  ([kernelName, name]) => {
    const kernel = getKernel(kernelName, "cpu")!;
    const kernelFunc: KernelConfig["kernelFunc"] = (call) => {
      const axes =
        (call.attrs as Record<string, number | number[] | null>)[name];
      checkAxes(axes, call.inputs.x as TensorInfo);
      return kernel.kernelFunc(call);
    };
    return { ...kernel, kernelFunc };
  },
);
