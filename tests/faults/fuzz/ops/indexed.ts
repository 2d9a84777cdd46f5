/** Operations that find numbers by indices, or indices of numbers. */

import type { CallDraw } from "../draw.ts";
import type { Operation } from "../operations.ts";

function scattered(draw: CallDraw) {
  const shape = draw.sizes(draw.between(1, 3));
  const depth = draw.between(1, shape.length), count = draw.between(1, 4);
  return {
    indices: draw.indices([count, depth]),
    updates: draw.some([count, ...shape.slice(depth)]),
    shape,
  };
}

export const indexed: Record<string, Operation> = {
  gather: {
    draw: (draw) => {
      const x = draw.sizes(draw.between(1, 4));
      const indices = draw.indices(draw.sizes(draw.between(0, 2)));
      return [draw.any(x), indices, draw.axis(x.length), 0];
    },
  },
  gatherND: {
    draw: (draw) => {
      const { indices, shape } = scattered(draw);
      return [draw.any(shape), indices];
    },
  },
  scatterND: {
    draw: (draw) => {
      const { indices, updates, shape } = scattered(draw);
      return [indices, updates, shape];
    },
  },
  tensorScatterUpdate: {
    draw: (draw) => {
      const { indices, updates, shape } = scattered(draw);
      return [draw.some(shape), indices, updates];
    },
  },
  sparseToDense: {
    draw: (draw) => {
      const { indices, shape } = scattered(draw);
      const rank = indices.shape[1], count = indices.shape[0];
      return [
        indices,
        draw.some([count]),
        shape.slice(0, rank),
        draw.some([]),
      ];
    },
  },
  unsortedSegmentSum: {
    draw: (draw) => {
      const x = draw.sizes(draw.between(1, 3));
      return [draw.any(x), draw.indices([x[0]]), draw.between(1, 6)];
    },
  },
  bincount: {
    draw: (draw) => {
      const size = draw.size();
      return [draw.indices([size]), draw.some([size]), draw.between(0, 6)];
    },
  },
  denseBincount: {
    draw: (draw) => {
      const shape = draw.sizes(draw.between(1, 2));
      const weights = draw.some(shape);
      return [draw.indices(shape), weights, draw.between(0, 6), draw.flag()];
    },
  },
  "math.confusionMatrix": {
    draw: (draw) => {
      const size = draw.size();
      return [draw.indices([size]), draw.indices([size]), 5];
    },
  },
  ...Object.fromEntries(
    ["lowerBound", "upperBound"].map((name): [string, Operation] => [name, {
      draw: (draw) => {
        const shape = draw.sizes(2);
        const sorted = draw.some(shape, { kind: "sorted" });
        return [sorted, draw.some([shape[0], draw.size()])];
      },
    }]),
  ),
  searchSorted: {
    draw: (draw) => {
      const shape = draw.sizes(2);
      const sorted = draw.some(shape, { kind: "sorted" });
      const values = draw.some([shape[0], draw.size()]);
      return [sorted, values, draw.pick(["left", "right"])];
    },
  },
  whereAsync: { draw: (draw) => [draw.some(draw.sizes(), { dtype: "bool" })] },
  booleanMaskAsync: {
    draw: (draw) => {
      const x = draw.sizes(draw.between(1, 3));
      const rank = draw.between(1, x.length);
      return [draw.any(x), draw.some(x.slice(0, rank), { dtype: "bool" }), 0];
    },
  },
  setdiff1dAsync: {
    draw: (draw) => [draw.indices([draw.size()]), draw.indices([draw.size()])],
  },
  raggedGather: {
    draw: (draw) => [
      [draw.indices([3], "sorted")],
      draw.some([draw.size()]),
      draw.indices([2]),
      1,
    ],
  },
  raggedRange: {
    draw: (draw) => [
      draw.indices([3]),
      draw.indices([3]),
      draw.flag() ? draw.some([3], { kind: "unit" }) : draw.indices([3]),
    ],
  },
  raggedTensorToTensor: {
    draw: (draw) => [
      draw.indices([2]),
      draw.some([draw.size()]),
      draw.some([]),
      [draw.indices([3], "sorted")],
      ["ROW_SPLITS"],
    ],
  },
};
