/** Random cases of layer normalization, against its definition in float64. */

import { finite, imageShape } from "./batch_norm.ts";
import type { Case } from "./case.ts";
import type { Draw, Input } from "./draw.ts";

/** Of each row of x[..., c], its mean and 1 / sqrt(variance + epsilon). */
function momentsOf({ values, shape }: Input, epsilon: number) {
  const c = shape.at(-1)!, rows = values.length / c;
  const mean = new Float64Array(rows), variance = new Float64Array(rows);
  const row = (i: number) => Math.floor(i / c);
  values.forEach((x, i) => mean[row(i)] += x / c);
  values.forEach((x, i) => variance[row(i)] += (x - mean[row(i)]) ** 2 / c);
  return { mean, inverse: variance.map((v) => 1 / Math.sqrt(v + epsilon)) };
}

function inputsOf(draw: Draw) {
  const shape = imageShape(draw);
  if (shape.includes(0)) shape.fill(2);
  const [c] = shape.slice(-1), epsilon = draw.pick([0.001, 0.1]);
  const x = finite(draw, shape);
  const scale = draw.once(3) ? undefined : finite(draw, [c]);
  return { x, c, epsilon, scale };
}

function layerNorm(draw: Draw): Case {
  const { x, c, epsilon, scale } = inputsOf(draw);
  const offset = draw.once(3) ? undefined : finite(draw, [c]);
  const { mean, inverse } = momentsOf(x, epsilon);
  const y = Float64Array.from(x.values, (value, i) => {
    const row = Math.floor(i / c), k = i % c;
    return (value - mean[row]) * inverse[row] * (scale?.values[k] ?? 1) +
      (offset?.values[k] ?? 0);
  });
  return {
    inputs: { x, ...(scale && { scale }), ...(offset && { offset }) },
    attrs: { epsilon },
    expected: [y, mean, inverse],
    near: "norm",
  };
}

function layerNormGrad(draw: Draw): Case {
  const { x, c, epsilon, scale } = inputsOf(draw);
  const dy = finite(draw, x.shape), { values } = dy;
  const { mean, inverse } = momentsOf(x, epsilon);
  const table = (numbers: Float64Array): Input => ({
    values: Float32Array.from(numbers),
    ...{ shape: [numbers.length], dtype: "float32" },
  });
  // z is x without its mean and deviation, and dz the gradient by it.
  const z = Float64Array.from(x.values, (value, i) => {
    const row = Math.floor(i / c);
    return (value - mean[row]) * inverse[row];
  });
  const dz = Float64Array.from(
    values,
    (upstream, i) => upstream * (scale?.values[i % c] ?? 1),
  );
  const sums = new Float64Array(2 * c), dx = new Float64Array(z.length);
  for (let from = 0; from < z.length; from += c) {
    let mean = 0, along = 0;
    for (let i = from; i < from + c; i++) {
      mean += dz[i] / c;
      along += dz[i] * z[i] / c;
      sums[i - from] += values[i] * z[i];
      sums[c + i - from] += values[i];
    }
    for (let i = from; i < from + c; i++) {
      dx[i] = inverse[from / c] * (dz[i] - mean - z[i] * along);
    }
  }
  return {
    inputs: {
      ...{ x, dy, mean: table(mean), inverse: table(inverse) },
      ...(scale && { scale }),
    },
    expected: [dx, sums],
    near: "norm",
  };
}

/** A generator for each kernel. */
export const layerNormCases = {
  LayerNorm: layerNorm,
  LayerNormGrad: layerNormGrad,
};
