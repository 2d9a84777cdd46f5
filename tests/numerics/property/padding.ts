/** What the kernels of images have in common. */

import type { Draw } from "./draw.ts";

type Pair = [number, number];

/** Batches of one chunk mostly, and now and then of several. */
export function batch(draw: Draw): number {
  return draw.once(10) ? draw.between(8, 18) : draw.between(1, 3);
}

/** One of tfjs's ways to say what lies around the images. */
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
