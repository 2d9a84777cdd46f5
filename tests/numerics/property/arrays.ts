/** Random cases of gathering, concatenating, splitting and reductions. */

import { backend_util, type DataType, util } from "@tensorflow/tfjs-core";
import type { Case, Generator } from "./case.ts";
import type { Draw } from "./draw.ts";

function gather(draw: Draw): Case {
  const rank = draw.between(1, 4), most = draw.once(9) ? 40 : 9;
  const shape = Array.from({ length: rank }, () => draw.between(1, most));
  const axis = draw.once(2) ? 0 : draw.between(0, rank - 1);
  const batchDims = draw.once(3) ? draw.between(0, axis) : 0;
  const indexShape = [
    ...shape.slice(0, batchDims),
    ...draw.shape(draw.between(0, 2), 5),
  ];
  // Sometimes one is out of range, and both kernels must throw.
  const least = draw.once(20) ? -1 : 0;
  const indices = {
    values: Int32Array.from(
      { length: util.sizeFromShape(indexShape) },
      () => draw.between(least, shape[axis] - 1),
    ),
    shape: indexShape,
    dtype: "int32" as const,
  };
  const x = draw.tensor(shape, draw.dtype(["int32", "bool"]));
  return { inputs: { x, indices }, attrs: { axis, batchDims } };
}

/** Sums of rows by their segments; some rows belong to none. */
function segmentSum(draw: Draw): Case {
  const isLong = draw.once(6), isWide = draw.once(6);
  const rows = isLong ? draw.between(1000, 5000) : draw.between(1, 40);
  const numSegments = isLong ? draw.between(1, 3) : draw.between(1, 300);
  const inner = draw.pick([[], [3], [2, 4], [isWide ? 700 : 17]]);
  const x = draw.floats([rows, ...inner]);
  const segmentIds = {
    values: Int32Array.from(
      { length: rows },
      () => draw.between(-1, numSegments),
    ),
    shape: [rows],
    dtype: "int32" as const,
  };
  const length = util.sizeFromShape(inner);
  const sums = new Float64Array(numSegments * length);
  x.values.forEach((value, i) => {
    const segment = segmentIds.values[Math.floor(i / length)];
    if (segment < 0 || segment >= numSegments) return;
    sums[segment * length + i % length] += value;
  });
  const near = draw.mode === "floats" ? "norm" : "equal";
  return {
    inputs: { x, segmentIds },
    attrs: { numSegments },
    expected: [sums],
    near,
  };
}

function concat(draw: Draw): Case {
  const rank = draw.between(1, 4);
  const shape = draw.shape(rank, 9), axis = draw.between(0, rank - 1);
  const dtype = draw.dtype(["int32", "bool"]);
  const inputs = Array.from({ length: draw.between(1, 4) }, () => {
    const size = draw.once(9) ? 0 : draw.between(1, 17);
    const sides = shape.map((side, i) => i === axis ? size : side);
    return draw.tensor(sides, dtype);
  });
  return { inputs, attrs: { axis } };
}

function split(draw: Draw): Case {
  const rank = draw.between(1, 4), axis = draw.between(0, rank - 1);
  const sizes = Array.from(
    { length: draw.between(1, 4) },
    () => draw.between(draw.once(9) ? 0 : 1, 9),
  );
  const isEven = draw.once(3);
  const length = isEven
    ? sizes[0] * sizes.length
    : sizes.reduce((sum, size) => sum + size);
  const shape = draw.shape(rank, 9)
    .map((side, i) => i === axis ? length : side);
  const x = draw.tensor(shape, draw.dtype(["int32", "bool"]));
  const numOrSizeSplits = isEven ? sizes.length : sizes;
  return { inputs: { x }, attrs: { axis, numOrSizeSplits } };
}

/** The sum, or the mean, along some axes. */
function reduction(isMean: boolean): Generator {
  return (draw) => {
    const shape = draw.once(6)
      ? [draw.between(1, 3), draw.between(1000, 3100), draw.between(1, 5)]
      : draw.shape(draw.between(0, 4), 13);
    const axes = shape.map((_, axis) => axis).filter(() => draw.once(2));
    const dtype = draw.dtype(["int32", "bool"]);
    const x = draw.tensor(shape, dtype);
    const [outShape, reduced] = backend_util
      .computeOutAndReduceShapes(shape, axes);
    const strides = util.computeStrides(outShape);
    const sums = new Float64Array(util.sizeFromShape(outShape));
    x.values.forEach((value, index) => {
      const at = util.indexToLoc(index, shape.length, [
        ...util.computeStrides(shape),
      ]).filter((_, axis) => !axes.includes(axis));
      sums[util.locToIndex(at, at.length, strides)] += value;
    });
    const length = util.sizeFromShape(reduced);
    const expected = [isMean ? sums.map((sum) => sum / (length || 1)) : sums];
    const attrs = { axis: axes, keepDims: draw.once(3) };
    // tfjs's own mean divides before it adds, and so rounds whole numbers.
    const isRounded = draw.mode === "floats" || isMean;
    // tfjs starts a sum with 0, our kernels with its first number, which may be -0.
    const near = isRounded ? "norm" : "equal";
    return { inputs: { x }, attrs, expected, near };
  };
}

/** A kernel that reduces as tfjs's own does; here are its names for the axes. */
function asPlain(
  { nameOfAxes = "axis", dtypes = ["int32", "bool"], one = false, near }: {
    nameOfAxes?: string;
    dtypes?: DataType[];
    one?: boolean;
    near?: Case["near"];
  } = {},
): Generator {
  return (draw) => {
    const shape = draw.once(6)
      ? [draw.between(1, 3), draw.between(1000, 3100), draw.between(1, 5)]
      : draw.shape(draw.between(one ? 1 : 0, 5), draw.pick([3, 7, 11]));
    const dtype = dtypes.length < 2 ? dtypes[0] : draw.dtype(dtypes);
    const x = draw.tensor(shape, dtype);
    const axes = one
      ? draw.between(0, shape.length - 1)
      : shape.map((_, axis) => axis).filter(() => draw.once(2));
    const keepDims = one ? undefined : draw.once(3);
    return { inputs: { x }, attrs: { [nameOfAxes]: axes, keepDims }, near };
  };
}

function softmax(draw: Draw): Case {
  const shape = draw.once(6)
    ? [draw.between(1, 3), draw.between(1000, 3100)]
    : draw.shape(draw.between(1, 3), 40);
  const logits = draw.tensor(shape, draw.dtype(["int32"]));
  const dim = draw.once(2) ? -1 : shape.length - 1;
  return { inputs: { logits }, attrs: { dim }, near: "each" };
}

/** The gradient of softmax, by the outputs `b` and the upstream gradient `a`. */
function softmaxGradient(draw: Draw): Case {
  const shape = draw.once(6)
    ? [draw.between(1, 3), draw.between(1000, 3100)]
    : [draw.between(1, 40), draw.between(1, 40)];
  const [a, b] = [draw.floats(shape), draw.floats(shape)];
  const [rows, length] = shape;
  const dx = new Float64Array(rows * length);
  for (let start = 0; start < dx.length; start += length) {
    let sum = 0;
    for (let i = start; i < start + length; i++) {
      sum += a.values[i] * b.values[i];
    }
    for (let i = start; i < start + length; i++) {
      dx[i] = b.values[i] * (a.values[i] - sum);
    }
  }
  return { inputs: { a, b }, expected: [dx], near: "norm" };
}

/** A generator for each kernel. */
export const arrayCases: Record<string, Generator> = {
  GatherV2: gather,
  UnsortedSegmentSum: segmentSum,
  Concat: concat,
  SplitV: split,
  Sum: reduction(false),
  Mean: reduction(true),
  Max: asPlain({ nameOfAxes: "reductionIndices", near: "equal" }),
  Min: asPlain({ near: "equal" }),
  Prod: asPlain({ near: "each" }),
  All: asPlain({ dtypes: ["bool"] }),
  Any: asPlain({ dtypes: ["bool"] }),
  ArgMax: asPlain({ one: true }),
  ArgMin: asPlain({ one: true }),
  Softmax: softmax,
  SoftmaxGrad: softmaxGradient,
};
