/** Sums of products by an equation, such as "bij,bjk->bik". */

import {
  backend_util,
  type KernelConfig,
  type NamedAttrMap,
  type Tensor,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { accelerate, areFloats, type Call, runKernel } from "./accelerate.ts";

/**
 * An equation of two tensors as one product of matrices, where each letter of an input
 * is in the output or in the other input: letters in all three number the matrices,
 * those of one input and the output are rows or columns, and those of both inputs alone
 * are summed over. No letter may come twice in a tensor.
 */
function einsum(
  { inputs, attrs: { equation }, backend }: Call<
    TensorInfo[],
    { equation: string }
  >,
): TensorInfo | undefined {
  const tensors = Object.values(inputs);
  const isKnown = tensors.length === 2 && areFloats(...tensors) &&
    equation.split(/,|->/).every((term) => new Set(term).size === term.length);
  if (!isKnown) return undefined;
  const { allDims, summedDims, idDims } = backend_util.decodeEinsumEquation(
    equation,
    tensors.length,
  );
  // It looks at shapes only.
  const shapes = tensors as unknown as Tensor[];
  backend_util.checkEinsumDimSizes(allDims.length, idDims, shapes);
  const [first, second] = idDims;
  const isSummed = (dim: number) => summedDims.includes(dim);
  const shared = first.filter((dim) => second.includes(dim));
  const batch = shared.filter((dim) => !isSummed(dim));
  const inner = shared.filter(isSummed);
  const rows = first.filter((dim) => !second.includes(dim));
  const columns = second.filter((dim) => !first.includes(dim));
  if ([...rows, ...columns].some(isSummed)) return undefined;

  const sizes = allDims.map((_, dim) => {
    const at = first.indexOf(dim);
    return at >= 0
      ? tensors[0].shape[at]
      : tensors[1].shape[second.indexOf(dim)];
  });
  const count = (dims: number[]) =>
    util.sizeFromShape(dims.map((dim) => sizes[dim]));
  const [a, b] = [[...batch, ...rows, ...inner], [
    ...batch,
    ...inner,
    ...columns,
  ]]
    .map((dims, i) =>
      ordered(tensors[i], { from: idDims[i], to: dims, backend })
    );
  const product = runKernel("BatchMatMul", {
    inputs: {
      a: { ...a, shape: [count(batch), count(rows), count(inner)] },
      b: { ...b, shape: [count(batch), count(inner), count(columns)] },
    },
    attrs: { transposeA: false, transposeB: false },
    backend,
  });
  const dims = [...batch, ...rows, ...columns];
  const out = ordered(
    { ...product, shape: dims.map((dim) => sizes[dim]) },
    { from: dims, to: dims.toSorted((a, b) => a - b), backend },
  );
  for (const info of [a, b, product]) {
    backend.disposeIntermediateTensorInfo(info);
  }
  return out;
}

/** A copy of a tensor whose axes, named `from`, are in the order `to`. */
function ordered(
  x: TensorInfo,
  { from, to, backend }: { from: number[]; to: number[]; backend: WasmBackend },
): TensorInfo {
  const attrs: NamedAttrMap = { perm: to.map((dim) => from.indexOf(dim)) };
  return runKernel("Transpose", { inputs: { x }, attrs, backend });
}

/** The kernel of tf.einsum. */
export const einsums: KernelConfig[] = [accelerate("Einsum", einsum)];
