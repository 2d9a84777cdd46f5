/** Operations that make tensors. */

import type { DataType } from "@tensorflow/tfjs-core";
import type { Operation } from "../operations.ts";

const DTYPES: DataType[] = ["float32", "float32", "int32", "bool"];

/** What makes numbers from few arguments. */
export const made: Record<string, Operation> = {
  ones: { draw: (draw) => [draw.sizes(), draw.pick(DTYPES)] },
  zeros: { draw: (draw) => [draw.sizes(), draw.pick(DTYPES)] },
  fill: {
    draw: (draw) => [draw.sizes(), draw.between(-2, 2), draw.pick(DTYPES)],
  },
  eye: {
    draw: (draw) => [
      draw.size(),
      draw.size(),
      draw.flag() ? draw.sizes(draw.between(1, 2)) : undefined,
      draw.pick(DTYPES),
    ],
  },
  linspace: { draw: (draw) => [draw.between(-3, 3), 5, draw.between(1, 9)] },
  range: {
    draw: (draw) => [
      draw.between(-9, 9),
      draw.between(-9, 9),
      draw.pick([1, -1, 2, 0.5, undefined]),
      draw.pick(["float32", "int32"]),
    ],
  },
  scalar: { draw: (draw) => [draw.between(-3, 3), draw.pick(DTYPES)] },
  tensor: {
    draw: (draw) => {
      const values = Array.from({ length: 6 }, () => draw.between(-3, 3));
      const shape = draw.pick([[6], [2, 3], [3, 2, 1], undefined]);
      return [values, shape, draw.pick(DTYPES)];
    },
  },
  ...Object.fromEntries(
    [1, 2, 3, 4, 5, 6].map((rank): [string, Operation] => [`tensor${rank}d`, {
      draw: (draw) => {
        const values = Array.from({ length: 6 }, () => draw.between(-3, 3));
        const shape = [6, ...Array(rank - 1).fill(1)];
        const further = rank === 1 ? [] : [shape];
        return [values, ...further, draw.pick(DTYPES)];
      },
    }]),
  ),
  oneHot: {
    draw: (draw) => [draw.indices(draw.sizes(draw.between(0, 3))), draw.size()],
  },
  meshgrid: {
    draw: (draw) => [
      draw.some(draw.sizes(1)),
      draw.some(draw.sizes(1)),
      { indexing: draw.pick(["xy", "ij"]) },
    ],
  },
  cosineWindow: { draw: (draw) => [draw.size(), 0.5, 0.5] },
  enclosingPowerOfTwo: { draw: (draw) => [draw.between(1, 300)] },
  randomUniform: {
    draw: (draw) => [draw.sizes(), 0, 9, draw.pick(DTYPES), draw.size()],
  },
  randomUniformInt: { draw: (draw) => [draw.sizes(), 0, 9, draw.size()] },
  randomNormal: { draw: (draw) => [draw.sizes(), 0, 1, "float32", 5] },
  randomStandardNormal: { draw: (draw) => [draw.sizes(), "float32", 5] },
  truncatedNormal: { draw: (draw) => [draw.sizes(), 0, 1, "float32", 5] },
  randomGamma: { draw: (draw) => [draw.sizes(2), 2, 2, "float32", 5] },
  multinomial: {
    draw: (draw) => [
      draw.some([draw.between(1, 4), draw.between(2, 5)]),
      draw.size(),
      draw.between(1, 99),
      false,
    ],
  },
};
