/** Kernels that only move numbers: each copies one view of a tensor to another. */

import {
  type KernelConfig,
  slice_util,
  type StridedSliceAttrs,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { arePositiveIntegers, checkAxes } from "../geometry/sizes.ts";
import {
  commonAxes,
  cut,
  permute,
  type View,
  viewOf,
} from "../geometry/views.ts";
import { accelerate } from "./accelerate.ts";
import { copyView, fillViews, isOfNumbers } from "./copy.ts";

type Input = { x: TensorInfo };
type Paddings = [before: number, after: number][];

/**
 * A tensor with the numbers of a view of `x`, in the view's shape or another. Where
 * these are all of `x` in their order, both share them.
 */
function copyOf(
  backend: WasmBackend,
  { x, view, shape = view.shape }: {
    x: TensorInfo;
    view: View;
    shape?: number[];
  },
): TensorInfo {
  if (isWhole(view, x)) {
    backend.incRef(x.dataId);
    return { dataId: x.dataId, shape, dtype: x.dtype };
  }
  const tensor = backend.output(shape, x.dtype);
  const to = { tensor, view: viewOf(view.shape) };
  copyView(backend, { tensor: x, view }, to);
  return tensor;
}

/** Whether a view is of all numbers of a tensor in their order. */
function isWhole(view: View, { shape }: TensorInfo): boolean {
  const size = util.sizeFromShape(view.shape);
  if (view.start !== 0 || size !== util.sizeFromShape(shape)) return false;
  const axes = commonAxes(view, viewOf(view.shape));
  return axes.every(({ from, to }) => from === to);
}

/** A part of a tensor: from `start` along each axis, in steps of 1 or others. */
interface Box {
  start: number[];
  shape: number[];
  steps?: number[];
}

/** The view of a part of `x`; undefined where it reaches beyond `x`. */
function viewOfBox(
  x: TensorInfo,
  { start, shape, steps = shape.map(() => 1) }: Box,
): View | undefined {
  const isInside = shape.length === x.shape.length &&
    shape.every((size, axis) => {
      const ends = [start[axis], start[axis] + (size - 1) * steps[axis]];
      return Number.isInteger(size) && size >= 0 &&
        (size === 0 || ends.every((end) => end >= 0 && end < x.shape[axis])) &&
        Number.isInteger(start[axis]) && Number.isInteger(steps[axis]);
    });
  return isInside
    ? shape.reduce(
      (view, size, axis) =>
        cut(view, axis, { start: start[axis], size, step: steps[axis] }),
      viewOf(x.shape),
    )
    : undefined;
}

const slice = accelerate<
  Input,
  { begin: number | number[]; size: number | number[] }
>("Slice", ({ inputs: { x }, attrs, backend }) => {
  if (!isOfNumbers(x)) return undefined;
  const [start, shape] = slice_util.parseSliceParams(
    x,
    attrs.begin,
    attrs.size,
  );
  slice_util.assertParamsValid(x, start, shape);
  const view = viewOfBox(x, { start, shape });
  return view && copyOf(backend, { x, view });
});

const stridedSlice = accelerate<Input, StridedSliceAttrs>(
  "StridedSlice",
  ({ inputs: { x }, attrs, backend }) => {
    if (!isOfNumbers(x)) return undefined;
    const part = slice_util.sliceInfo(
      x.shape,
      ...[attrs.begin, attrs.end, attrs.strides] as const,
      ...[attrs.beginMask, attrs.endMask, attrs.ellipsisMask] as const,
      ...[attrs.newAxisMask, attrs.shrinkAxisMask] as const,
    );
    const { begin: start, end, strides: steps, finalShape } = part;
    const isPlain = part.sliceDim0 || part.isSimpleSlice;
    const shape = isPlain
      ? slice_util.computeOutShape(start, end, steps)
      : part.finalShapeSparse;
    // Where nothing is left, tfjs's own kernel throws or makes an empty tensor.
    const isRight = arePositiveIntegers(...shape, ...finalShape) &&
      util.sizeFromShape(shape) === util.sizeFromShape(finalShape);
    const view = viewOfBox(x, { start, shape, steps });
    if (part.isIdentity || !isRight || !view) return undefined;
    return copyOf(backend, { x, view, shape: finalShape });
  },
);

const reverse = accelerate<Input, { dims: number | number[] }>(
  "Reverse",
  ({ inputs: { x }, attrs: { dims }, backend }) => {
    if (!isOfNumbers(x) || x.shape.length === 0) return undefined;
    checkAxes(dims, x);
    const view = util.parseAxisParam(dims, x.shape).reduce((view, axis) => {
      const size = x.shape[axis];
      return cut(view, axis, { start: size - 1, size, step: -1 });
    }, viewOf(x.shape));
    return copyOf(backend, { x, view });
  },
);

const transpose = accelerate<Input, { perm: number[] }>(
  "Transpose",
  ({ inputs: { x }, attrs: { perm }, backend }) => {
    checkAxes(perm, x);
    const isWhole = perm.length === x.shape.length &&
      perm.every((axis) => axis >= 0 && axis < perm.length);
    if (!isOfNumbers(x) || !isWhole) return undefined;
    return copyOf(backend, { x, view: permute(viewOf(x.shape), perm) });
  },
);

const tile = accelerate<Input, { reps: number[] }>(
  "Tile",
  ({ inputs: { x }, attrs: { reps }, backend }) => {
    const isRight = reps.length === x.shape.length &&
      arePositiveIntegers(...reps);
    if (!isOfNumbers(x) || !isRight) return undefined;
    const { start, strides } = viewOf(x.shape);
    // Before each axis another, along which the numbers are the same.
    const view = {
      start,
      shape: x.shape.flatMap((size, axis) => [reps[axis], size]),
      strides: strides.flatMap((stride) => [0, stride]),
    };
    const shape = x.shape.map((size, axis) => size * reps[axis]);
    return copyOf(backend, { x, view, shape });
  },
);

/**
 * A tensor with `x` in its middle, and the parts of it before and after `x` along each
 * axis. Together these parts are all that is not `x`.
 */
function padded(
  backend: WasmBackend,
  { x, paddings }: { x: TensorInfo; paddings: Paddings },
) {
  const shape = x.shape.map((size, axis) =>
    paddings[axis][0] + size + paddings[axis][1]
  );
  const out = backend.output(shape, x.dtype);
  let view = viewOf(shape);
  const edges = paddings.map(([before, after], axis) => {
    const end = before + x.shape[axis];
    const parts = {
      first: cut(view, axis, { start: 0, size: before }),
      last: cut(view, axis, { start: end, size: after }),
      middle: view = cut(view, axis, { start: before, size: x.shape[axis] }),
    };
    return parts;
  });
  const from = { tensor: x, view: viewOf(x.shape) };
  copyView(backend, from, { tensor: out, view });
  return { out, edges };
}

/** Whether there is a padding, from 0 up, on both sides of each axis. */
function arePaddings(paddings: Paddings, { shape }: TensorInfo): boolean {
  return paddings.length === shape.length &&
    paddings.every(({ length }) => length === 2) &&
    paddings.flat().every((size) => Number.isInteger(size) && size >= 0);
}

const pad = accelerate<Input, { paddings: Paddings; constantValue: number }>(
  "PadV2",
  ({ inputs: { x }, attrs: { paddings, constantValue }, backend }) => {
    if (!isOfNumbers(x) || !arePaddings(paddings, x)) return undefined;
    const { out, edges } = padded(backend, { x, paddings });
    fillViews(backend, out, {
      views: edges.flatMap(({ first, last }) => [first, last]),
      value: constantValue,
    });
    return out;
  },
);

const mirrorPad = accelerate<
  Input,
  { paddings: Paddings; mode: "reflect" | "symmetric" }
>("MirrorPad", ({ inputs: { x }, attrs: { paddings, mode }, backend }) => {
  // A reflection does not repeat the number at the edge itself.
  const skipped = mode === "reflect" ? 1 : 0;
  const fits = arePaddings(paddings, x) &&
    x.shape.every((size, axis) =>
      Math.max(...paddings[axis]) <= size - skipped
    );
  if (!isOfNumbers(x) || !fits) return undefined;
  const { out, edges } = padded(backend, { x, paddings });
  // From the last axis to the first: what is mirrored is there already.
  edges.toReversed().forEach(({ first, last, middle }, i) => {
    const axis = edges.length - 1 - i, size = x.shape[axis];
    const [before, after] = paddings[axis];
    const mirrored = (start: number, size: number) => ({
      tensor: out,
      view: cut(middle, axis, { start, size, step: -1 }),
    });
    copyView(backend, mirrored(before - 1 + skipped, before), {
      tensor: out,
      view: first,
    });
    copyView(backend, mirrored(size - 1 - skipped, after), {
      tensor: out,
      view: last,
    });
  });
  return out;
});

/** Kernels of one tensor that only move its numbers. */
export const moving: KernelConfig[] = [
  ...[slice, stridedSlice, reverse, transpose, tile, pad, mirrorPad],
];
