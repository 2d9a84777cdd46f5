/** Sums of products: a letter that one factor has alone, and one factor as it is. */

import "@tensorflow/tfjs-backend-cpu";
import {
  backend_util,
  getKernel,
  type KernelConfig,
  type NamedTensorInfoMap,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";

const own = getKernel("Einsum", "cpu")!;
const identity = getKernel("Identity", "cpu")!;
const sum = getKernel("Sum", "cpu")!, multiply = getKernel("Multiply", "cpu")!;

/** This kernel's inputs are a list, where those of all others have names. */
const listOf = (tensors: TensorInfo[]) =>
  tensors as unknown as NamedTensorInfoMap;

/**
 * tfjs's own kernel, which loses the other letters of a factor that has a letter of its
 * own to sum. So those are summed before.
 */
export const einsum: KernelConfig = {
  ...own,
  kernelFunc: (call) => {
    const backend = call.backend as MathBackendCPU;
    const tensors = Object.values(call.inputs) as TensorInfo[];
    const { equation } = call.attrs as { equation: string };
    // It throws for what is no equation.
    backend_util.decodeEinsumEquation(equation, tensors.length);
    const [inputs, out] = equation.replace(/\s/g, "").split("->");
    const terms = inputs.split(",");
    // Its own gives back the very tensor that it is given, which counts twice then.
    if (inputs === out) {
      return identity.kernelFunc({ inputs: { x: tensors[0] }, backend });
    }
    if (terms.length === 1) return own.kernelFunc(call);
    const sums = terms.map((term, i) => {
      const isKept = (letter: string) => (out + terms[1 - i]).includes(letter);
      const axis = [...term].flatMap((letter, k) => isKept(letter) ? [] : [k]);
      const attrs = { axis, keepDims: false }, inputs = { x: tensors[i] };
      return {
        x: sum.kernelFunc({ inputs, attrs, backend }) as TensorInfo,
        term: [...term].filter(isKept).join(""),
      };
    });
    const [a, b] = sums, passing = sums.map(({ x }) => x);
    const ask = (equation: string, ...factors: TensorInfo[]) =>
      own.kernelFunc({ inputs: listOf(factors), attrs: { equation }, backend });
    let answer;
    if (a.term && b.term) answer = ask(`${a.term},${b.term}->${out}`, a.x, b.x);
    else {
      // One factor is a number, so the other has the letters of the output.
      const inputs = { a: a.x, b: b.x }, term = a.term || b.term;
      answer = multiply.kernelFunc({ inputs, attrs: {}, backend });
      if (term !== out) { // in another order
        passing.push(answer as TensorInfo);
        answer = ask(`${term}->${out}`, answer as TensorInfo);
      }
    }
    for (const x of passing) backend.disposeIntermediateTensorInfo(x);
    return answer;
  },
};
