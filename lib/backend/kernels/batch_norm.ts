/**
 * Batch normalisation: with given moments, and as a layer trains it, where the moments
 * are those of the batch, with its gradient (Ioffe and Szegedy 2015, section 3).
 */

import {
  type KernelConfig,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { hasShape } from "../geometry/sizes.ts";
import { accelerate, areFloats, type Call } from "./accelerate.ts";
import { numbersOf } from "./copy.ts";
import { sumAxis } from "./reduce.ts";

/** Numbers of a part of a sum, about: they stay in a thread's cache. */
const NUMBERS_PER_PART = 32_768;
/** Rows of a part, at most: the sum over more rounds more. */
const ROWS_PER_PART = 256;
/** Numbers of a chunk, at least: they take longer than to start it. */
const NUMBERS_PER_CHUNK = 16_384;

/** Images as [outer, c, inner], where c are the channels. */
interface Sizes {
  outer: number;
  c: number;
  inner: number;
}

/** Runs a task on all of x, in parts and chunks that do not depend on threads. */
function runTask(
  backend: WasmBackend,
  task:
    | "momentsOfParts"
    | "normalisationSums"
    | "normalisationGradient"
    | "normalise",
  { outer, c, inner, ...addresses }: Sizes & {
    x: number;
    dy?: number;
    out: number;
    tables?: number;
  },
) {
  const { perPart, parts } = partsOf({ outer, c, inner });
  const numbers = perPart * c * inner;
  const perChunk = Math.ceil(NUMBERS_PER_CHUNK / numbers);
  backend.pool.run(task, {
    ...{ dy: 0, tables: 0, ...addresses },
    ...{ outer, c, inner, perPart, parts, perChunk },
  }, Math.ceil(parts / perChunk));
}

function partsOf({ outer, c, inner }: Sizes) {
  const rows = Math.ceil(NUMBERS_PER_PART / (c * inner));
  const perPart = Math.min(ROWS_PER_PART, rows);
  return { perPart, parts: Math.ceil(outer / perPart) };
}

/** Writes tables of c numbers one after the other; their address. */
function writeTables(
  backend: WasmBackend,
  allocate: (bytes: number) => number,
  { c, tables }: { c: number; tables: ((channel: number) => number)[] },
): number {
  const address = allocate(4 * c * tables.length);
  const values = backend.heap.floats(address, c * tables.length);
  tables.forEach((table, i) => {
    for (let k = 0; k < c; k++) values[i * c + k] = table(k);
  });
  return address;
}

/** x of a shape as [outer, c, inner], where tables of `shape` are for its channels. */
function sizesOf(x: number[], shape: number[]): Sizes | undefined {
  const added = x.length - shape.length;
  const axes = shape.flatMap((size, axis) => size === 1 ? [] : [axis]);
  if (added < 0 || axes.length > 1) return undefined;
  const [axis = shape.length - 1] = axes;
  const c = shape[axis] ?? 1;
  if (c !== 1 && x[added + axis] !== c) return undefined;
  const size = util.sizeFromShape(x);
  const inner = c === 1 ? size : util.sizeFromShape(x.slice(added + axis + 1));
  return { outer: size / inner / c, c, inner };
}

/**
 * (x - mean) / sqrt(variance + epsilon) * scale + offset, where these have one number
 * for each channel. tfjs's own kernel reads them as if channels always came last.
 */
function fusedBatchNorm(
  { inputs: { x, mean, variance, scale, offset }, attrs, backend }: Call<
    {
      x: TensorInfo;
      mean: TensorInfo;
      variance: TensorInfo;
      scale?: TensorInfo;
      offset?: TensorInfo;
    },
    { varianceEpsilon?: number }
  >,
): TensorInfo | undefined {
  const others = [mean, variance, scale, offset].filter((each) => !!each);
  const fits = areFloats(x, ...others) &&
    others.every((other) => hasShape(other, mean.shape));
  const sizes = sizesOf(x.shape, mean.shape);
  if (!fits || !sizes || util.sizeFromShape(x.shape) === 0) return undefined;
  const epsilon = attrs.varianceEpsilon ?? 0.001;
  const [means, variances, scales, offsets] = [mean, variance, scale, offset]
    .map((tensor) => tensor && numbersOf(backend, tensor));
  const from = backend.address(x), out = backend.output(x.shape);
  backend.heap.borrow((allocate) => {
    const factor = (k: number) =>
      (scales?.[k] ?? 1) / Math.sqrt(variances![k] + epsilon);
    const tables = writeTables(backend, allocate, {
      c: sizes.c,
      tables: [(k) => means![k], factor, (k) => offsets?.[k] ?? 0],
    });
    const to = backend.address(out);
    runTask(backend, "normalise", { ...sizes, x: from, out: to, tables });
  });
  return out;
}

/** The moments of each channel of x[outer, c], in float64. */
function momentsOf(
  backend: WasmBackend,
  { x, ...sizes }: Sizes & { x: number },
): { mean: Float64Array; variance: Float64Array } {
  const { outer, c } = sizes, { perPart, parts } = partsOf(sizes);
  const mean = new Float64Array(c), variance = new Float64Array(c);
  backend.heap.borrow((allocate) => {
    const out = allocate(12 * parts * c);
    runTask(backend, "momentsOfParts", { ...sizes, x, out });
    const sums = backend.heap.floats(out, 3 * parts * c);
    const rowsOf = (part: number) => Math.min(perPart, outer - part * perPart);
    /** The mean of a part; the threads have computed its first digits. */
    const meanOf = (part: number, k: number) =>
      sums[3 * part * c + k] + sums[(3 * part + 1) * c + k] / rowsOf(part);
    for (let part = 0; part < parts; part++) {
      const weight = rowsOf(part) / outer;
      for (let k = 0; k < c; k++) mean[k] += weight * meanOf(part, k);
    }
    // The variance of the whole is that within the parts and that of their means
    // (Chan, Golub and LeVeque 1983, Algorithms for computing the sample variance).
    for (let part = 0; part < parts; part++) {
      const rows = rowsOf(part);
      for (let k = 0; k < c; k++) {
        const distances = sums[(3 * part + 1) * c + k];
        const squares = sums[(3 * part + 2) * c + k] - distances ** 2 / rows;
        const apart = meanOf(part, k) - mean[k];
        variance[k] += (Math.max(0, squares) + rows * apart ** 2) / outer;
      }
    }
  });
  return { mean, variance };
}

/** The sizes of x[..., c], or undefined where the training kernels do not apply. */
function trainingSizes(x: TensorInfo, ...others: TensorInfo[]) {
  const c = x.shape.at(-1) ?? 0, size = util.sizeFromShape(x.shape);
  const fits = others.every((other) => hasShape(other, [c]));
  if (!areFloats(x, ...others) || !fits || size === 0) return undefined;
  return { outer: size / c, c, inner: 1 };
}

/** What the kernels of training have as inputs, each but x of the shape [c]. */
interface TrainingInputs {
  /** [..., c] */
  x: TensorInfo;
  scale?: TensorInfo;
  offset?: TensorInfo;
}

/**
 * y, mean[c] and variance[c]: x normalised by its own moments. The variance is the
 * mean of squared distances, divided by their number.
 */
function batchNormTraining(
  { inputs: { x, scale, offset }, attrs: { epsilon }, backend }: Call<
    TrainingInputs,
    { epsilon: number }
  >,
): TensorInfo[] | undefined {
  const others = [scale, offset].filter((each) => !!each);
  const sizes = trainingSizes(x, ...others);
  if (!sizes) return undefined;
  const { c } = sizes, from = backend.address(x);
  const moments = momentsOf(backend, { ...sizes, x: from });
  const y = backend.output(x.shape);
  const mean = backend.output([c]), variance = backend.output([c]);
  numbersOf(backend, mean).set(moments.mean);
  numbersOf(backend, variance).set(moments.variance);
  const scales = scale && numbersOf(backend, scale);
  const offsets = offset && numbersOf(backend, offset);
  const means = numbersOf(backend, mean);
  const factor = (k: number) =>
    (scales?.[k] ?? 1) / Math.sqrt(moments.variance[k] + epsilon);
  // What rounding to float32 takes off a mean is given to the offset.
  const rest = (k: number) =>
    (offsets?.[k] ?? 0) - (moments.mean[k] - means[k]) * factor(k);
  backend.heap.borrow((allocate) => {
    const tables = writeTables(backend, allocate, {
      c,
      tables: [(k) => means[k], factor, rest],
    });
    const out = backend.address(y);
    runTask(backend, "normalise", { ...sizes, x: from, out, tables });
  });
  return [y, mean, variance];
}

/**
 * dx, dscale[c] and doffset[c]. With z = (x - mean) / s and s = sqrt(variance +
 * epsilon), dscale is the sum of dy z, doffset that of dy, and
 * dx = scale / s (dy - mean of dy - z mean of (dy z)).
 */
function batchNormTrainingGrad(
  { inputs, attrs: { epsilon }, backend }: Call<
    Omit<TrainingInputs, "offset"> & {
      dy: TensorInfo;
      mean: TensorInfo;
      variance: TensorInfo;
    },
    { epsilon: number }
  >,
): TensorInfo[] | undefined {
  const { dy, x, scale, mean, variance } = inputs;
  const others = scale ? [mean, variance, scale] : [mean, variance];
  const sizes = trainingSizes(x, ...others);
  const fits = areFloats(dy) && hasShape(dy, x.shape);
  if (!sizes || !fits) return undefined;
  const { outer, c } = sizes, { parts } = partsOf(sizes);
  const addresses = { x: backend.address(x), dy: backend.address(dy) };
  const scales = scale && numbersOf(backend, scale);
  const means = numbersOf(backend, mean);
  const variances = numbersOf(backend, variance);
  const inverse = Float64Array.from(
    { length: c },
    (_, k) => 1 / Math.sqrt(variances[k] + epsilon),
  );
  const dx = backend.output(x.shape);
  const dScale = backend.output([c]), dOffset = backend.output([c]);
  const dScales = numbersOf(backend, dScale);
  const dOffsets = numbersOf(backend, dOffset);
  backend.heap.borrow((allocate) => {
    const ofParts = allocate(8 * parts * c), sums = allocate(8 * c);
    runTask(backend, "normalisationSums", {
      ...{ ...sizes, ...addresses, out: ofParts },
      tables: backend.address(mean),
    });
    const axis = { outer: 1, length: parts, inner: 2 * c };
    sumAxis(backend, { x: ofParts, out: sums, ...axis });
    const values = backend.heap.floats(sums, 2 * c);
    for (let k = 0; k < c; k++) {
      dOffsets[k] = values[k];
      dScales[k] = values[c + k] * inverse[k];
    }
    const slope = (k: number) => (scales?.[k] ?? 1) * inverse[k];
    const tables = writeTables(backend, allocate, {
      c,
      tables: [
        (k) => means[k],
        (k) => -slope(k) * inverse[k] ** 2 * values[c + k] / outer,
        (k) => -slope(k) * values[k] / outer,
        slope,
      ],
    });
    runTask(backend, "normalisationGradient", {
      ...{ ...sizes, ...addresses, out: backend.address(dx), tables },
    });
  });
  return [dx, dScale, dOffset];
}

/** average - (average - value) * (1 - momentum), rounded where tfjs-layers rounds. */
function movingAverage(
  { inputs: { average, value }, attrs: { momentum }, backend }: Call<
    { average: TensorInfo; value: TensorInfo },
    { momentum: number }
  >,
): TensorInfo | undefined {
  if (!areFloats(average, value) || !hasShape(value, average.shape)) {
    return undefined;
  }
  const out = backend.output(average.shape), to = numbersOf(backend, out);
  const before = numbersOf(backend, average), now = numbersOf(backend, value);
  const decay = Math.fround(1 - momentum);
  for (let k = 0; k < to.length; k++) {
    to[k] = before[k] - Math.fround(Math.fround(before[k] - now[k]) * decay);
  }
  return out;
}

/**
 * FusedBatchNorm, and kernels that tfjs does not have, which a layer in training calls: see
 * batch_norm_layer.ts.
 */
export const batchNormalisation: KernelConfig[] = [
  accelerate("FusedBatchNorm", fusedBatchNorm),
  accelerate("BatchNormTraining", batchNormTraining),
  accelerate("BatchNormTrainingGrad", batchNormTrainingGrad),
  accelerate("MovingAverage", movingAverage),
];
