/** Operations that move numbers. */

import type { Argument, CallDraw } from "../draw.ts";
import type { Operation } from "../operations.ts";

/** Starts and sizes of a part of that shape. */
function part(draw: CallDraw, shape: number[]): number[][] {
  const begin = shape.map((size) => draw.between(0, Math.max(0, size - 1)));
  return [
    begin,
    shape.map((size, axis) => draw.between(0, size - begin[axis])),
  ];
}

function slice(draw: CallDraw, rank = draw.between(1, 4)): Argument[] {
  const x = draw.sizes(rank);
  return [draw.any(x), ...part(draw, x)];
}

function slice1d(draw: CallDraw): Argument[] {
  const [x, [begin], [size]] = slice(draw, 1) as [Argument, number[], number[]];
  return [x, begin, size];
}

function paddings(draw: CallDraw, rank: number): number[][] {
  return Array.from({ length: rank }, () => [
    draw.between(0, 3),
    draw.between(0, 3),
  ]);
}

function padded(draw: CallDraw, rank = draw.between(1, 4)): Argument[] {
  const x = draw.any(draw.sizes(rank));
  const value = draw.pick([0, 0, 2]);
  return [x, rank === 1 ? paddings(draw, 1)[0] : paddings(draw, rank), value];
}

function concatenated(draw: CallDraw, rank = draw.between(1, 4)) {
  const shape = draw.sizes(rank), axis = draw.axis(rank);
  const at = axis < 0 ? axis + rank : axis;
  const parts = Array.from(
    { length: draw.between(1, 4) },
    () => draw.any(shape.with(at, draw.size())),
  );
  return { parts, axis };
}

function sameShape(draw: CallDraw): Argument[] {
  const shape = draw.sizes(draw.between(0, 3));
  const parts = Array.from(
    { length: draw.between(1, 4) },
    () => draw.some(shape),
  );
  return [parts, draw.between(0, shape.length)];
}

/** [4, 9] -> [2, 2, 9] and the like. */
function reshaped(draw: CallDraw): Argument[] {
  const x = draw.sizes(draw.between(1, 4));
  const to = draw.pick([
    [x.reduce((a, b) => a * b, 1)],
    x.toReversed(),
    [-1],
    [-1, x.at(-1)!],
    [1, ...x, 1],
  ]);
  return [draw.any(x), to];
}

function ofRank(
  from: number,
  make: (draw: CallDraw, rank: number) => Argument[],
) {
  return (name: string) =>
    Object.fromEntries(
      Array.from({ length: 5 - from }, (_, i): [string, Operation] => [
        `${name}${from + i}d`,
        { draw: (draw) => make(draw, from + i) },
      ]),
    );
}

export const arrays: Record<string, Operation> = {
  reshape: { draw: reshaped },
  ensureShape: {
    draw: (draw) => {
      const shape = draw.sizes();
      return [draw.any(shape), [...shape]];
    },
  },
  transpose: {
    draw: (draw) => {
      const x = draw.sizes(draw.between(1, 5));
      const axes = x.map((_, axis) => axis);
      const order = draw.pick([undefined, axes.toReversed(), [
        ...axes.slice(1),
        0,
      ]]);
      return [draw.any(x), order];
    },
    huge: true,
  },
  expandDims: {
    draw: (draw) => {
      const x = draw.sizes();
      return [draw.any(x), draw.axis(x.length + 1)];
    },
    huge: true,
  },
  squeeze: {
    draw: (draw) => {
      const x = [1, ...draw.sizes(draw.between(0, 2)), 1];
      return [draw.any(x), draw.pick([undefined, [0], [-1]])];
    },
    huge: true,
  },
  slice: { draw: slice, huge: true },
  slice1d: { draw: slice1d, huge: true },
  ...ofRank(2, slice)("slice"),
  stridedSlice: {
    draw: (draw) => {
      const x = draw.sizes(draw.between(1, 4));
      const ends = () => x.map((size) => draw.between(-size, size));
      const strides = x.map(() => draw.pick([1, 1, 2, -1]));
      const mask = () => draw.once(3) ? draw.between(0, 7) : 0;
      return [
        draw.any(x),
        ends(),
        ends(),
        strides,
        mask(),
        mask(),
        0,
        0,
        mask(),
      ];
    },
  },
  concat: {
    draw: (draw) => {
      const { parts, axis } = concatenated(draw);
      return [parts, axis];
    },
    huge: true,
  },
  concat1d: { draw: (draw) => [concatenated(draw, 1).parts] },
  ...ofRank(2, (draw, rank) => {
    const { parts, axis } = concatenated(draw, rank);
    return [parts, axis];
  })("concat"),
  stack: { draw: sameShape, huge: true },
  unstack: {
    draw: (draw) => {
      const x = draw.sizes(draw.between(1, 4));
      return [draw.any(x), draw.axis(x.length)];
    },
    huge: true,
  },
  split: {
    draw: (draw) => {
      const x = draw.sizes(draw.between(1, 4)), axis = draw.axis(x.length);
      const size = x.at(axis)!;
      const sizes = draw.pick<Argument>([1, size, 2, [size - 1, 1], [-1, 1]]);
      return [draw.any(x), sizes, axis];
    },
  },
  tile: {
    draw: (draw) => {
      const x = draw.sizes(draw.between(1, 3));
      return [draw.any(x), x.map(() => draw.between(0, 3))];
    },
  },
  broadcastTo: {
    draw: (draw) => {
      const [from] = draw.broadcast(draw.sizes());
      const [to] = draw.broadcast(from);
      return [draw.any(from), draw.flag() ? to : [2, ...from]];
    },
  },
  broadcastArgs: {
    draw: (draw) => {
      const [a, b] = draw.broadcast(draw.sizes());
      return [
        draw.indices([a.length], "index"),
        draw.indices([b.length], "index"),
      ];
    },
  },
  pad: {
    draw: (draw) => {
      const [x, sides, value] = padded(draw) as [
        { shape: number[] } & Argument,
        Argument[],
        number,
      ];
      return [x, x.shape.length === 1 ? [sides] : sides, value];
    },
  },
  ...ofRank(1, padded)("pad"),
  mirrorPad: {
    draw: (draw) => {
      const rank = draw.between(1, 4);
      return [
        draw.any(draw.sizes(rank)),
        paddings(draw, rank),
        draw.pick(["reflect", "symmetric"]),
      ];
    },
  },
  reverse: {
    draw: (draw) => {
      const x = draw.sizes();
      return [draw.any(x), draw.axes(x.length)];
    },
    huge: true,
  },
  reverse1d: { draw: (draw) => [draw.any(draw.sizes(1))] },
  ...ofRank(2, (draw, rank) => [draw.any(draw.sizes(rank)), draw.axes(rank)])(
    "reverse",
  ),
  spaceToBatchND: {
    draw: (draw) => {
      const block = [draw.between(1, 2), draw.between(1, 2)];
      const x = [
        2,
        2 * draw.between(1, 3),
        2 * draw.between(1, 3),
        draw.size(),
      ];
      return [draw.any(x), block, paddings(draw, 2)];
    },
  },
  batchToSpaceND: {
    draw: (draw) => {
      const x = [8, draw.between(1, 3), draw.between(1, 3), draw.size()];
      return [draw.any(x), [2, 2], paddings(draw, 2)];
    },
  },
  depthToSpace: {
    draw: (draw) => {
      const block = draw.between(1, 3);
      const x = [...draw.sizes(3), block * block * draw.between(1, 3)];
      return [draw.any(x), block, "NHWC"];
    },
  },
};
