/** Denoisers without a network: what a network must beat to be worth it. */

import * as tf from "@tensorflow/tfjs";
import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { moments, outer } from "./moments.ts";
import { principalComponents } from "./pca.ts";
import { valuesOf } from "./values.ts";

/** A denoiser: flat images [n, 28, 28] to images of the same shape. */
export type Denoiser = (images: Float32Array) => Float32Array;

const SIDE = 28;
const SIZE = SIDE * SIDE;
/** Images that are mapped at once: 2,000 x 784 floats are 6 MB. */
const CHUNK = 2_000;

/** Median of each pixel and its eight neighbours; edges are repeated. */
export function medianFilter(images: Float32Array): Float32Array {
  return mapImages(images, (image, out) => {
    const window = new Float32Array(9);
    for (let i = 0; i < SIZE; i++) {
      let k = 0;
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) window[k++] = pixel(image, i, dy, dx);
      }
      out[i] = window.sort()[4];
    }
  });
}

/**
 * Gaussian blur of standard deviation `sigma` in pixels, cut off at four sigma;
 * edges are repeated.
 *
 * @throws {RangeError} when sigma is not positive.
 */
export function gaussianBlur(
  images: Float32Array,
  { sigma = 1 } = {},
): Float32Array {
  if (!(sigma > 0)) {
    throw new RangeError(`Cannot blur with sigma "${sigma}": not above zero`);
  }
  const radius = Math.ceil(4 * sigma);
  const bell = Array.from(
    { length: 2 * radius + 1 },
    (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  );
  const whole = bell.reduce((sum, weight) => sum + weight, 0);
  const across = new Float32Array(SIZE);
  return mapImages(images, (image, out) => {
    for (let i = 0; i < SIZE; i++) {
      across[i] = bell.reduce(
        (sum, weight, k) => sum + weight * pixel(image, i, 0, k - radius),
        0,
      ) / whole;
    }
    for (let i = 0; i < SIZE; i++) {
      out[i] = bell.reduce(
        (sum, weight, k) => sum + weight * pixel(across, i, k - radius, 0),
        0,
      ) / whole;
    }
  });
}

/**
 * Total variation denoising: the image u that makes |u - image|^2 / 2 plus
 * `weight` times the sum of its slopes |grad u| least, so that flat parts become
 * flat and edges stay sharp. By Chambolle's iteration on the dual (2004,
 * doi:10.1023/B:JMIV.0000011325.36760.1e).
 *
 * @throws {RangeError} when the weight is not positive.
 */
export function totalVariation(
  images: Float32Array,
  { weight = 0.25, iterations = 50 } = {},
): Float32Array {
  if (!(weight > 0)) {
    throw new RangeError(
      `Cannot smooth with weight "${weight}": not above zero`,
    );
  }
  const step = 0.25;
  const down = new Float32Array(SIZE), right = new Float32Array(SIZE);
  return mapImages(images, (image, out) => {
    down.fill(0);
    right.fill(0);
    for (let iteration = 0; iteration <= iterations; iteration++) {
      for (let i = 0; i < SIZE; i++) {
        const above = i < SIDE ? 0 : down[i - SIDE];
        const left = i % SIDE === 0 ? 0 : right[i - 1];
        out[i] = image[i] - down[i] + above - right[i] + left;
      }
      for (let i = 0; i < SIZE; i++) {
        const dy = i + SIDE < SIZE ? out[i + SIDE] - out[i] : 0;
        const dx = (i + 1) % SIDE ? out[i + 1] - out[i] : 0;
        const norm = 1 + step / weight * Math.sqrt(dx * dx + dy * dy);
        down[i] = (down[i] - step * dy) / norm;
        right[i] = (right[i] - step * dx) / norm;
      }
    }
  });
}

/**
 * Undoes what clipping does to averages. A grey m with noise of that factor,
 * clipped to [0, 1], averages to more than m if dark and less if bright (black
 * to 0.195 for factor 0.5); each pixel is mapped back along that curve.
 */
export function undoClipping(
  images: Float32Array,
  { factor = 0.5 } = {},
): Float32Array {
  const steps = 1_000;
  const averages = Array.from(
    { length: steps + 1 },
    (_, i) => averageAfterClipping(i / steps, factor),
  );
  return images.map((value) => {
    // The first average that is not below the value; they rise.
    let low = 0, high = steps;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (averages[middle] >= value) high = middle;
      else low = middle + 1;
    }
    return low / steps;
  });
}

/** E[clip(m + factor z)] for a normal deviate z, by the midpoint rule. */
function averageAfterClipping(m: number, factor: number): number {
  const steps = 400, reach = 5;
  let sum = 0, whole = 0;
  for (let i = 0; i < steps; i++) {
    const z = reach * (2 * (i + 0.5) / steps - 1);
    const weight = Math.exp(-z * z / 2);
    sum += weight * Math.min(1, Math.max(0, m + factor * z));
    whole += weight;
  }
  return sum / whole;
}

/**
 * Projects images onto the first principal components of the clean training
 * images [n, 784]; the mean is taken off before and put back after.
 */
export function fitPca(
  clean: Float32Array,
  { components = 64 } = {},
): Denoiser {
  const { encode, decode } = principalComponents(clean)(components);
  return (images) => decode(encode(images));
}

/**
 * The linear map 784 -> 784 (and a constant) with the least squared error from
 * noisy to clean training images [n, 784]; `ridge` is added to the variances.
 */
export function fitLinearMap(
  noisy: Float32Array,
  clean: Float32Array,
  { ridge = 1e-3 } = {},
): Denoiser {
  const input = moments(noisy, noisy), cross = moments(noisy, clean);
  const covariance = input.products.sub(outer(input.mean, input.mean))
    .add(Matrix.eye(SIZE, SIZE).mul(ridge));
  const target = cross.products.sub(outer(input.mean, cross.mean));
  const weights = new CholeskyDecomposition(covariance).solve(target);
  return linear(weights, input.mean, cross.mean);
}

/** x -> (x - before) weights + after, clipped to [0, 1]. */
function linear(
  weights: Matrix,
  before: Float64Array,
  after: Float64Array,
): Denoiser {
  const w = Float32Array.from(weights.to1DArray());
  return (images) => {
    const output = new Float32Array(images.length);
    for (let first = 0; first < images.length; first += CHUNK * SIZE) {
      const part = images.slice(first, first + CHUNK * SIZE);
      const answer = valuesOf(() =>
        tf.tensor(part, [part.length / SIZE, SIZE])
          .sub(tf.tensor1d(Float32Array.from(before)))
          .matMul(tf.tensor(w, [SIZE, SIZE]))
          .add(tf.tensor1d(Float32Array.from(after)))
          .clipByValue(0, 1)
      );
      output.set(answer, first);
    }
    return output;
  };
}

function mapImages(
  images: Float32Array,
  filter: (image: Float32Array, out: Float32Array) => void,
): Float32Array {
  if (images.length % SIZE !== 0) {
    throw new RangeError(
      `Cannot filter "${images.length}" numbers: not whole 28 x 28 images`,
    );
  }
  const output = new Float32Array(images.length);
  for (let first = 0; first < images.length; first += SIZE) {
    filter(
      images.subarray(first, first + SIZE),
      output.subarray(first, first + SIZE),
    );
  }
  return output;
}

/** The pixel that lies (dy, dx) away; beyond an edge, the edge's. */
function pixel(image: Float32Array, i: number, dy: number, dx: number) {
  const y = Math.min(SIDE - 1, Math.max(0, Math.floor(i / SIDE) + dy));
  const x = Math.min(SIDE - 1, Math.max(0, i % SIDE + dx));
  return image[y * SIDE + x];
}
