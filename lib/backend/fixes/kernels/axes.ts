/** Axes that are named twice or counted from the last. */

import "@tensorflow/tfjs-backend-cpu";
import {
  getKernel,
  type KernelConfig,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import { checkAxes } from "../../geometry/sizes.ts";

/** What each of tfjs's own kernels calls its axes. */
const NAMES = {
  ...{ All: "axis", Any: "axis", Mean: "axis", Min: "axis", Prod: "axis" },
  ...{ Sum: "axis", Max: "reductionIndices", Reverse: "dims" },
  Transpose: "perm",
};

/** tfjs's own, which refuse an axis that is named twice: they reduce others. */
const reductions: KernelConfig[] = Object.entries(NAMES).map(
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

/** tfjs's own, which take an axis below zero for one that is not there. */
const scans: KernelConfig[] = ["Cumsum", "Cumprod"].map((kernelName) => {
  const kernel = getKernel(kernelName, "cpu")!;
  const kernelFunc: KernelConfig["kernelFunc"] = (call) => {
    const { shape } = call.inputs.x as TensorInfo;
    const { axis: named, ...rest } = call.attrs as { axis: number };
    const axes = util.parseAxisParam(named, shape);
    if (axes.length !== 1) {
      throw new RangeError(
        `Cannot go along "${axes.join(", ")}": ${kernelName.toLowerCase()} ` +
          `has one axis`,
      );
    }
    return kernel.kernelFunc({ ...call, attrs: { ...rest, axis: axes[0] } });
  };
  return { ...kernel, kernelFunc };
});

/** tfjs's own kernels on the cpu, along the axes that are meant. */
export const axesKernels: KernelConfig[] = [...reductions, ...scans];
