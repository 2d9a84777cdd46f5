/** Copies views of tensors: many floats on all threads, all else in TypeScript. */

import {
  type DataType,
  type TensorInfo,
  type TypedArray,
  util,
} from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import {
  type Axis,
  broadcast,
  commonAxes,
  type View,
  viewOf,
} from "../geometry/views.ts";

/** Numbers of a chunk: 64 KiB, which take longer than to wake a thread. */
const NUMBERS_PER_CHUNK = 16_384;
/** Columns of a chunk that is transposed: then a chunk has some whole rows, too. */
const COLUMNS_PER_CHUNK = 1_024;
/** So few numbers are copied in TypeScript before a task would begin. */
const FEW_NUMBERS = 256;
/** Axes that the task knows. */
const AXES = 6;

/** Whether tensors of this dtype hold one plain number each time. */
export function isOfNumbers({ dtype }: { dtype: DataType }): boolean {
  return dtype === "float32" || dtype === "int32" || dtype === "bool";
}

/** The numbers of a tensor, wherever they are. */
export function numbersOf(backend: WasmBackend, { dataId }: TensorInfo) {
  return backend.data.get(dataId).values as TypedArray;
}

/** A tensor of plain numbers, and which of them. */
export interface Part {
  tensor: TensorInfo;
  view: View;
}

/** Copies numbers to as many others, of a tensor of the same dtype. */
export function copyView(backend: WasmBackend, from: Part, to: Part) {
  const count = util.sizeFromShape(to.view.shape);
  if (count === 0) return;
  const axes = commonAxes(from.view, to.view);
  if (to.tensor.dtype === "float32" && count > FEW_NUMBERS) {
    copyFloats(backend, axes, {
      from: backend.address(from.tensor) + 4 * from.view.start,
      to: backend.address(to.tensor) + 4 * to.view.start,
    });
    return;
  }
  copyNumbers(axes, {
    from: numbersOf(backend, from.tensor),
    to: numbersOf(backend, to.tensor),
    ...{ read: from.view.start, write: to.view.start },
  });
}

/** Writes one number to all places of some views of a tensor. */
export function fillViews(
  backend: WasmBackend,
  tensor: TensorInfo,
  { views, value }: { views: View[]; value: number },
) {
  const one = backend.output([], tensor.dtype);
  numbersOf(backend, one)[0] = value;
  for (const view of views) {
    const from = { tensor: one, view: broadcast([], view.shape) };
    copyView(backend, from, { tensor, view });
  }
  backend.disposeIntermediateTensorInfo(one);
}

/** Writes the numbers of a view of the floats at `from` one after the other to `to`. */
export function copyInOrder(
  backend: WasmBackend,
  view: View,
  { from, to }: { from: number; to: number },
) {
  const axes = commonAxes(view, viewOf(view.shape));
  copyFloats(backend, axes, { from: from + 4 * view.start, to });
}

/** Copies floats from one address to another; axes beyond the sixth one by one. */
export function copyFloats(
  backend: WasmBackend,
  axes: Axis[],
  { from, to }: { from: number; to: number },
) {
  if (axes.length > AXES) {
    const [outer, ...inner] = axes;
    for (let i = 0; i < outer.size; i++) {
      copyFloats(backend, inner, {
        from: from + 4 * i * outer.from,
        to: to + 4 * i * outer.to,
      });
    }
    return;
  }
  const none = { size: 1, from: 0, to: 0 };
  const [a, b, c, d, e, f] = [
    ...Array<Axis>(AXES - axes.length).fill(none),
    ...axes,
  ];
  const rows = a.size * b.size * c.size * d.size * e.size;
  if (rows * f.size === 0) return;
  const isTransposed = f.to === 1 && f.from !== 1 && e.from === 1;
  const most = isTransposed ? COLUMNS_PER_CHUNK : NUMBERS_PER_CHUNK;
  const perPiece = Math.min(f.size, most);
  const pieces = Math.ceil(f.size / perPiece);
  const perChunk = Math.floor(NUMBERS_PER_CHUNK / perPiece);
  backend.pool.run("copyStrided", {
    ...{ size0: a.size, from0: a.from, to0: a.to },
    ...{ size1: b.size, from1: b.from, to1: b.to },
    ...{ size2: c.size, from2: c.from, to2: c.to },
    ...{ size3: d.size, from3: d.from, to3: d.to },
    ...{ size4: e.size, from4: e.from, to4: e.to },
    ...{ size5: f.size, from5: f.from, to5: f.to },
    ...{ from, to, rows, perChunk, perPiece, pieces },
  }, Math.ceil(rows / perChunk) * pieces);
}

/** Copies numbers along all axes from the index `depth` on. */
function copyNumbers(
  axes: Axis[],
  { from, to, read, write, depth = 0 }: {
    from: TypedArray;
    to: TypedArray;
    read: number;
    write: number;
    depth?: number;
  },
) {
  const axis = axes[depth] ?? { size: 1, from: 0, to: 0 };
  for (let i = 0; i < axis.size; i++) {
    if (depth >= axes.length - 1) to[write] = from[read];
    else copyNumbers(axes, { from, to, read, write, depth: depth + 1 });
    read += axis.from;
    write += axis.to;
  }
}
