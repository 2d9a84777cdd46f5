/**
 * Views: which numbers of an array a kernel reads or writes, and in which order. To
 * cut, turn or repeat a tensor is to copy one view to another of the same shape.
 */

/** Number (i, j, ...) of a view lies at `start + i * strides[0] + j * strides[1] ...`. */
export interface View {
  start: number;
  shape: number[];
  strides: number[];
}

/** The view of all numbers of an array, in their order. */
export function viewOf(shape: number[]): View {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return { start: 0, shape, strides };
}

/** Of one axis the `size` indices start, start + step, start + 2 step, ... */
export function cut(
  { start: first, shape, strides }: View,
  axis: number,
  { start, size, step = 1 }: { start: number; size: number; step?: number },
): View {
  return {
    start: first + start * strides[axis],
    shape: shape.with(axis, size),
    strides: strides.with(axis, step * strides[axis]),
  };
}

/** The same numbers with the axes in another order. */
export function permute(
  { start, shape, strides }: View,
  order: number[],
): View {
  return {
    start,
    shape: order.map((axis) => shape[axis]),
    strides: order.map((axis) => strides[axis]),
  };
}

/** All numbers of an array of `shape`, broadcast to the shape `whole`. */
export function broadcast(shape: number[], whole: number[]): View {
  const own = viewOf(shape), added = whole.length - shape.length;
  const strides = whole.map((_, axis) => {
    const isRepeated = axis < added || shape[axis - added] === 1;
    return isRepeated ? 0 : own.strides[axis - added];
  });
  return { start: 0, shape: whole, strides };
}

/** An axis of two views: how many numbers, and how far apart they are in each. */
export interface Axis {
  size: number;
  from: number;
  to: number;
}

/**
 * The axes along which one view is copied to another, as few as possible, the outermost
 * first. Where the innermost axis of `from` is not that of `to`, it becomes the last but
 * one, so that the two last axes are a matrix that is transposed.
 */
export function commonAxes(from: View, to: View): Axis[] {
  const axes: Axis[] = [];
  to.shape.forEach((size, i) => {
    if (size === 1) return;
    const axis = { size, from: from.strides[i], to: to.strides[i] };
    const outer = axes.at(-1);
    const isOne = outer?.from === axis.from * size &&
      outer.to === axis.to * size;
    if (isOne) axes[axes.length - 1] = { ...axis, size: outer.size * size };
    else axes.push(axis);
  });
  const neighbours = axes.findIndex(({ from }) => from === 1);
  if (neighbours >= 0 && neighbours < axes.length - 2) {
    axes.splice(-1, 0, ...axes.splice(neighbours, 1));
  }
  return axes;
}
