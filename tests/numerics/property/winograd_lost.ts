/** Where Winograd's algorithm, which adds neighbours, may make NaN of a number. */

import { util } from "@tensorflow/tfjs-core";
import type { Input } from "./draw.ts";

type Pair = [number, number];

/** Which channels, by default the last axis, have a number that is not finite. */
export function channelsOf({ values, shape }: Input, axis = shape.length - 1) {
  const inner = util.sizeFromShape(shape.slice(axis + 1));
  const found = new Set<number>();
  values.forEach((value, i) => {
    if (!Number.isFinite(value)) found.add(Math.floor(i / inner) % shape[axis]);
  });
  return found;
}

/**
 * Where Winograd's algorithm may make NaN or an infinity: in the tiles, 4 by 4
 * outputs, whose 6 by 6 pixels are not all finite, and in the channels whose weights are
 * not.
 */
export function lostByWinograd(
  { x, padding: [top, left], outShape: [, outH, outW, channels], weights }: {
    x: Input;
    padding: Pair;
    outShape: number[];
    weights: Set<number>;
  },
) {
  const [, h, w, c] = x.shape;
  return (index: number) => {
    const pixel = Math.floor(index / channels);
    if (weights.has(index % channels)) return true;
    const column = pixel % outW, row = Math.floor(pixel / outW) % outH;
    const n = Math.floor(pixel / outW / outH);
    const y0 = row - row % 4 - top, x0 = column - column % 4 - left;
    for (let y = Math.max(0, y0); y < Math.min(h, y0 + 6); y++) {
      for (let at = Math.max(0, x0); at < Math.min(w, x0 + 6); at++) {
        const start = ((n * h + y) * w + at) * c;
        const here = x.values.subarray(start, start + c);
        if (!here.every(Number.isFinite)) return true;
      }
    }
    return false;
  };
}
