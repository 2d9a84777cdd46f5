/** Matrix products of two batches that each repeat along another axis. */

import "@tensorflow/tfjs-backend-cpu";
import {
  broadcast_util,
  getKernel,
  type KernelConfig,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";

/** tfjs's own, which repeats a whole batch where one axis of it should. */
const { kernelFunc: product } = getKernel("BatchMatMul", "cpu")!;

/** The matrices of a tensor, repeated for each of a batch of the shape `outer`. */
function repeated(
  { shape, ...info }: TensorInfo,
  outer: number[],
  backend: MathBackendCPU,
): TensorInfo {
  const ones = new Array(outer.length + 2 - shape.length).fill(1);
  const x = { ...info, shape: [...ones, ...shape] };
  const reps = [...outer.map((size, i) => size / x.shape[i]), 1, 1];
  const { kernelFunc } = getKernel("Tile", "cpu")!;
  return kernelFunc({ inputs: { x }, attrs: { reps }, backend }) as TensorInfo;
}

export const batchMatMul: KernelConfig["kernelFunc"] = (
  { inputs, attrs, backend },
) => {
  const cpu = backend as MathBackendCPU;
  const { a, b } = inputs as Record<"a" | "b", TensorInfo>;
  const [aOuter, bOuter] = [a, b].map(({ shape }) => shape.slice(0, -2));
  const outer = broadcast_util.assertAndGetBroadcastShape(aOuter, bOuter);
  const isPlain = [aOuter, bOuter].every((shape) =>
    [1, util.sizeFromShape(outer)].includes(util.sizeFromShape(shape))
  );
  if (isPlain || outer.includes(0)) return product({ inputs, attrs, backend });
  const [x, y] = [a, b].map((tensor) => repeated(tensor, outer, cpu));
  try {
    return product({ inputs: { a: x, b: y }, attrs, backend });
  } finally {
    for (const info of [x, y]) cpu.disposeIntermediateTensorInfo(info);
  }
};
