/** Operations with windows, and products of matrices. */

import { padding } from "../../../numerics/property/padding.ts";
import type { Argument, CallDraw } from "../draw.ts";
import type { Operation } from "../operations.ts";

const CHANNELS = [1, 1, 2, 3, 4, 5, 16, 16, 17, 32];
const ACTIVATIONS = ["linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu"];

function channels(draw: CallDraw): number {
  return draw.once(30) ? 0 : draw.pick(CHANNELS);
}

/** [n, h, w, c] */
function images(draw: CallDraw, c = channels(draw)): number[] {
  const size = () =>
    draw.once(25) ? draw.pick([0, 17, 33]) : draw.between(1, 9);
  return [draw.once(20) ? 0 : draw.between(1, 4), size(), size(), c];
}

/**
 * Those, or one so large that it goes through in strips, or so many that there
 * are more chunks than threads.
 */
function anyImages(draw: CallDraw, c?: number): number[] {
  if (!draw.once(4)) return images(draw, c);
  const side = () => draw.between(200, 300);
  return draw.flag()
    ? [1, side(), side(), c ?? draw.between(2, 4)]
    : [draw.between(17, 40), ...images(draw, c).slice(1)];
}

/** Of large images few, for tfjs's own convolutions take long. */
function outputs(draw: CallDraw, [, height]: number[]): number {
  return height > 33 ? draw.between(1, 2) : channels(draw);
}

export function filterSizes(draw: CallDraw): number[] {
  if (draw.once(2)) return [3, 3];
  return [draw.between(1, 5), draw.between(1, 5)];
}

/** The arguments of conv2d behind its filter. */
function convolving(draw: CallDraw): Argument[] {
  const { pad, dimRoundingMode } = padding(draw);
  const strides = draw.flag() ? 1 : draw.pair(3);
  const dilations = strides === 1 && draw.once(3) ? draw.pair(3) : 1;
  return [strides, pad, "NHWC", dilations, dimRoundingMode];
}

/** By Winograd's algorithm, mostly of more images than one chunk has. */
function byWinograd(draw: CallDraw): Argument[] {
  const side = () => draw.between(5, 9),
    channels = () => draw.pick([16, 16, 32]);
  const x = [draw.pick([2, 9, 17]), side(), side(), channels()];
  const filter = [3, 3, x[3], channels()];
  return [draw.some(x), draw.some(filter), 1, "same", "NHWC", 1, undefined];
}

function conv2d(draw: CallDraw): Argument[] {
  if (draw.once(4)) return byWinograd(draw);
  const x = anyImages(draw);
  const filter = [...filterSizes(draw), x[3], outputs(draw, x)];
  return [draw.some(x), draw.some(filter), ...convolving(draw)];
}

function fusedConv2d(draw: CallDraw, isDepthwise: boolean): Argument[] {
  const arguments_ = isDepthwise ? depthwise(draw) : conv2d(draw);
  const [x, filter, strides, pad, dataFormat, dilations, dimRoundingMode] =
    arguments_;
  const [, , c, last] = (filter as { shape: number[] }).shape;
  const outputs = isDepthwise ? c * last : last;
  return [{
    ...{ x, filter, strides, pad, dataFormat, dilations, dimRoundingMode },
    bias: draw.flag() ? draw.some([outputs]) : undefined,
    activation: draw.pick(ACTIVATIONS),
    leakyreluAlpha: 0.2,
  }];
}

function depthwise(draw: CallDraw): Argument[] {
  const x = anyImages(draw, draw.between(0, 5));
  const filter = [...filterSizes(draw), x[3], draw.between(1, 3)];
  return [draw.some(x), draw.some(filter), ...convolving(draw)];
}

function pooling(draw: CallDraw): Argument[] {
  const { pad, dimRoundingMode } = padding(draw);
  return [
    draw.some(anyImages(draw)),
    draw.pair(4),
    draw.pair(3),
    pad,
    dimRoundingMode,
  ];
}

function volumes(draw: CallDraw, c = draw.between(1, 3)): number[] {
  const size = () => draw.once(25) ? 0 : draw.between(1, 5);
  return [draw.between(1, 2), size(), size(), size(), c];
}

function pooling3d(draw: CallDraw): Argument[] {
  const pad = draw.pick(["same", "valid", 0, 1]);
  const rounding = typeof pad === "number" ? "floor" : undefined;
  return [
    draw.some(volumes(draw)),
    draw.between(1, 3),
    draw.between(1, 3),
    pad,
    rounding,
  ];
}

/** Two shapes whose product there is, and which of them are transposed. */
function factors(draw: CallDraw) {
  const [left, right] = draw.broadcast(draw.shape(draw.between(0, 2), 3));
  const [m, n, k] = [draw.size(), draw.size(), draw.size()];
  const [a, b] = [draw.flag(), draw.flag()];
  return {
    a: draw.any([...left, ...(a ? [k, m] : [m, k])]),
    b: draw.any([...right, ...(b ? [n, k] : [k, n])]),
    transposeA: a,
    transposeB: b,
    n,
  };
}

export const windows: Record<string, Operation> = {
  conv2d: { draw: conv2d },
  "fused.conv2d": {
    draw: (draw) => fusedConv2d(draw, false),
  },
  depthwiseConv2d: { draw: depthwise },
  "fused.depthwiseConv2d": { draw: (draw) => fusedConv2d(draw, true) },
  conv1d: {
    draw: (draw) => {
      const x = draw.sizes(3), filter = [draw.between(1, 4), x[2], draw.size()];
      const pad = draw.pick(["same", "valid", 1]);
      return [
        ...[draw.some(x), draw.some(filter), draw.between(1, 2), pad, "NWC", 1],
        typeof pad === "number" ? "floor" : undefined,
      ];
    },
  },
  conv2dTranspose: {
    draw: (draw) => {
      const x = images(draw), filter = filterSizes(draw);
      const stride = draw.between(1, 3), c = channels(draw);
      const pad = draw.pick(["same", "valid"]);
      const [h, w] = [0, 1].map((axis) =>
        x[1 + axis] * stride +
        (pad === "same" ? 0 : Math.max(filter[axis] - stride, 0))
      );
      const weights = draw.some([...filter, c, x[3]]);
      return [draw.some(x), weights, [x[0], h, w, c], stride, pad];
    },
  },
  conv3d: {
    draw: (draw) => {
      const x = volumes(draw);
      const filter = [2, draw.between(1, 3), draw.between(1, 3), x[4], 2];
      const pad = draw.pick(["same", "valid"]);
      return [draw.some(x), draw.some(filter), draw.between(1, 2), pad];
    },
  },
  conv3dTranspose: {
    draw: (draw) => {
      const x = volumes(draw), stride = draw.between(1, 2);
      const shape = [x[0], ...x.slice(1, 4).map((size) => size * stride), 2];
      const filter = draw.some([2, 2, 2, 2, x[4]]);
      return [draw.some(x), filter, shape, stride, "same"];
    },
  },
  separableConv2d: {
    draw: (draw) => {
      const x = images(draw, draw.between(1, 5)), times = draw.between(1, 2);
      const deep = draw.some([...filterSizes(draw), x[3], times]);
      const wide = draw.some([1, 1, x[3] * times, draw.between(1, 4)]);
      const pad = draw.pick(["same", "valid"]);
      return [draw.some(x), deep, wide, draw.between(1, 2), pad];
    },
  },
  dilation2d: {
    draw: (draw) => {
      const x = images(draw, draw.between(1, 4));
      const filter = draw.some([...filterSizes(draw), x[3]]);
      const pad = draw.pick(["same", "valid"]);
      return [draw.some(x), filter, draw.pair(2), pad, draw.pair(2), "NHWC"];
    },
  },
  maxPool: { draw: pooling },
  avgPool: { draw: pooling },
  maxPoolWithArgmax: {
    draw: (draw) => [
      draw.some(images(draw)),
      draw.pair(4),
      draw.pair(3),
      draw.pick(["same", "valid"]),
      draw.flag(),
    ],
  },
  pool: {
    draw: (draw) => {
      const [x, window, , pad, rounding] = pooling(draw);
      const kind = draw.pick(["max", "avg"]);
      const stride = draw.flag() ? draw.pair(3) : 1;
      const dilation = stride === 1 ? draw.pair(2) : 1;
      return [x, window, kind, pad, dilation, stride, rounding];
    },
  },
  maxPool3d: { draw: pooling3d },
  avgPool3d: { draw: pooling3d },
  matMul: {
    draw: (draw) => {
      const { a, b, transposeA, transposeB } = factors(draw);
      return [a, b, transposeA, transposeB];
    },
  },
  "fused.matMul": {
    draw: (draw) => {
      const { n, ...others } = factors(draw);
      return [{
        ...others,
        bias: draw.flag() ? draw.some([n]) : undefined,
        activation: draw.pick(ACTIVATIONS),
        leakyreluAlpha: 0.2,
      }];
    },
  },
  dot: {
    draw: (draw) => {
      const k = draw.size();
      return [
        draw.some(draw.flag() ? [k] : [draw.size(), k]),
        draw.some(draw.flag() ? [k] : [k, draw.size()]),
      ];
    },
  },
  outerProduct: {
    draw: (draw) => [draw.some(draw.sizes(1)), draw.some(draw.sizes(1))],
  },
  einsum: {
    draw: (draw) => {
      const [i, j, k] = [draw.size(), draw.size(), draw.size()];
      const [words, ...shapes] = draw.pick<[string, ...number[][]]>([
        ["ij,jk->ik", [i, j], [j, k]],
        ["ij->ji", [i, j]],
        ["i,i->", [i], [i]],
        ["ij,k->ijk", [i, j], [k]],
        ["ij->j", [i, j]],
      ]);
      return [words, ...shapes.map((shape) => draw.some(shape))];
    },
  },
  basicLSTMCell: {
    draw: (draw) => {
      const [n, x, h] = [draw.between(1, 3), draw.size(), draw.between(1, 5)];
      return [
        1,
        draw.some([x + h, 4 * h]),
        draw.some([4 * h]),
        draw.some([n, x]),
        draw.some([n, h]),
        draw.some([n, h]),
      ];
    },
  },
};
