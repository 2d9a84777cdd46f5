/** Operations on each number. */

import type { Argument, CallDraw } from "../draw.ts";
import type { Operation } from "../operations.ts";

const UNARY = [
  ...["abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "cos"],
  ...["cosh", "elu", "erf", "exp", "expm1", "floor", "isFinite", "isInf"],
  ...["isNaN", "log", "log1p", "logSigmoid", "logicalNot", "neg", "reciprocal"],
  ...["relu", "relu6", "round", "rsqrt", "selu", "sigmoid", "sign", "sin"],
  ...["sinh", "softplus", "sqrt", "square", "tan", "tanh", "onesLike"],
  ...["zerosLike", "clone", "real", "imag"],
];
const BINARY = [
  ...["add", "sub", "mul", "div", "divNoNan", "floorDiv", "maximum", "minimum"],
  ...["mod", "pow", "squaredDifference", "atan2", "prelu", "equal", "notEqual"],
  ...["greater", "greaterEqual", "less", "lessEqual"],
];
const LOGICAL = ["logicalAnd", "logicalOr", "logicalXor"];

/** Now and then of several chunks. */
function anyShape(draw: CallDraw): number[] {
  return draw.once(10)
    ? [draw.between(1, 3), draw.between(9_000, 20_000)]
    : draw.sizes();
}

function pair(draw: CallDraw): Argument[] {
  const [a, b] = draw.broadcast(anyShape(draw));
  return [draw.any(a), draw.any(b)];
}

function normalization(draw: CallDraw, rank: number): Argument[] {
  const x = draw.sizes(rank), c = [x.at(-1)!];
  const one = () => draw.some(draw.flag() ? c : x);
  const variance = draw.some(draw.flag() ? c : x, { kind: "unit" });
  const optional = () => draw.flag() ? one() : undefined;
  return [draw.some(x), one(), variance, optional(), optional(), 0.01];
}

export const elementwise: Record<string, Operation> = {
  ...Object.fromEntries(
    UNARY.map((name): [string, Operation] => [name, {
      draw: (draw) => [draw.any(anyShape(draw))],
    }]),
  ),
  // Its answer is the square of its argument.
  diag: { draw: (draw) => [draw.any(draw.shape(draw.between(0, 3), 5))] },
  ...Object.fromEntries(BINARY.map((name) => [name, { draw: pair }])),
  ...Object.fromEntries(LOGICAL.map((name): [string, Operation] => [name, {
    draw: (draw) => {
      const [a, b] = draw.broadcast(draw.sizes());
      return [draw.some(a, { dtype: "bool" }), draw.some(b, { dtype: "bool" })];
    },
  }])),
  bitwiseAnd: {
    draw: (draw) => {
      const shape = draw.sizes();
      return [draw.indices(shape), draw.indices(shape)];
    },
  },
  leakyRelu: { draw: (draw) => [draw.any(), draw.pick([0, 0.2, 2])] },
  step: { draw: (draw) => [draw.any(), draw.pick([0, 0.2, 2])] },
  clipByValue: {
    draw: (draw) => [draw.any(), draw.between(-3, 0), draw.between(0, 3)],
  },
  softmax: {
    draw: (draw) => {
      const x = draw.sizes(draw.between(1, 4));
      return [draw.any(x), draw.pick([-1, undefined, x.length - 1])];
    },
  },
  logSoftmax: {
    draw: (draw) => {
      const x = draw.sizes(draw.between(1, 4));
      return [draw.any(x), draw.pick([-1, undefined, x.length - 1])];
    },
  },
  cast: {
    draw: (draw) => [
      draw.any(),
      draw.pick(["float32", "int32", "bool", "complex64"]),
    ],
  },
  complex: {
    draw: (draw) => {
      const shape = draw.sizes();
      return [draw.some(shape), draw.some(shape)];
    },
  },
  addN: {
    draw: (draw) => {
      const shape = draw.sizes(), count = draw.between(1, 4);
      return [Array.from({ length: count }, () => draw.some(shape))];
    },
  },
  where: {
    draw: (draw) => {
      const [a, b] = draw.broadcast(draw.sizes());
      const [condition] = draw.broadcast(a);
      return [
        draw.some(condition, { dtype: "bool" }),
        draw.any(a),
        draw.any(b),
      ];
    },
  },
  batchNorm: { draw: (draw) => normalization(draw, draw.between(1, 4)) },
  batchNorm2d: { draw: (draw) => normalization(draw, 2) },
  batchNorm3d: { draw: (draw) => normalization(draw, 3) },
  batchNorm4d: { draw: (draw) => normalization(draw, 4) },
  localResponseNormalization: {
    draw: (draw) => [draw.some(draw.sizes(4)), draw.between(1, 5), 1, 1, 0.5],
  },
  dropout: {
    draw: (draw) => [draw.some(), 0.5, undefined, draw.between(0, 99)],
  },
  movingAverage: {
    draw: (draw) => {
      const shape = draw.sizes();
      const decay = draw.pick([0.9, 0.5]);
      return [draw.some(shape), draw.some(shape), decay, draw.between(1, 5)];
    },
  },
};
