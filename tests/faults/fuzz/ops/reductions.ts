/** Operations along axes. */

import type { CallDraw } from "../draw.ts";
import type { Operation } from "../operations.ts";

const REDUCTIONS = [
  ...["sum", "mean", "max", "min", "prod", "any", "all", "logSumExp"],
  ...["moments"],
];

function reduced(name: string) {
  return (draw: CallDraw) => {
    const shape = draw.sizes();
    const x = /any|all/.test(name)
      ? draw.some(shape, { dtype: "bool" })
      : draw.any(shape);
    return [x, draw.axes(shape.length), draw.flag()];
  };
}

function losses(draw: CallDraw) {
  const [a, b] = draw.once(4)
    ? draw.broadcast(draw.sizes())
    : ((shape) => [shape, shape])(draw.sizes());
  return { a: draw.some(a, { kind: "unit" }), b: draw.some(b), weights: b };
}

const LOSSES = [
  ...["absoluteDifference", "hingeLoss", "huberLoss", "logLoss"],
  ...["meanSquaredError"],
];

function reduction(draw: CallDraw) {
  return draw.pick([0, 1, 2, 3, undefined]);
}

export const reductions: Record<string, Operation> = {
  ...Object.fromEntries(
    REDUCTIONS.map((name) => [name, { draw: reduced(name), huge: true }]),
  ),
  norm: {
    draw: (draw) => {
      const shape = draw.sizes();
      const kind = draw.pick([1, 2, "euclidean", "fro", Infinity, -Infinity]);
      return [draw.any(shape), kind, draw.axes(shape.length), draw.flag()];
    },
    huge: true,
  },
  euclideanNorm: { draw: reduced("euclideanNorm"), huge: true },
  argMax: {
    draw: (draw) => {
      const shape = draw.sizes();
      return [draw.any(shape), draw.axis(shape.length)];
    },
    huge: true,
  },
  argMin: {
    draw: (draw) => {
      const shape = draw.sizes();
      return [draw.any(shape), draw.axis(shape.length)];
    },
    huge: true,
  },
  ...Object.fromEntries(
    ["cumsum", "cumprod"].map((name): [string, Operation] => [name, {
      draw: (draw) => {
        const shape = draw.sizes(draw.between(1, 4));
        const axis = draw.axis(shape.length);
        return [draw.any(shape), axis, draw.flag(), draw.flag()];
      },
      huge: true,
    }]),
  ),
  topk: {
    draw: (draw) => [
      draw.any(draw.sizes(draw.between(1, 3))),
      draw.between(0, 4),
      draw.flag(),
    ],
    huge: true,
  },
  unique: {
    draw: (draw) => {
      const shape = draw.sizes(draw.between(1, 3));
      return [draw.any(shape), draw.axis(shape.length)];
    },
  },
  inTopKAsync: {
    draw: (draw) => {
      const shape = draw.sizes(2);
      return [draw.some(shape), draw.indices([shape[0]]), draw.between(1, 4)];
    },
    huge: true,
  },
  ...Object.fromEntries(
    LOSSES.map((name): [string, Operation] => [`losses.${name}`, {
      draw: (draw) => {
        const { a, b, weights } = losses(draw);
        const weight = draw.flag() ? draw.some(weights) : undefined;
        const further = /huber|logLoss/.test(name) ? [0.1] : [];
        return [a, b, weight, ...further, reduction(draw)];
      },
    }]),
  ),
  "losses.computeWeightedLoss": {
    draw: (draw) => {
      const { a, b } = losses(draw);
      return [a, draw.flag() ? b : undefined, reduction(draw)];
    },
  },
  "losses.cosineDistance": {
    draw: (draw) => {
      const { a, b } = losses(draw);
      return [a, b, draw.axis(a.shape.length), undefined, reduction(draw)];
    },
  },
  "losses.sigmoidCrossEntropy": {
    draw: (draw) => {
      const { a, b } = losses(draw);
      return [a, b, undefined, draw.pick([0, 0.1]), reduction(draw)];
    },
  },
  "losses.softmaxCrossEntropy": {
    draw: (draw) => {
      const shape = draw.sizes(2);
      const labels = draw.some(shape, { kind: "unit" });
      const smoothing = draw.pick([0, 0.1]);
      const logits = draw.some(shape);
      return [labels, logits, undefined, smoothing, reduction(draw)];
    },
  },
};
