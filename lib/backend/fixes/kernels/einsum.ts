/** Sums of products where a letter is summed that stands in one factor alone. */

import "@tensorflow/tfjs-backend-cpu";
import {
  getKernel,
  type KernelConfig,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";

const own = getKernel("Einsum", "cpu")!;

/** tfjs's own kernel, which loses the other letters of such a factor, save there. */
export const einsum: KernelConfig = {
  ...own,
  kernelFunc: (call) => {
    const { equation } = call.attrs as { equation: string };
    const [inputs, out] = equation.replaceAll(" ", "").split("->");
    const terms = inputs.split(",");
    const isLone = (letter: string) =>
      !out.includes(letter) &&
      terms.filter((term) => term.includes(letter)).length === 1;
    const isSafe = terms.length === 1 ||
      terms.every((term) => term !== "" && ![...term].some(isLone));
    if (isSafe) return own.kernelFunc(call);
    return sumOfProducts(
      { terms, out, tensors: Object.values(call.inputs) as TensorInfo[] },
      call.backend as MathBackendCPU,
    );
  },
};

/** Goes through all values of all letters, and adds up in float64. */
function sumOfProducts(
  { terms, out, tensors }: {
    terms: string[];
    out: string;
    tensors: TensorInfo[];
  },
  backend: MathBackendCPU,
): TensorInfo {
  const letters = [...new Set(out + terms.join(""))];
  const sizes = letters.map((letter) => {
    const [size, ...others] = new Set(
      terms.flatMap((term, i) =>
        term.includes(letter) ? [tensors[i].shape[term.indexOf(letter)]] : []
      ),
    );
    if (others.length > 0) {
      throw new RangeError(
        `Cannot sum the products "${terms}->${out}": "${letter}" has ` +
          `the sizes ${size} and ${others}`,
      );
    }
    return size;
  });
  /** How far a step of each letter goes in a tensor of these letters. */
  const stridesOf = (term: string) => {
    const shape = [...term].map((letter) => sizes[letters.indexOf(letter)]);
    const strides = [...util.computeStrides(shape), 1];
    return letters.map((letter) =>
      term.includes(letter) ? strides[term.indexOf(letter)] : 0
    );
  };
  const factors = terms.map((term, i) => ({
    values: backend.data.get(tensors[i].dataId).values as Float32Array,
    strides: stridesOf(term),
  }));
  const shape = [...out].map((letter) => sizes[letters.indexOf(letter)]);
  const sums = new Float64Array(util.sizeFromShape(shape));
  const to = stridesOf(out);
  const add = (letter: number, at: number, places: number[]) => {
    if (letter === letters.length) {
      sums[at] += factors.reduce(
        (product, { values }, i) => product * values[places[i]],
        1,
      );
      return;
    }
    for (let k = 0; k < sizes[letter]; k++) {
      add(
        letter + 1,
        at + k * to[letter],
        places.map((place, i) => place + k * factors[i].strides[letter]),
      );
    }
  };
  add(0, 0, factors.map(() => 0));
  return backend.makeTensorInfo(shape, "float32", Float32Array.from(sums));
}
