/** Random cases of batch normalisation, against its definition in float64. */

import { util } from "@tensorflow/tfjs-core";
import type { Case } from "./case.ts";
import type { Draw, Input } from "./draw.ts";

/** A shape whose last size is the number of channels. */
export function imageShape(draw: Draw): number[] {
  const c = draw.channels();
  if (draw.once(8)) return [draw.between(1000, 3000), draw.pick([1, 3, 8])];
  if (draw.once(8)) return [draw.between(2, 4), 20, 30, c];
  return [...draw.shape(draw.between(1, 3), 9), c];
}

/** Numbers of the case's mode, but finite: moments of others are NaN. */
export function finite(draw: Draw, shape: number[]): Input {
  return draw.floats(shape, draw.mode === "special" ? "floats" : draw.mode);
}

/** Variances and the like are above zero. */
function positive({ values, ...rest }: Input): Input {
  return { ...rest, values: values.map((x) => Math.abs(x) + 0.5) };
}

/** Of each channel of x[..., c], its mean over all else and its variance. */
function momentsOf({ values, shape }: Input) {
  const c = shape.at(-1)!, n = values.length / c;
  const mean = new Float64Array(c), variance = new Float64Array(c);
  values.forEach((x, i) => mean[i % c] += x / n);
  values.forEach((x, i) => variance[i % c] += (x - mean[i % c]) ** 2 / n);
  return { mean, variance };
}

function fusedBatchNorm(draw: Draw): Case {
  const shape = draw.shape(4, 9).with(3, draw.channels());
  const axis = draw.once(4) ? draw.between(0, 2) : 3;
  const isWhole = draw.once(8);
  const tableShape = isWhole
    ? shape
    : axis === 3 && draw.once(2)
    ? [shape[3]]
    : shape.map((size, i) => i === axis ? size : 1);
  const x = finite(draw, shape), mean = finite(draw, tableShape);
  const variance = positive(finite(draw, tableShape));
  const scale = draw.once(3) ? undefined : finite(draw, tableShape);
  const offset = draw.once(3) ? undefined : finite(draw, tableShape);
  const varianceEpsilon = draw.pick([0, 0.001, 0.1]);
  const inner = util.sizeFromShape(shape.slice(axis + 1));
  const y = Float64Array.from(x.values, (value, i) => {
    const k = isWhole ? i : Math.floor(i / inner) % shape[axis];
    return (value - mean.values[k]) * (scale?.values[k] ?? 1) /
        Math.sqrt(variance.values[k] + varianceEpsilon) +
      (offset?.values[k] ?? 0);
  });
  return {
    inputs: {
      ...{ x, mean, variance },
      ...(scale && { scale }),
      ...(offset && { offset }),
    },
    attrs: { varianceEpsilon },
    expected: [y],
    near: "norm",
  };
}

/** x, perhaps with a mean that is large beside its deviation. */
function batchOf(draw: Draw): Input {
  const shape = imageShape(draw);
  // Of one row dx is 0, but for the rounding of numbers that cancel.
  if (util.sizeFromShape(shape.slice(0, -1)) < 2) shape.unshift(2);
  if (util.sizeFromShape(shape) === 0) shape.fill(2);
  const x = finite(draw, shape);
  const far = draw.mode !== "denormals" && draw.once(3) ? 1_000 : 0;
  return { ...x, values: Float32Array.from(x.values, (value) => value + far) };
}

function training(draw: Draw): Case {
  const x = batchOf(draw), c = x.shape.at(-1)!;
  const epsilon = draw.pick([0.001, 0.1]);
  const scale = draw.once(3) ? undefined : finite(draw, [c]);
  const offset = draw.once(3) ? undefined : finite(draw, [c]);
  const { mean, variance } = momentsOf(x);
  const y = Float64Array.from(x.values, (value, i) => {
    const k = i % c;
    return (value - mean[k]) / Math.sqrt(variance[k] + epsilon) *
        (scale?.values[k] ?? 1) + (offset?.values[k] ?? 0);
  });
  return {
    inputs: { x, ...(scale && { scale }), ...(offset && { offset }) },
    attrs: { epsilon },
    expected: [y, mean, variance],
    near: "norm",
  };
}

function trainingGrad(draw: Draw): Case {
  const x = batchOf(draw), c = x.shape.at(-1)!, n = x.values.length / c;
  const epsilon = draw.pick([0.001, 0.1]), dy = finite(draw, x.shape);
  const scale = draw.once(3) ? undefined : finite(draw, [c]);
  const moments = momentsOf(x);
  const [mean, variance] = [moments.mean, moments.variance]
    .map((moment) => Float32Array.from(moment));
  const table = (values: Float32Array<ArrayBuffer>): Input => ({
    ...{ values, shape: [c], dtype: "float32" },
  });
  const normal = Float64Array.from(
    x.values,
    (value, i) => (value - mean[i % c]) / Math.sqrt(variance[i % c] + epsilon),
  );
  const dScale = new Float64Array(c), dOffset = new Float64Array(c);
  dy.values.forEach((upstream, i) => {
    dScale[i % c] += upstream * normal[i];
    dOffset[i % c] += upstream;
  });
  const dx = Float64Array.from(dy.values, (upstream, i) => {
    const k = i % c;
    return (scale?.values[k] ?? 1) / Math.sqrt(variance[k] + epsilon) *
      (upstream - dOffset[k] / n - normal[i] * dScale[k] / n);
  });
  return {
    inputs: {
      ...{ dy, x, mean: table(mean), variance: table(variance) },
      ...(scale && { scale }),
    },
    attrs: { epsilon },
    expected: [dx, dScale, dOffset],
    near: "norm",
  };
}

function movingAverage(draw: Draw): Case {
  const shape = [draw.between(1, 40)], momentum = draw.pick([0.99, 0.5, 0.9]);
  const [average, value] = [finite(draw, shape), finite(draw, shape)];
  const decay = Math.fround(1 - momentum);
  const expected = Float64Array.from(average.values, (before, k) => {
    const distance = Math.fround(before - value.values[k]);
    return before - Math.fround(distance * decay);
  });
  const inputs = { average, value }, attrs = { momentum };
  return { inputs, attrs, expected: [expected] };
}

/** A generator for each kernel. */
export const batchNormCases = {
  FusedBatchNorm: fusedBatchNorm,
  BatchNormTraining: training,
  BatchNormTrainingGrad: trainingGrad,
  MovingAverage: movingAverage,
};
