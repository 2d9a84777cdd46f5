/** Sums of products where a letter is summed that stands in one factor alone. */

import "@tensorflow/tfjs-backend-cpu";
import {
  backend_util,
  getKernel,
  type KernelConfig,
  type Tensor,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";

const own = getKernel("Einsum", "cpu")!;

/** tfjs's own kernel, which loses the other letters of such a factor, save there. */
export const einsum: KernelConfig = {
  ...own,
  kernelFunc: (call) => {
    const tensors = Object.values(call.inputs) as TensorInfo[];
    const { equation } = call.attrs as { equation: string };
    // It numbers the letters, those of the output first.
    const { allDims, summedDims, idDims } = backend_util
      .decodeEinsumEquation(equation, tensors.length);
    const isRight = tensors.length === 1 ||
      idDims.every((dims) =>
        dims.length > 0 && summedDims.every((dim) => dims.includes(dim))
      );
    if (isRight) return own.kernelFunc(call);
    // It looks at shapes only.
    const shapes = tensors as unknown as Tensor[];
    backend_util.checkEinsumDimSizes(allDims.length, idDims, shapes);
    const sizes = allDims.map((_, dim) => {
      const i = idDims.findIndex((dims) => dims.includes(dim));
      return tensors[i].shape[idDims[i].indexOf(dim)];
    });
    const backend = call.backend as MathBackendCPU;
    const factors = tensors.map(({ dataId }, i) => ({
      values: backend.data.get(dataId).values as Float32Array,
      strides: stridesOf(idDims[i], sizes),
    }));
    const outDims = allDims.map((_, dim) => dim)
      .slice(0, allDims.length - summedDims.length);
    const out = { shape: outDims.map((dim) => sizes[dim]), dims: outDims };
    const sums = sumOfProducts(factors, { ...out, sizes });
    return backend.makeTensorInfo(out.shape, "float32", sums);
  },
};

/** How far a step along each axis goes in a tensor that has these axes. */
function stridesOf(dims: number[], sizes: number[]): number[] {
  const strides = sizes.map(() => 0);
  dims.reduceRight((stride, dim) => {
    strides[dim] = stride;
    return stride * sizes[dim];
  }, 1);
  return strides;
}

/** Goes along all axes, one within another, and adds up in float64. */
function sumOfProducts(
  factors: { values: Float32Array; strides: number[] }[],
  { shape, dims, sizes }: { shape: number[]; dims: number[]; sizes: number[] },
): Float32Array {
  const sums = new Float64Array(util.sizeFromShape(shape));
  const strides = stridesOf(dims, sizes);
  const add = (dim: number, to: number, from: number[]) => {
    if (dim === sizes.length) {
      sums[to] += factors.reduce((p, { values }, i) => p * values[from[i]], 1);
      return;
    }
    for (let k = 0; k < sizes[dim]; k++) {
      const next = from.map((at, i) => at + k * factors[i].strides[dim]);
      add(dim + 1, to + k * strides[dim], next);
    }
  };
  add(0, 0, factors.map(() => 0));
  return Float32Array.from(sums);
}
