/** Operations on images and signals, matrices, and what is sparse or a string. */

import type { Argument, CallDraw } from "../draw.ts";
import type { Operation } from "../operations.ts";

function images(draw: CallDraw, c = draw.between(1, 5)): number[] {
  const size = () => draw.once(25) ? draw.pick([0, 17]) : draw.between(1, 9);
  return [draw.between(1, 3), size(), size(), c];
}

function resize(draw: CallDraw): Argument[] {
  const align = draw.once(3);
  return [
    draw.any(images(draw)),
    [draw.between(1, 12), draw.between(1, 12)],
    align,
    !align && draw.flag(),
  ];
}

function suppression(scores: "plain" | "score" | "padded") {
  return (draw: CallDraw): Argument[] => {
    const count = draw.between(0, 9);
    const further = {
      plain: [],
      score: [draw.pick([0, 0.5])],
      padded: [draw.flag()],
    }[scores];
    return [
      draw.some([count, 4], { kind: "unit" }),
      draw.some([count], { kind: "unit" }),
      draw.between(0, 9),
      0.5,
      0.1,
      ...further,
    ];
  };
}

function complex(draw: CallDraw): Argument[] {
  const shape = draw.sizes(draw.between(1, 3));
  return [draw.some(shape, { dtype: "complex64" })];
}

function segments(draw: CallDraw): Argument[] {
  const x = draw.sizes(draw.between(1, 3)), count = draw.between(1, 4);
  return [
    draw.any(x),
    draw.indices([count]),
    draw.indices([count], "sorted"),
  ];
}

const STRINGS: Record<string, Operation> = {
  stringNGrams: {
    draw: (draw) => [
      draw.some([draw.between(0, 5)], { dtype: "string" }),
      draw.indices([3], "sorted"),
      ...["|", [1, 2], "l", "r", draw.between(-1, 2), draw.flag()],
    ],
  },
  stringSplit: {
    draw: (draw) => [
      draw.some([draw.between(0, 5)], { dtype: "string" }),
      draw.some([], { dtype: "string" }),
      draw.flag(),
    ],
  },
  stringToHashBucketFast: {
    draw: (draw) => [
      draw.some(draw.sizes(1), { dtype: "string" }),
      draw.between(1, 9),
    ],
  },
  staticRegexReplace: {
    draw: (draw) => [
      draw.some(draw.sizes(1), { dtype: "string" }),
      "1",
      "x",
      draw.flag(),
    ],
  },
};

export const pictures: Record<string, Operation> = {
  "image.resizeNearestNeighbor": { draw: resize },
  "image.resizeBilinear": { draw: resize },
  "image.flipLeftRight": { draw: (draw) => [draw.any(images(draw))] },
  "image.grayscaleToRGB": { draw: (draw) => [draw.any(images(draw, 1))] },
  "image.rgbToGrayscale": { draw: (draw) => [draw.any(images(draw, 3))] },
  "image.rotateWithOffset": {
    draw: (draw) => [draw.any(images(draw)), 0.7, draw.pick([0, 2]), 0.5],
  },
  "image.cropAndResize": {
    draw: (draw) => {
      const count = draw.between(1, 4);
      return [
        draw.some(images(draw)),
        draw.some([count, 4], { kind: "unit" }),
        draw.indices([count]),
        [draw.between(1, 6), draw.between(1, 6)],
        draw.pick(["bilinear", "nearest"]),
        0,
      ];
    },
  },
  "image.nonMaxSuppression": { draw: suppression("plain") },
  "image.nonMaxSuppressionAsync": { draw: suppression("plain") },
  "image.nonMaxSuppressionWithScore": { draw: suppression("score") },
  "image.nonMaxSuppressionWithScoreAsync": { draw: suppression("score") },
  "image.nonMaxSuppressionPadded": { draw: suppression("padded") },
  "image.nonMaxSuppressionPaddedAsync": { draw: suppression("padded") },
  "image.threshold": {
    draw: (draw) => [
      draw.indices([draw.between(1, 5), draw.between(1, 5), 3]),
      draw.pick(["binary", "otsu"]),
      draw.flag(),
      0.5,
    ],
  },
  "image.transform": {
    draw: (draw) => {
      const x = images(draw);
      return [
        draw.some(x),
        draw.some([draw.flag() ? 1 : x[0], 8]),
        draw.pick(["nearest", "bilinear"]),
        draw.pick(["constant", "reflect", "wrap", "nearest"]),
        0,
        draw.flag() ? [4, 5] : undefined,
      ];
    },
  },
  "linalg.bandPart": {
    draw: (draw) => [draw.any(draw.sizes(2)), draw.between(-1, 4), 1],
  },
  "linalg.gramSchmidt": {
    draw: (draw) => {
      const size = draw.between(1, 5);
      return [draw.some([draw.between(1, size), size], { kind: "unit" })];
    },
  },
  "linalg.qr": {
    draw: (draw) => {
      const shape = [draw.between(1, 6), draw.between(1, 6)];
      return [draw.some(shape, { kind: "unit" }), draw.flag()];
    },
  },
  "signal.hammingWindow": { draw: (draw) => [draw.size()] },
  "signal.hannWindow": { draw: (draw) => [draw.size()] },
  "signal.frame": {
    draw: (draw) => [
      draw.some([draw.between(1, 33)]),
      draw.between(1, 9),
      draw.between(1, 5),
      draw.flag(),
      0,
    ],
  },
  "signal.stft": {
    draw: (draw) => [
      draw.some([draw.between(9, 33)]),
      draw.between(1, 9),
      draw.between(1, 5),
      draw.pick([8, 16]),
    ],
  },
  ...Object.fromEntries(
    ["fft", "ifft", "irfft", "spectral.fft", "spectral.ifft", "spectral.irfft"]
      .map((name) => [name, { draw: complex }]),
  ),
  ...Object.fromEntries(
    ["rfft", "spectral.rfft"].map((name): [string, Operation] => [name, {
      draw: (draw) => [
        draw.some(draw.sizes(draw.between(1, 3))),
        draw.pick([undefined, 4, 8]),
      ],
    }]),
  ),
  "sparse.sparseFillEmptyRows": {
    draw: (draw) => [
      draw.indices([3, 2]),
      draw.some([3]),
      draw.indices([2]),
      draw.some([]),
    ],
  },
  "sparse.sparseReshape": {
    draw: (draw) => [
      draw.indices([3, 2]),
      draw.indices([2]),
      draw.indices([draw.between(1, 3)]),
    ],
  },
  "sparse.sparseSegmentMean": { draw: segments },
  "sparse.sparseSegmentSum": { draw: segments },
  ...Object.fromEntries(
    Object.entries(STRINGS).map(([name, one]) => [`string.${name}`, one]),
  ),
};
