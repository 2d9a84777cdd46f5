/**
 * Comparisons of floats, and the logical and of booleans: loops that V8 can compile
 * as a whole. tfjs calls a function for each number, which takes 30 times as long.
 * The gradient of clipByValue needs them in training.
 */

import {
  type KernelConfig,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import { accelerate } from "./accelerate.ts";

type Binary = { a: TensorInfo; b: TensorInfo };
type Numbers = Float32Array | Uint8Array;
/** Fills `out`; `step` is 0 if b is a single number, else 1. */
type Loop = (a: Numbers, b: Numbers, out: Uint8Array, step: number) => void;

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

/** A kernel for a and b of the same shape and dtype, or b a single number. */
function compare(
  kernelName: string,
  { loop, dtype }: { loop: Loop; dtype: "float32" | "bool" },
): KernelConfig {
  return accelerate<Binary>(kernelName, ({ inputs: { a, b }, backend }) => {
    const isScalar = b.shape.length === 0;
    const fits = isScalar || util.arraysEqual(a.shape, b.shape);
    if (a.dtype !== dtype || b.dtype !== dtype || !fits) return undefined;
    const [x, y] = [a, b].map(({ dataId }) =>
      backend.data.get(dataId).values as Numbers
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
