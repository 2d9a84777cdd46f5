/**
 * Comparisons, and the logical operations of booleans: loops that V8 can compile as a
 * whole. tfjs calls a function for each number, which takes 30 times as long. The
 * gradients of clipByValue and of maxima need them in training.
 */

import {
  backend_util,
  type KernelConfig,
  type TensorInfo,
  type TypedArray,
  util,
} from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { broadcast, viewOf } from "../geometry/views.ts";
import { accelerate } from "./accelerate.ts";
import { copyView, isOfNumbers, numbersOf } from "./copy.ts";

type Binary = { a: TensorInfo; b: TensorInfo };
/** Fills `out`; `step` is 0 if b is a single number, else 1. */
type Loop = (
  a: TypedArray,
  b: TypedArray,
  out: TypedArray,
  step: number,
) => void;

/** For each kernel its loop. */
const LOOPS: Record<string, Loop> = {
  Equal: (a, b, out, step) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i] === b[i * step] ? 1 : 0;
  },
  NotEqual: (a, b, out, step) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i] !== b[i * step] ? 1 : 0;
  },
  Greater: (a, b, out, step) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i] > b[i * step] ? 1 : 0;
  },
  GreaterEqual: (a, b, out, step) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i] >= b[i * step] ? 1 : 0;
  },
  Less: (a, b, out, step) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i] < b[i * step] ? 1 : 0;
  },
  LessEqual: (a, b, out, step) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i] <= b[i * step] ? 1 : 0;
  },
  LogicalAnd: (a, b, out, step) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i] && b[i * step] ? 1 : 0;
  },
  LogicalOr: (a, b, out, step) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i] || b[i * step] ? 1 : 0;
  },
};

/** Runs `use` on the numbers of a tensor, broadcast to `shape`. */
function broadcasting(
  backend: WasmBackend,
  { tensor, shape }: { tensor: TensorInfo; shape: number[] },
  use: (numbers: TypedArray) => void,
) {
  if (util.arraysEqual(tensor.shape, shape)) {
    return use(numbersOf(backend, tensor));
  }
  const copy = backend.output(shape, tensor.dtype);
  const view = broadcast(tensor.shape, shape);
  copyView(backend, { tensor, view }, { tensor: copy, view: viewOf(shape) });
  use(numbersOf(backend, copy));
  backend.disposeIntermediateTensorInfo(copy);
}

function compare(kernelName: string, loop: Loop): KernelConfig {
  return accelerate<Binary>(kernelName, ({ inputs: { a, b }, backend }) => {
    if (!isOfNumbers(a) || !isOfNumbers(b)) return undefined;
    const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const result = backend.output(shape, "bool");
    const out = numbersOf(backend, result);
    const isOne = b.shape.length === 0;
    broadcasting(backend, { tensor: a, shape }, (left) => {
      if (isOne) loop(left, numbersOf(backend, b), out, 0);
      else {
        broadcasting(backend, { tensor: b, shape }, (right) => {
          loop(left, right, out, 1);
        });
      }
    });
    return result;
  });
}

/** Equal, NotEqual, Greater, GreaterEqual, Less, LessEqual, LogicalAnd, LogicalOr. */
export const comparisons: KernelConfig[] = Object.entries(LOOPS)
  .map(([kernelName, loop]) => compare(kernelName, loop));
