/**
 * Comparisons of floats and logic of truth values: loops that the JIT compiler
 * sees whole, where tfjs's call a function a number (30 times slower). Training
 * needs them for the gradient of clipByValue.
 */

import {
  type KernelConfig,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import { accelerate } from "./accelerate.ts";

type Binary = { a: TensorInfo; b: TensorInfo };
type Values = Float32Array | Uint8Array;
/** Fills `out`; `step` is 0 where b is one number for all. */
type Loop = (a: Values, b: Values, out: Uint8Array, step: number) => void;

const greaterEqual: Loop = (a, b, out, step) => {
  for (let i = 0; i < a.length; i++) out[i] = a[i] >= b[i * step] ? 1 : 0;
};
const lessEqual: Loop = (a, b, out, step) => {
  for (let i = 0; i < a.length; i++) out[i] = a[i] <= b[i * step] ? 1 : 0;
};
const greater: Loop = (a, b, out, step) => {
  for (let i = 0; i < a.length; i++) out[i] = a[i] > b[i * step] ? 1 : 0;
};
const less: Loop = (a, b, out, step) => {
  for (let i = 0; i < a.length; i++) out[i] = a[i] < b[i * step] ? 1 : 0;
};
const logicalAnd: Loop = (a, b, out, step) => {
  for (let i = 0; i < a.length; i++) out[i] = a[i] && b[i * step] ? 1 : 0;
};

/** a and b of one shape and dtype, or b a single number. */
function compare(
  kernelName: string,
  { loop, dtype }: { loop: Loop; dtype: "float32" | "bool" },
): KernelConfig {
  return accelerate<Binary>(kernelName, ({ inputs: { a, b }, backend }) => {
    const isScalar = b.shape.length === 0;
    const fits = isScalar || util.arraysEqual(a.shape, b.shape);
    if (a.dtype !== dtype || b.dtype !== dtype || !fits) return undefined;
    const [x, y] = [a, b].map(({ dataId }) =>
      backend.data.get(dataId).values as Values
    );
    const out = new Uint8Array(x.length);
    loop(x, y, out, isScalar ? 0 : 1);
    return backend.makeTensorInfo(a.shape, "bool", out);
  });
}

/** Greater, GreaterEqual, Less, LessEqual and LogicalAnd. */
export const comparisons: KernelConfig[] = [
  compare("Greater", { loop: greater, dtype: "float32" }),
  compare("GreaterEqual", { loop: greaterEqual, dtype: "float32" }),
  compare("Less", { loop: less, dtype: "float32" }),
  compare("LessEqual", { loop: lessEqual, dtype: "float32" }),
  compare("LogicalAnd", { loop: logicalAnd, dtype: "bool" }),
];
