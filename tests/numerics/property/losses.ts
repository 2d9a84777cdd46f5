/** Random cases of losses and their gradients, in float64. */

import type { Case } from "./case.ts";
import type { Draw, Input } from "./draw.ts";

/** tfjs's own bound of probabilities. */
const EPSILON = 1e-7;
const BOUNDS = { clipValueMin: EPSILON, clipValueMax: 1 - EPSILON };

const clip = (p: number) =>
  Math.min(Math.max(p, Math.fround(EPSILON)), Math.fround(1 - EPSILON));
const isWithin = (p: number) => clip(p) === p;

/** Probabilities of all sizes, 0 and 1 among them, and targets. */
function drawn(draw: Draw, shape: number[]) {
  const numbers = (make: () => number): Input => {
    const { values, ...rest } = draw.floats(shape, "floats");
    return { values: values.map(make), ...rest };
  };
  const probability = () =>
    draw.once(9) ? draw.pick([0, 1, 1e-12]) : 1 /
      (1 + Math.exp(-3 * draw.normal()));
  const target = () =>
    draw.once(3) ? Math.abs(draw.normal()) : draw.pick([0, 1]);
  return { target: numbers(target), output: numbers(probability) };
}

/** A shape [..., c] with some rows. */
function shapeOf(draw: Draw): number[] {
  return draw.once(8)
    ? [draw.between(1, 3), draw.between(900, 4_000), draw.between(1, 12)]
    : [draw.between(1, 7), draw.between(1, 40)];
}

function binary(draw: Draw, back: boolean): Case {
  const { target: a, output: b } = drawn(draw, shapeOf(draw));
  const expected = Float64Array.from(b.values, (p, i) => {
    const t = a.values[i], q = clip(p);
    if (back) return isWithin(p) ? (p - t) / (p * (1 - p)) : 0;
    return -(t * Math.log(q) + (1 - t) * Math.log(1 - q));
  });
  return {
    inputs: { a, b },
    attrs: BOUNDS,
    expected: [expected],
    near: "norm",
  };
}

function categorical(draw: Draw, back: boolean): Case {
  const shape = shapeOf(draw), c = shape.at(-1)!;
  const { target, output } = drawn(draw, shape);
  // A row whose sum is 0 has no shares.
  output.values.forEach((p, i) => output.values[i] = p + (i % c ? 0 : 0.1));
  const rows = output.values.length / c;
  const dy = draw.floats(shape.slice(0, -1), "floats");
  const losses = new Float64Array(rows);
  const gradient = new Float64Array(output.values.length);
  for (let row = 0; row < rows; row++) {
    const at = Array.from({ length: c }, (_, i) => row * c + i);
    const total = at.reduce((sum, i) => sum + output.values[i], 0);
    const shares = at.map((i) => output.values[i] / total);
    const slopes = at.map((i, k) =>
      isWithin(Math.fround(shares[k]))
        ? -dy.values[row] * target.values[i] / shares[k]
        : 0
    );
    const mean = slopes.reduce((sum, slope, k) => sum + slope * shares[k], 0);
    at.forEach((i, k) => {
      losses[row] -= target.values[i] * Math.log(clip(shares[k]));
      gradient[i] = (slopes[k] - mean) / total;
    });
  }
  return {
    inputs: { target, output, ...(back && { dy }) },
    attrs: BOUNDS,
    expected: [back ? gradient : losses],
    near: "norm",
  };
}

/** A generator for each kernel. */
export const lossCases = {
  BinaryCrossEntropy: (draw: Draw) => binary(draw, false),
  BinaryCrossEntropyGrad: (draw: Draw) => binary(draw, true),
  CategoricalCrossEntropy: (draw: Draw) => categorical(draw, false),
  CategoricalCrossEntropyGrad: (draw: Draw) => categorical(draw, true),
};
