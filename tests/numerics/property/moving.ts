/** Random cases of the kernels that only move, choose or repeat numbers, and of scans. */

import type { Case, Generator } from "./case.ts";
import type { Draw, Input } from "./draw.ts";

/** A tensor of any dtype, seldom one that is cut into several chunks. */
function anyTensor(draw: Draw, { least = 0 } = {}): Input {
  const shape = draw.once(12)
    ? draw.pick([[150, 170], [1, 17_000], [3, 90, 70], [2, 3, 5, 1100]])
    : draw.once(6)
    ? draw.shape(draw.between(5, 6), 4)
    : draw.shape(draw.between(least, 4), draw.pick([3, 9, 22]));
  return draw.tensor([...shape], draw.dtype(["int32", "bool"]));
}

function slice(draw: Draw): Case {
  const x = anyTensor(draw, { least: 1 });
  const begin = x.shape.map((size) => draw.between(0, size));
  const size = x.shape.map((size, axis) =>
    draw.once(4) ? -1 : draw.between(0, size - begin[axis])
  );
  // Sometimes beyond the end: both must throw.
  if (draw.once(20)) size[0] = x.shape[0] + 1;
  return { inputs: { x }, attrs: { begin, size } };
}

function stridedSlice(draw: Draw): Case {
  const x = anyTensor(draw, { least: 1 });
  const named = x.shape.slice(0, draw.between(1, x.shape.length));
  const any = (size: number) => draw.between(-size - 1, size + 1);
  const mask = () => draw.once(3) ? draw.between(0, 2 ** named.length - 1) : 0;
  const ones = draw.once(3);
  return {
    inputs: { x },
    attrs: {
      begin: named.map(any),
      end: named.map(any),
      strides: named.map(() => ones ? 1 : draw.pick([1, 1, 2, 3, -1, -2])),
      ...{ beginMask: mask(), endMask: mask() },
      ellipsisMask: draw.once(6) ? 1 << draw.between(0, named.length - 1) : 0,
      newAxisMask: draw.once(6) ? mask() : 0,
      shrinkAxisMask: draw.once(4) ? mask() : 0,
    },
  };
}

function reverse(draw: Draw): Case {
  const x = anyTensor(draw);
  const dims = x.shape.map((_, axis) => axis).filter(() => draw.once(2))
    .map((axis) => draw.once(4) ? axis - x.shape.length : axis);
  return { inputs: { x }, attrs: { dims } };
}

function transpose(draw: Draw): Case {
  const x = anyTensor(draw);
  const left = x.shape.map((_, axis) => axis);
  const perm = x.shape.map(() =>
    left.splice(draw.between(0, left.length - 1), 1)[0]
  );
  return { inputs: { x }, attrs: { perm } };
}

function tile(draw: Draw): Case {
  const x = anyTensor(draw);
  const isLarge = x.values.length > 5_000;
  const reps = x.shape.map(() =>
    draw.once(isLarge ? 1 : 2) ? 1 : draw.between(draw.once(9) ? 0 : 1, 3)
  );
  return { inputs: { x }, attrs: { reps } };
}

function pad(draw: Draw): Case {
  const x = anyTensor(draw);
  const width = () => draw.once(2) ? 0 : draw.between(0, 3);
  const paddings = x.shape.map(() => [width(), width()]);
  const constantValue = draw.pick([0, 0, 1, -3, 0.5]);
  return { inputs: { x }, attrs: { paddings, constantValue } };
}

function mirrorPad(draw: Draw): Case {
  const x = anyTensor(draw, { least: 1 });
  const mode = draw.pick(["reflect", "symmetric"]);
  const most = mode === "reflect" ? 1 : 0;
  const paddings = x.shape.map((size) => {
    const width = () => draw.between(0, Math.max(0, Math.min(4, size - most)));
    return [width(), width()];
  });
  return { inputs: { x }, attrs: { paddings, mode } };
}

function pack(draw: Draw): Case {
  const first = anyTensor(draw);
  const count = draw.between(1, 4);
  const others = Array.from(
    { length: count - 1 },
    () => draw.tensor(first.shape, first.dtype),
  );
  // Sometimes one has another shape, and both must throw.
  if (draw.once(30) && others.length > 0) others[0] = draw.tensor([2], "int32");
  return {
    inputs: [first, ...others],
    attrs: { axis: draw.between(0, first.shape.length) },
  };
}

function unpack(draw: Draw): Case {
  const value = anyTensor(draw, { least: 1 });
  const rank = value.shape.length;
  const axis = draw.between(0, rank - 1);
  value.shape[axis] = Math.min(value.shape[axis], 40);
  const length = value.shape.reduce((product, size) => product * size, 1);
  value.values = value.values.subarray(0, length);
  return {
    inputs: { value },
    attrs: { axis: draw.once(3) ? axis - rank : axis },
  };
}

function select(draw: Draw): Case {
  const t = anyTensor(draw);
  const e = draw.tensor(t.shape, draw.once(9) ? "int32" : t.dtype);
  // One condition for each row is something that tfjs's own kernel knows.
  const isOfRows = t.shape.length > 1 && draw.once(9);
  const shape = isOfRows ? t.shape.slice(0, 1) : t.shape;
  return { inputs: { condition: draw.tensor(shape, "bool"), t, e } };
}

function cast(draw: Draw): Case {
  const x = anyTensor(draw);
  const dtype = draw.pick(["float32", "int32", "bool"]);
  return { inputs: { x }, attrs: { dtype } };
}

function fill(draw: Draw): Case {
  const { shape, dtype } = anyTensor(draw);
  const value = dtype === "bool" ? 1 : draw.pick([0, 1, -3, NaN, -0, 2.5]);
  const isNamed = dtype !== "float32" || draw.once(2);
  return {
    inputs: {},
    attrs: { shape, value, ...(isNamed ? { dtype } : {}) },
  };
}

const like: Generator = (draw) => ({ inputs: { x: anyTensor(draw) } });

function oneHot(draw: Draw): Case {
  const indices = draw.tensor(draw.shape(draw.between(0, 3), 9), "int32");
  return {
    inputs: { indices },
    attrs: {
      depth: draw.pick([1, 3, 10, 300]),
      onValue: draw.pick([1, 5, 0.5]),
      offValue: draw.pick([0, -1]),
      dtype: draw.pick(["int32", "float32"]),
    },
  };
}

function scan(draw: Draw): Case {
  const x = anyTensor(draw, { least: 1 });
  const rank = x.shape.length, axis = draw.between(0, rank - 1);
  return {
    inputs: { x },
    attrs: {
      axis: draw.once(4) ? axis - rank : axis,
      ...{ exclusive: draw.once(2), reverse: draw.once(2) },
    },
  };
}

/** A generator for each kernel. */
export const movingCases: Record<string, Generator> = {
  Slice: slice,
  StridedSlice: stridedSlice,
  Reverse: reverse,
  Transpose: transpose,
  Tile: tile,
  PadV2: pad,
  MirrorPad: mirrorPad,
  Pack: pack,
  Unpack: unpack,
  Select: select,
  Cast: cast,
  Fill: fill,
  ZerosLike: like,
  OnesLike: like,
  OneHot: oneHot,
  Cumsum: scan,
  // Products of larger whole numbers would not be numbers of float32.
  Cumprod: (draw) => {
    const { inputs: { x }, ...rest } = scan(draw) as { inputs: { x: Input } };
    const values = x.dtype === "int32" ? x.values.map(Math.sign) : x.values;
    return { inputs: { x: { ...x, values } }, ...rest };
  },
};
