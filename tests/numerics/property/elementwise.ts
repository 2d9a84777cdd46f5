/** Random cases of the elementwise kernels. */

import { backend_util, type DataType } from "@tensorflow/tfjs-core";
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

/** To 1e-6 of a function; tfjs's own kernel loses the digits of numbers near 0. */
function exact(right: (x: number) => number): Generator {
  return (draw) => {
    const { inputs } = unary()(draw);
    const { x } = inputs as Record<string, Input>;
    if (x.dtype !== "float32") return { inputs };
    return { inputs, expected: [Array.from(x.values, right)], near: "each" };
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
  near?: Case["near"],
): Generator {
  return (draw) => {
    const shape = anyShape(draw);
    const a = draw.floats(shape), b = spread(draw, shape);
    const [low, high] = [draw.normal(), draw.normal()]
      .sort((a, b) => a - b).map(Math.fround);
    const values = Array.from(
      a.values,
      (upstream, i) => back(upstream, b.values[i], [low, high]),
    );
    return {
      inputs: { a, b },
      attrs: { clipValueMin: low, clipValueMax: high, alpha: low },
      expected: [values],
      near,
    };
  };
}

/** Three or so tensors of one shape. */
function addN(draw: Draw): Case {
  const shape = anyShape(draw), dtype = draw.dtype();
  const inputs = Array.from(
    { length: draw.between(1, 4) },
    () => draw.tensor(shape, dtype),
  );
  // tfjs starts with 0, and so has no sum that is -0.
  return { inputs, near: "equal" };
}

/** A power, often the same for all numbers. */
function pow(draw: Draw): Case {
  const shape = anyShape(draw), dtype = draw.dtype();
  const exponent = draw.pick([2, 2, 3, 0.5, -1, 0]);
  if (dtype === "float32" && draw.once(3)) {
    const b: Input = {
      ...{ values: Float32Array.of(exponent), dtype },
      shape: draw.pick([[], [1]]),
    };
    return { inputs: { a: draw.floats(shape), b }, near: "each" };
  }
  return binary("each")(draw);
}

function prelu(draw: Draw): Case {
  const { inputs, ...rest } = binary("each")(draw);
  const { a: x, b: alpha } = inputs as Record<string, Input>;
  return { inputs: { x, alpha }, ...rest };
}

function eluGrad(draw: Draw): Case {
  const shape = anyShape(draw);
  const inputs = { dy: draw.floats(shape), y: draw.floats(shape) };
  return { inputs, near: "each" };
}

const { SELU_SCALE: scale, SELU_SCALEALPHA: scaleAlpha } = backend_util;
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** A generator for each kernel. */
export const elementwiseCases: Record<string, Generator> = {
  Abs: unary(),
  AddN: addN,
  Ceil: unary(),
  Elu: exact((x) => x >= 0 ? x : Math.expm1(x)),
  EluGrad: eluGrad,
  Exp: unary("each"),
  Floor: unary(),
  LeakyRelu: (draw) => ({
    ...unary("each")(draw),
    attrs: { alpha: draw.pick([0.2, 0, 1.5, -0.5]) },
  }),
  Pow: pow,
  Prelu: prelu,
  Reciprocal: unary(),
  Relu6: unary(),
  // tfjs makes 0 of what lies between -0.5 and 0, we make -0.
  Round: unary("equal"),
  Rsqrt: unary("each"),
  Selu: exact((x) => x >= 0 ? scale * x : scaleAlpha * Math.expm1(x)),
  Softplus: unary("each"),
  LeakyReluGrad: gradient((a, b, [alpha]) => b > 0 ? a : a * alpha, "each"),
  Relu6Grad: gradient((a, b) =>
    a * (Number.isNaN(b) ? NaN : b > 0 && b <= 6 ? 1 : 0)
  ),
  SeluGrad: gradient(
    (a, b) => b > 0 ? a * scale : a * scaleAlpha * Math.exp(b),
    "norm",
  ),
  SigmoidGrad: gradient((a, b) => a * Math.fround(b * Math.fround(1 - b))),
  SoftplusGrad: gradient((a, b) => a * sigmoid(b), "norm"),
  TanhGrad: gradient((a, b) => Math.fround(1 - Math.fround(b * b)) * a),
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
