/** Random cases of the elementwise kernels. */

import type { DataType } from "@tensorflow/tfjs-core";
import type { Case, Generator } from "./case.ts";
import type { Draw, Input } from "./draw.ts";

/** A shape, sometimes as long as a repeated operand or a chunk, or a bit more or less. */
export function anyShape(draw: Draw): number[] {
  if (draw.once(20)) return [draw.between(1, 3), 17, draw.between(300, 700)];
  if (draw.once(10)) return [draw.between(1, 3), draw.between(1020, 1028)];
  return draw.shape(draw.between(0, 4), 13);
}

/** Normally distributed numbers of every order of magnitude, or with a finite e^x. */
function spread(draw: Draw, shape: number[]): Input {
  const { values, ...rest } = draw.floats(shape);
  if (draw.mode !== "floats") return { values, ...rest };
  const isWide = draw.once(2);
  const scaled = values.map((value) =>
    value * (isWide ? 2 ** draw.between(-140, 120) : 40)
  );
  return { values: scaled, ...rest };
}

function unary(near?: Case["near"]): Generator {
  return (draw) => {
    const shape = anyShape(draw);
    const x = draw.dtype() === "int32"
      ? draw.tensor(shape, "int32")
      : draw.once(2)
      ? draw.floats(shape)
      : spread(draw, shape);
    return { inputs: { x }, near };
  };
}

function binary(near?: Case["near"], dtypes?: DataType[]): Generator {
  return (draw) => {
    const dtype = dtypes ? draw.pick(dtypes) : draw.dtype();
    const [a, b] = draw.broadcast(anyShape(draw))
      .map((shape) => draw.tensor(shape, dtype));
    return { inputs: { a, b }, near };
  };
}

/**
 * The gradient of an operation with the input `b`, where `a` is the upstream gradient.
 * tfjs has no such kernel: it calls several.
 */
function gradient(
  back: (a: number, b: number, limits: [number, number]) => number,
): Generator {
  return (draw) => {
    const shape = anyShape(draw);
    const [a, b] = [draw.floats(shape), draw.floats(shape)];
    const [low, high] = [draw.normal(), draw.normal()]
      .sort((a, b) => a - b).map(Math.fround);
    const values = Array.from(
      a.values,
      (upstream, i) => back(upstream, b.values[i], [low, high]),
    );
    return {
      inputs: { a, b },
      attrs: { clipValueMin: low, clipValueMax: high },
      expected: [values],
    };
  };
}

/** A generator for each kernel. */
export const elementwiseCases: Record<string, Generator> = {
  Abs: unary(),
  Exp: unary("each"),
  Log: unary("each"),
  Log1p: unary("each"),
  Neg: unary(),
  Relu: unary(),
  Sigmoid: unary("each"),
  Sign: unary(),
  Sqrt: unary(),
  Square: unary(),
  Tanh: unary("each"),
  Step: (draw) => ({
    ...unary()(draw),
    attrs: { alpha: draw.pick([0, 0, 0.5]) },
  }),
  ClipByValue: (draw) => {
    const [low, high] = [draw.normal(), draw.normal()].sort((a, b) => a - b);
    const attrs = { clipValueMin: low, clipValueMax: high };
    return { ...unary()(draw), attrs };
  },
  ReluGrad: gradient((a, b) => a * (Number.isNaN(b) ? NaN : b > 0 ? 1 : 0)),
  ClipByValueGrad: gradient((a, b, [low, high]) =>
    b >= low && b <= high ? a : 0
  ),
  Add: binary(),
  Maximum: binary(),
  Minimum: binary(),
  Multiply: binary(),
  RealDiv: binary(),
  // tfjs rounds once, after it has squared; we round the difference, too.
  SquaredDifference: binary("each"),
  Sub: binary(),
  Equal: binary(),
  NotEqual: binary(),
  Greater: binary(),
  GreaterEqual: binary(),
  Less: binary(),
  LessEqual: binary(),
  LogicalAnd: binary(undefined, ["bool"]),
  LogicalOr: binary(undefined, ["bool"]),
};
