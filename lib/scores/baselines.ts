/** Denoisers without a neural network, which a network must beat to be worthwhile. */

import * as tf from "@tensorflow/tfjs";
import { CholeskyDecomposition, Matrix } from "ml-matrix";
import {
  checkCount,
  checkFloats,
  checkPixels,
  countPictures,
  readSize,
  type Size,
  withSize,
} from "../data/images.ts";
import { inWords } from "../errors/in_words.ts";
import { meanProducts, outerProduct } from "./mean_products.ts";
import { checkOptions } from "../errors/options.ts";
import { checkComponents, principalComponents } from "./pca.ts";
import { computeValues } from "./on_processor.ts";

/**
 * Turns flat images into denoised ones of the same size: 28 x 28 and grey, unless
 * another size was given, such as `{ height: 32, width: 48, channels: 3 }`.
 */
export type Denoiser = (images: Float32Array) => Float32Array;

/** Number of images mapped at a time: 2,000 x 784 floats are 6 MB. */
const IMAGES_PER_CHUNK = 2_000;
/** Averages lie in [0, 1], apart from rounding and unfinished iterations. */
const AVERAGES = { low: -0.1, high: 1.1 };

/**
 * Replaces each pixel by the median of itself and its eight neighbours, separately
 * for each channel. Pixels beyond an edge repeat the edge.
 *
 * @throws {RangeError} when the array does not hold whole images of valid pixels.
 * @throws {TypeError} when the images are not a Float32Array.
 */
export function medianFilter(
  images: Float32Array,
  options: Partial<Size> = {},
): Float32Array {
  const size = readSize("medianFilter", options, { images: [images] });
  const window = new Float32Array(9);
  return mapPlanes(images, size, (image, out) => {
    for (let i = 0; i < out.length; i++) {
      let k = 0;
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          window[k++] = pixel(image, size, i, dy, dx);
        }
      }
      out[i] = window.sort()[4];
    }
  });
}

/** A blur with a smaller sigma, in pixels, would not change any number. */
const NARROWEST = 0.01;

/**
 * Blurs each channel with a Gaussian of standard deviation `sigma` in pixels, cut
 * off at four sigma. Pixels beyond an edge repeat the edge.
 *
 * @throws {RangeError} when sigma is below 0.01 or wider than the images, or
 * when the array does not hold whole images of valid pixels.
 * @throws {TypeError} when the images are not a Float32Array.
 */
export function gaussianBlur(
  images: Float32Array,
  options: Partial<Size> & { sigma?: number } = {},
): Float32Array {
  const size = readSize("gaussianBlur", options, {
    images: [images],
    others: ["sigma"],
  });
  const { sigma = 1 } = options;
  const widest = Math.max(size.height, size.width);
  if (!(sigma >= NARROWEST && sigma <= widest) || typeof sigma !== "number") {
    throw new RangeError(
      `Cannot blur with sigma "${
        inWords(sigma)
      }": it must be a number from ${NARROWEST} to ${widest}, the longer ` +
        `side of the images`,
    );
  }
  const radius = Math.ceil(4 * sigma);
  const kernel = Array.from(
    { length: 2 * radius + 1 },
    (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  );
  const whole = kernel.reduce((sum, weight) => sum + weight, 0);
  const across = new Float32Array(size.height * size.width);
  return mapPlanes(images, size, (image, out) => {
    for (let i = 0; i < across.length; i++) {
      let sum = 0;
      for (let k = 0; k < kernel.length; k++) {
        sum += kernel[k] * pixel(image, size, i, 0, k - radius);
      }
      across[i] = sum / whole;
    }
    for (let i = 0; i < across.length; i++) {
      let sum = 0;
      for (let k = 0; k < kernel.length; k++) {
        sum += kernel[k] * pixel(across, size, i, k - radius, 0);
      }
      out[i] = sum / whole;
    }
  });
}

/** A smaller weight changes no pixel, and one near zero makes the results NaN. */
const LIGHTEST = 1e-9;

/**
 * Total variation denoising, separately for each channel. It finds the image u that
 * minimises |u - image|^2 / 2 plus `weight` times the sum of its slopes |grad u|:
 * nearly flat areas become flat, and edges stay sharp. It uses Chambolle's iteration
 * on the dual problem (2004, doi:10.1023/B:JMIV.0000011325.36760.1e).
 *
 * @throws {RangeError} when the weight is below 1e-9, iterations are not a whole
 * number from 1 up, or when the array does not hold whole images of valid pixels.
 * @throws {TypeError} when the images are not a Float32Array.
 */
export function totalVariation(
  images: Float32Array,
  options: Partial<Size> & { weight?: number; iterations?: number } = {},
): Float32Array {
  const size = readSize("totalVariation", options, {
    images: [images],
    others: ["weight", "iterations"],
  });
  const { weight = 0.25, iterations = 50 } = options;
  if (!(Number.isFinite(weight) && weight >= LIGHTEST)) {
    throw new RangeError(
      `Cannot smooth with weight "${
        inWords(weight)
      }": it must be a number from ${LIGHTEST} up`,
    );
  }
  checkCount("iterations", iterations);
  const step = 0.25;
  const { width } = size;
  const length = size.height * width;
  const down = new Float32Array(length), right = new Float32Array(length);
  return mapPlanes(images, size, (image, out) => {
    down.fill(0);
    right.fill(0);
    for (let iteration = 0; iteration <= iterations; iteration++) {
      for (let i = 0; i < length; i++) {
        const above = i < width ? 0 : down[i - width];
        const left = i % width === 0 ? 0 : right[i - 1];
        out[i] = image[i] - down[i] + above - right[i] + left;
      }
      for (let i = 0; i < length; i++) {
        const dy = i + width < length ? out[i + width] - out[i] : 0;
        const dx = (i + 1) % width ? out[i + 1] - out[i] : 0;
        const norm = 1 + step / weight * Math.sqrt(dx * dx + dy * dy);
        down[i] = (down[i] - step * dy) / norm;
        right[i] = (right[i] - step * dx) / norm;
      }
    }
  });
}

/**
 * Undoes what clipping does to averages. If noise of this factor is added to a grey
 * m and clipped to [0, 1], the average is above m if m is dark and below it if m is
 * bright (black becomes 0.195 for factor 0.5). Each pixel is mapped back along this
 * curve, in steps of 0.001.
 *
 * @throws {RangeError} when the factor is not above 0 and at most 10, or a pixel
 * cannot be an average of clipped ones.
 * @throws {TypeError} when the images are not a Float32Array.
 */
export function undoClipping(
  images: Float32Array,
  options: { factor?: number } = {},
): Float32Array {
  checkOptions("undoClipping", options, ["factor"]);
  const { factor = 0.5 } = options;
  // For stronger noise the sum in averageAfterClipping is not exact enough.
  if (!(factor > 0 && factor <= 10)) {
    throw new RangeError(
      `Cannot undo the clipping of noise of factor "${
        inWords(factor)
      }": it must be a number above 0, and 10 at most`,
    );
  }
  checkFloats("undo the clipping of", images);
  checkPixels("undo the clipping of", images, AVERAGES);
  const steps = 1_000;
  const averages = Array.from(
    { length: steps + 1 },
    (_, i) => averageAfterClipping(i / steps, factor),
  );
  return images.map((value) => {
    // Binary search for the first average that is not below the value.
    let low = 0, high = steps;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (averages[middle] >= value) high = middle;
      else low = middle + 1;
    }
    return low / steps;
  });
}

/** E[clip(m + factor z)] for a standard normal z, by the midpoint rule. */
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
 * Makes a denoiser that projects images onto the first principal components of the
 * clean training images [n, 784], or of another size if it is given. The mean is
 * subtracted before the projection and added after it.
 *
 * @throws {RangeError} when the array does not hold whole images of valid pixels, or
 * not more images than components.
 * @throws {TypeError} when the images are not a Float32Array.
 */
export function fitPca(
  clean: Float32Array,
  options: Partial<Size> & { components?: number } = {},
): Denoiser {
  const size = readSize("fitPca", options, {
    images: [clean],
    others: ["components"],
  });
  const { components = 64 } = options;
  const images = countPictures("fit to", clean, size);
  checkComponents(components, { images, pixels: clean.length / images });
  const { encode, decode } = principalComponents(clean, size)(components);
  return (images) => decode(encode(images));
}

/**
 * Makes a denoiser that is the linear map 784 -> 784 (plus a constant) with the least
 * squared error from noisy to clean training images [n, 784], or of another size if
 * it is given. `ridge` is added to the variances of the noisy pixels.
 *
 * @throws {RangeError} when the arrays do not hold pairs of whole images of valid
 * pixels, or the images vary too little for this ridge.
 * @throws {TypeError} when the images are not a Float32Array.
 */
export function fitLinearMap(
  noisy: Float32Array,
  clean: Float32Array,
  options: Partial<Size> & { ridge?: number } = {},
): Denoiser {
  const size = readSize("fitLinearMap", options, {
    images: [noisy, clean],
    others: ["ridge"],
  });
  const { ridge = 1e-3 } = options;
  if (!(Number.isFinite(ridge) && ridge >= 0)) {
    throw new RangeError(
      `Cannot fit with ridge "${
        inWords(ridge)
      }": it must be a number from 0 up`,
    );
  }
  const count = countPictures("fit to", noisy, size);
  if (countPictures("fit to", clean, size) !== count) {
    throw new RangeError(
      `Cannot fit "${count}" noisy images to ` +
        `${clean.length / noisy.length * count} clean ones: they must be pairs`,
    );
  }
  checkPixels("fit to", noisy);
  checkPixels("fit to", clean, { low: 0, high: 1 });
  const length = noisy.length / count;
  const input = meanProducts(noisy, noisy, { size: length });
  const cross = meanProducts(noisy, clean, { size: length });
  const covariance = input.products.sub(outerProduct(input.mean, input.mean))
    .add(Matrix.eye(length, length).mul(ridge));
  const target = cross.products.sub(outerProduct(input.mean, cross.mean));
  const cholesky = new CholeskyDecomposition(covariance);
  if (!cholesky.isPositiveDefinite()) {
    throw new RangeError(
      `Cannot fit with ridge "${ridge}": these images vary too little for it; ` +
        `take a larger one`,
    );
  }
  const weights = cholesky.solve(target);
  return linear(weights, { before: input.mean, after: cross.mean, size });
}

/** x -> (x - before) weights + after, clipped to [0, 1]. */
function linear(
  weights: Matrix,
  { before, after, size }: {
    before: Float64Array;
    after: Float64Array;
    size: Size;
  },
): Denoiser {
  const w = Float32Array.from(weights.to1DArray());
  const length = before.length;
  return (images) => {
    countPictures("map", images, size);
    checkPixels("map", images);
    const output = new Float32Array(images.length);
    for (
      let first = 0;
      first < images.length;
      first += IMAGES_PER_CHUNK * length
    ) {
      const part = images.slice(first, first + IMAGES_PER_CHUNK * length);
      const answer = computeValues(() =>
        tf.tensor(part, [part.length / length, length])
          .sub(tf.tensor1d(Float32Array.from(before)))
          .matMul(tf.tensor(w, [length, length]))
          .add(tf.tensor1d(Float32Array.from(after)))
          .clipByValue(0, 1)
      );
      output.set(answer, first);
    }
    return withSize(output, size);
  };
}

/** Applies a filter separately to each channel of each image. */
function mapPlanes(
  images: Float32Array,
  size: Size,
  filter: (image: Float32Array, out: Float32Array) => void,
): Float32Array {
  countPictures("filter", images, size);
  checkPixels("filter", images);
  const { height, width, channels } = size;
  const image = new Float32Array(height * width);
  const out = new Float32Array(height * width);
  const output = new Float32Array(images.length);
  for (let first = 0; first < images.length; first += image.length * channels) {
    for (let channel = first; channel < first + channels; channel++) {
      for (let i = 0; i < image.length; i++) {
        image[i] = images[channel + i * channels];
      }
      filter(image, out);
      for (let i = 0; i < out.length; i++) {
        output[channel + i * channels] = out[i];
      }
    }
  }
  return withSize(output, size);
}

/** The pixel at a distance of (dy, dx); beyond an edge, the nearest pixel inside. */
function pixel(
  image: Float32Array,
  { height, width }: Size,
  i: number,
  dy: number,
  dx: number,
) {
  const y = Math.min(height - 1, Math.max(0, Math.floor(i / width) + dy));
  const x = Math.min(width - 1, Math.max(0, i % width + dx));
  return image[y * width + x];
}
