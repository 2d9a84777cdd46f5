/** Cumulative sums and products. */

import {
  type KernelConfig,
  type TensorInfo,
  upcastType,
  util,
} from "@tensorflow/tfjs-core";
import { accelerate } from "./accelerate.ts";
import { isOfNumbers, numbersOf } from "./copy.ts";

type Attributes = { axis: number; exclusive: boolean; reverse: boolean };

/** A kernel that combines each number with the result before it along one axis. */
function scan(
  kernelName: string,
  { first, combine }: {
    /** The first result where the number itself is excluded. */
    first: number;
    combine: (result: number, next: number) => number;
  },
): KernelConfig {
  return accelerate<{ x: TensorInfo }, Attributes>(
    kernelName,
    (
      { inputs: { x }, attrs: { axis: named, exclusive, reverse }, backend },
    ) => {
      const { shape } = x;
      const axes = util.parseAxisParam(named, shape);
      if (!isOfNumbers(x) || axes.length !== 1) return undefined;
      const length = shape[axes[0]];
      const inner = util.sizeFromShape(shape.slice(axes[0] + 1));
      const dtype = upcastType(x.dtype, "int32");
      const out = backend.output(shape, dtype);
      const from = numbersOf(backend, x), to = numbersOf(backend, out);
      const step = reverse ? -inner : inner;
      // Row by row along the axis, each of `inner` numbers.
      for (let start = 0; start < to.length; start += length * inner) {
        let row = reverse ? start + (length - 1) * inner : start;
        for (let i = 0; i < inner; i++) {
          to[row + i] = exclusive ? first : from[row + i];
        }
        for (let j = 1; j < length; j++) {
          const before = row;
          row += step;
          const next = exclusive ? before : row;
          for (let i = 0; i < inner; i++) {
            to[row + i] = combine(to[before + i], from[next + i]);
          }
        }
      }
      return out;
    },
  );
}

/** Cumsum and Cumprod. */
export const scans: KernelConfig[] = [
  scan("Cumsum", { first: 0, combine: (result, next) => result + next }),
  scan("Cumprod", { first: 1, combine: (result, next) => result * next }),
];
