/**
 * Concatenation and its gradient, splitting, which every skip connection needs; and the
 * same along an axis of its own.
 */

import {
  backend_util,
  type KernelConfig,
  type Tensor,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { cut, viewOf } from "../geometry/views.ts";
import { accelerate } from "./accelerate.ts";
import { copyView, isOfNumbers, type Part } from "./copy.ts";

interface Whole {
  whole: TensorInfo;
  axis: number;
}

/** The part of a tensor that begins at `start` of an axis and has this shape. */
function partOf(
  { whole, axis }: Whole,
  { start, shape }: { start: number; shape: number[] },
): Part {
  const view = cut(viewOf(whole.shape), axis, { start, size: shape[axis] });
  return { tensor: whole, view };
}

/** Writes tensors, of these shapes, into the whole, one behind the other. */
function join(
  backend: WasmBackend,
  parts: { tensor: TensorInfo; shape: number[] }[],
  into: Whole,
) {
  let start = 0;
  for (const { tensor, shape } of parts) {
    const from = { tensor, view: viewOf(shape) };
    copyView(backend, from, partOf(into, { start, shape }));
    start += shape[into.axis];
  }
}

/** Cuts the whole into parts of these shapes; the tensors that they become. */
function divide(backend: WasmBackend, from: Whole, shapes: number[][]) {
  const { dtype } = from.whole;
  let start = 0;
  return shapes.map((shape) => {
    const tensor = backend.output(shape, dtype);
    const to = { tensor, view: viewOf(shape) };
    copyView(backend, partOf(from, { start, shape }), to);
    start += shape[from.axis];
    return tensor;
  });
}

const concat = accelerate<TensorInfo[], { axis: number }>(
  "Concat",
  ({ inputs, attrs, backend }) => {
    const [axis] = util.parseAxisParam(attrs.axis, inputs[0].shape);
    const parts = inputs.filter(({ shape }) => util.sizeFromShape(shape) > 0);
    const [{ dtype }] = inputs;
    const areAlike = inputs.every((input) => input.dtype === dtype);
    if (parts.length < 2 || !areAlike || !isOfNumbers(inputs[0])) {
      return undefined;
    }
    // Empty tensors, too, must fit: they may be empty along another axis.
    const shapes = inputs.map(({ shape }) => shape);
    backend_util.assertParamsConsistent(shapes, axis);
    const shape = backend_util.computeOutShape(shapes, axis);
    const whole = backend.output(shape, dtype);
    const tensors = parts.map((tensor) => ({ tensor, shape: tensor.shape }));
    join(backend, tensors, { whole, axis });
    return whole;
  },
);

const splitV = accelerate<
  { x: TensorInfo },
  { numOrSizeSplits: number | number[]; axis: number }
>("SplitV", ({ inputs: { x }, attrs, backend }) => {
  if (!isOfNumbers(x)) return undefined;
  const [axis] = util.parseAxisParam(attrs.axis, x.shape);
  const sizes = backend_util.prepareSplitSize(
    x as Tensor,
    attrs.numOrSizeSplits,
    axis,
  );
  if (sizes.some((size) => size < 1)) return undefined;
  const shapes = sizes.map((size) => x.shape.with(axis, size));
  return divide(backend, { whole: x, axis }, shapes);
});

const pack = accelerate<TensorInfo[], { axis: number }>(
  "Pack",
  ({ inputs, attrs, backend }) => {
    const [{ shape, dtype }] = inputs;
    const areAlike = inputs.every((input) =>
      input.dtype === dtype && util.arraysEqual(input.shape, shape)
    );
    if (inputs.length < 2 || !areAlike || !isOfNumbers(inputs[0])) {
      return undefined;
    }
    const whole = [...shape, inputs.length];
    const [axis] = util.parseAxisParam(attrs.axis, whole);
    const out = backend.output(
      shape.toSpliced(axis, 0, inputs.length),
      dtype,
    );
    const one = shape.toSpliced(axis, 0, 1);
    const tensors = inputs.map((tensor) => ({ tensor, shape: one }));
    join(backend, tensors, { whole: out, axis });
    return out;
  },
);

const unpack = accelerate<{ value: TensorInfo }, { axis: number }>(
  "Unpack",
  ({ inputs: { value }, attrs, backend }) => {
    const isRight = value.shape.length > 0 && Number.isInteger(attrs.axis);
    if (!isOfNumbers(value) || !isRight) return undefined;
    const [axis] = util.parseAxisParam(attrs.axis, value.shape);
    const count = value.shape[axis];
    const one = value.shape.with(axis, 1);
    const tensors = divide(
      backend,
      { whole: value, axis },
      Array<number[]>(count).fill(one),
    );
    // The axis is gone: each tensor is one index of it.
    const shape = value.shape.toSpliced(axis, 1);
    return tensors.map((tensor) => ({ ...tensor, shape }));
  },
);

/** Concat, SplitV, Pack and Unpack. */
export const concatenation: KernelConfig[] = [concat, splitV, pack, unpack];
