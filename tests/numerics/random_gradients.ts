import * as tf from "@tensorflow/tfjs";
import type { GradientCase } from "./gradient_cases.ts";
import { Draw } from "./property/draw.ts";
import { padding } from "./property/padding.ts";

type Pair = [number, number];
type Pad = Parameters<typeof tf.maxPool>[3];

/** Small images: a difference takes two runs for each of 40 numbers. */
function images(draw: Draw, channels = draw.pick([1, 2, 3, 5, 16])) {
  const shape = [draw.between(1, 3), draw.between(1, 8), draw.between(1, 8)];
  return [...shape, channels];
}

function pair(draw: Draw, largest: number): Pair {
  return [draw.between(1, largest), draw.between(1, largest)];
}

function conv2d(draw: Draw): Omit<GradientCase, "name"> {
  const { pad, dimRoundingMode } = padding(draw);
  const x = images(draw), steps = pair(draw, 3);
  const filter = [...pair(draw, 4), x[3], draw.pick([1, 3, 8, 16])];
  const [strides, dilations] = draw.once(3) ? [1, steps] : [steps, 1];
  return {
    operation: (x, w) =>
      tf.conv2d(
        x as tf.Tensor4D,
        w as tf.Tensor4D,
        strides as Pair,
        pad as Pad,
        "NHWC",
        dilations as Pair,
        dimRoundingMode as "floor",
      ),
    shapes: [x, filter],
  };
}

function conv2dTranspose(draw: Draw): Omit<GradientCase, "name"> {
  const x = images(draw), strides = pair(draw, 3), filter = pair(draw, 4);
  const pad = draw.pick(["same", "valid"] as const);
  const channels = draw.pick([1, 3, 16]);
  const [h, w] = [0, 1].map((axis) =>
    x[1 + axis] * strides[axis] +
    (pad === "same" ? 0 : Math.max(filter[axis] - strides[axis], 0))
  );
  return {
    operation: (x, weights) =>
      tf.conv2dTranspose(
        x as tf.Tensor4D,
        weights as tf.Tensor4D,
        [x.shape[0], h, w, channels],
        strides,
        pad,
      ),
    shapes: [x, [...filter, channels, x[3]]],
  };
}

function pool(kind: "maxPool" | "avgPool") {
  return (draw: Draw): Omit<GradientCase, "name"> => {
    const { pad, dimRoundingMode } = padding(draw);
    const window = pair(draw, 3), [down, across] = pair(draw, 3);
    // tfjs has its own ideas of these: see property/windows.ts.
    const isOdd = (kind === "avgPool" && typeof pad === "object") ||
      (window[0] * window[1] === 1 && pad !== "same");
    return {
      operation: (x) =>
        tf[kind](
          x as tf.Tensor4D,
          window,
          typeof pad === "number" ? down : [down, across],
          isOdd ? "same" : pad as Pad,
          isOdd ? undefined : dimRoundingMode as "floor",
        ),
      // So few that the numbers of a window are far apart.
      shapes: [[draw.between(1, 3), draw.between(1, 8), 5, draw.between(1, 2)]],
    };
  };
}

function resize(kind: "resizeNearestNeighbor" | "resizeBilinear") {
  return (draw: Draw): Omit<GradientCase, "name"> => {
    const size = pair(draw, 12), align = draw.once(3);
    const half = !align && draw.once(2);
    return {
      operation: (x) => tf.image[kind](x as tf.Tensor4D, size, align, half),
      shapes: [images(draw)],
    };
  };
}

function matMul(draw: Draw): Omit<GradientCase, "name"> {
  const [m, n, k] = [0, 0, 0].map(() => draw.between(1, 17));
  const [a, b] = [draw.once(2), draw.once(2)];
  const [left, right] = draw.broadcast(draw.shape(draw.between(0, 2), 3));
  return {
    operation: (x, y) => tf.matMul(x, y, a, b),
    shapes: [
      [...left, ...(a ? [k, m] : [m, k])],
      [...right, ...(b ? [n, k] : [k, n])],
    ],
  };
}

function binary(draw: Draw): Omit<GradientCase, "name"> {
  const kind = draw.pick(["add", "sub", "mul", "div", "pow"] as const);
  const shapes = draw.broadcast(draw.shape(draw.between(0, 4), 5));
  return { operation: (a, b) => tf[kind](a, b), shapes, low: 0.5, high: 2 };
}

function reduction(draw: Draw): Omit<GradientCase, "name"> {
  const kind = draw.pick(["sum", "mean", "prod", "logSumExp"] as const);
  const shape = draw.shape(draw.between(1, 4), 4);
  const axes = shape.map((_, axis) => axis).filter(() => draw.once(2));
  const keep = draw.once(3);
  return {
    operation: (x) => tf[kind](x, axes, keep),
    shapes: [shape],
    low: 0.5,
    high: 2,
  };
}

function concat(draw: Draw): Omit<GradientCase, "name"> {
  const shape = draw.shape(draw.between(1, 4), 5);
  const axis = draw.between(0, shape.length - 1);
  const parts = Array.from(
    { length: draw.between(1, 4) },
    () => shape.with(axis, draw.between(1, 9)),
  );
  return { operation: (...parts) => tf.concat(parts, axis), shapes: parts };
}

const operations = {
  conv2d,
  conv2dTranspose,
  maxPool: pool("maxPool"),
  avgPool: pool("avgPool"),
  resizeNearestNeighbor: resize("resizeNearestNeighbor"),
  resizeBilinear: resize("resizeBilinear"),
  matMul,
  binary,
  reduction,
  concat,
};

/** Random shapes, strides and paddings, `count` of each operation. */
export function randomGradientCases(count: number): GradientCase[] {
  return Object.entries(operations).flatMap(([name, make]) =>
    Array.from({ length: count }, (_, seed) => ({
      name: `${name}, random case ${seed}`,
      ...make(new Draw(seed)),
    }))
  ).filter(({ shapes, operation }) => isPossible(shapes, operation));
}

/** Whether all sizes are 1 at least, and no window lies beside its image. */
function isPossible(
  shapes: number[][],
  operation: GradientCase["operation"],
): boolean {
  if (shapes.flat().includes(0)) return false;
  try {
    return tf.tidy(() => {
      const answer = operation(...shapes.map((shape) => tf.ones(shape)));
      // Where a window is larger than its image tfjs gives sizes below zero.
      return answer.shape.every((size) => size > 0) &&
        answer.dataSync().every(Number.isFinite);
    });
  } catch {
    return false;
  }
}
