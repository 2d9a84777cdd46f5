/** Random batches and paddings, for all kernels of images. */

import type { Draw } from "./draw.ts";

type Pair = [number, number];

/** The size of a batch: mostly so small that it is one chunk. */
export function batch(draw: Draw): number {
  return draw.once(10) ? draw.between(8, 18) : draw.between(1, 3);
}

/** A padding, in one of the forms that tfjs knows. */
export function padding(draw: Draw, dataFormat = "NHWC") {
  const sides = (): Pair => [draw.between(0, 3), draw.between(0, 3)];
  const none: Pair = [0, 0];
  const explicit = dataFormat === "NHWC"
    ? [none, sides(), sides(), none]
    : [none, none, sides(), sides()];
  const pad = draw.pick(["same", "valid", draw.between(0, 3), explicit]);
  const dimRoundingMode = typeof pad === "string"
    ? undefined
    : draw.pick(["floor", "round", "ceil"]);
  return { pad, dimRoundingMode };
}
