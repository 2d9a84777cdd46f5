/**
 * Scores of images, one number an image. Images are 28 x 28 and grey unless their
 * size is said, `{ height: 32, width: 48, channels: 3 }`, or known, as that of
 * pictures that were loaded is. A pixel of the output
 * that is no number makes the score of its image NaN; in a target it is refused.
 */

import {
  checkCount,
  checkPixels,
  countPictures,
  noPixel,
  readSize,
  type Size,
  textOf,
} from "../data/images.ts";
import { inWords } from "../errors/in_words.ts";

/** `size` is the numbers of one image, where they are no height, width, channels. */
type Options = Partial<Size> & { size?: number };

/** Outputs are kept so far from 0 and 1 before their logarithm, as in Keras. */
const EPSILON = 1e-7;
/** SSIM's window, and its two constants, as Wang et al. (2004) chose them. */
const WINDOW_SIDE_PX = 7;
const C1 = 0.01 ** 2;
const C2 = 0.03 ** 2;

/**
 * Mean over the pixels of (target - output)^2, one number an image.
 *
 * @throws {RangeError} when the arrays do not hold the same whole images.
 */
export function meanSquaredError(
  target: Float32Array,
  output: Float32Array,
  options: Options = {},
): Float64Array {
  const size = sizeOf("meanSquaredError", options, [target, output]);
  return squaredErrors(target, output, {
    size,
    low: -Infinity,
    high: Infinity,
  });
}

/**
 * Peak signal-to-noise ratio in dB, 10 log10(1 / MSE), one number an image;
 * infinite where the images are equal.
 *
 * @example
 * ```ts
 * mean(psnr(clean, noisy)); // 9.4 dB for noise factor 0.5
 * psnr(colours, answers, { height: 32, width: 48, channels: 3 });
 * ```
 *
 * @throws {RangeError} when the arrays do not hold the same whole images, or a
 * target's pixel is outside of [0, 1].
 */
export function psnr(
  target: Float32Array,
  output: Float32Array,
  options: Options = {},
): Float64Array {
  const size = sizeOf("psnr", options, [target, output]);
  return squaredErrors(target, output, { size, low: 0, high: 1 })
    .map((mse) => -10 * Math.log10(mse));
}

/**
 * Binary cross-entropy in nats, -t log(o) - (1 - t) log(1 - o), mean over the
 * pixels, one number an image; outputs are clipped to [1e-7, 1 - 1e-7] first.
 *
 * @throws {RangeError} when the arrays do not hold the same whole images, or a
 * target's pixel is outside of [0, 1].
 */
export function binaryCrossentropy(
  target: Float32Array,
  output: Float32Array,
  options: Options = {},
): Float64Array {
  const size = sizeOf("binaryCrossentropy", options, [target, output]);
  return perImage(target, output, size, (t, o) => {
    let sum = 0;
    for (let i = 0; i < t.length; i++) {
      const clipped = Math.min(1 - EPSILON, Math.max(EPSILON, o[i]));
      sum += -t[i] * Math.log(clipped) - (1 - t[i]) * Math.log1p(-clipped);
    }
    return sum / t.length;
  });
}

/**
 * Structural similarity (Wang et al. 2004, doi:10.1109/TIP.2003.819861), one
 * number an image, 1 where equal: the mean over all 7 x 7 windows that lie
 * inside, with unbiased (co)variances, as scikit-image computes it, and of
 * colour the mean over the channels.
 *
 * @throws {RangeError} when the arrays do not hold the same whole images, when
 * those are smaller than the window, or a target's pixel is outside of [0, 1].
 */
export function ssim(
  target: Float32Array,
  output: Float32Array,
  options: Partial<Size> = {},
): Float64Array {
  const size = readSize("ssim", options, { images: [target, output] });
  const { height, width, channels } = size;
  if (height < WINDOW_SIDE_PX || width < WINDOW_SIDE_PX) {
    throw new RangeError(
      `Cannot take the SSIM of "${textOf(size)}" images: its window is ` +
        `${WINDOW_SIDE_PX} x ${WINDOW_SIDE_PX}; use psnr`,
    );
  }
  const windows = (height - WINDOW_SIDE_PX + 1) * (width - WINDOW_SIDE_PX + 1);
  const planeOf = (image: Float32Array, channel: number) =>
    channels === 1 ? image : image.filter((_, i) => i % channels === channel);
  return perImage(target, output, size, (target, output) => {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      const t = planeOf(target, channel), o = planeOf(output, channel);
      for (let y = 0; y <= height - WINDOW_SIDE_PX; y++) {
        for (let x = 0; x <= width - WINDOW_SIDE_PX; x++) {
          sum += windowSsim(t, o, { first: y * width + x, width });
        }
      }
    }
    return sum / (windows * channels);
  });
}

function windowSsim(
  t: Float32Array,
  o: Float32Array,
  { first, width }: { first: number; width: number },
): number {
  let sumT = 0, sumO = 0, sumTT = 0, sumOO = 0, sumTO = 0;
  for (let row = 0; row < WINDOW_SIDE_PX; row++) {
    const start = first + row * width;
    for (let i = start; i < start + WINDOW_SIDE_PX; i++) {
      sumT += t[i];
      sumO += o[i];
      sumTT += t[i] * t[i];
      sumOO += o[i] * o[i];
      sumTO += t[i] * o[i];
    }
  }
  const n = WINDOW_SIDE_PX * WINDOW_SIDE_PX;
  const meanT = sumT / n, meanO = sumO / n;
  const varT = (sumTT - n * meanT * meanT) / (n - 1);
  const varO = (sumOO - n * meanO * meanO) / (n - 1);
  const covariance = (sumTO - n * meanT * meanO) / (n - 1);
  return (2 * meanT * meanO + C1) * (2 * covariance + C2) /
    ((meanT ** 2 + meanO ** 2 + C1) * (varT + varO + C2));
}

/**
 * Arithmetic mean; NaN where one of the numbers is.
 *
 * @throws {RangeError} when there are none.
 * @throws {TypeError} when one is no number, such as a missing value.
 */
export function mean(values: ArrayLike<number>): number {
  if (!(values?.length > 0) || typeof values === "string") {
    const state = values?.length === 0 ? "it is empty" : "it is no list";
    throw new RangeError(
      `Cannot take the mean of "${inWords(values)}": ${state}`,
    );
  }
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value !== "number") {
      throw new TypeError(
        `Cannot take the mean of "${inWords(value)}" (number ${i}): it is no ` +
          `number`,
      );
    }
    sum += value;
  }
  return sum / values.length;
}

/** Whole rows of numbers are as images of height 1. */
function sizeOf(
  of: string,
  options: Options,
  images: Float32Array[],
): Size {
  const read = readSize(of, options, { images, others: ["size"] });
  const { size, ...rest } = options;
  if (size === undefined) return read;
  if (Object.keys(rest).length > 0) {
    throw new TypeError(
      `Cannot use "size" beside height, width and channels: give one or the ` +
        `others`,
    );
  }
  checkCount("size", size);
  return { height: 1, width: size, channels: 1 };
}

function squaredErrors(
  target: Float32Array,
  output: Float32Array,
  { size, low, high }: { size: Size; low: number; high: number },
): Float64Array {
  const scores = new Float64Array(countPairs(target, output, size));
  const length = target.length / scores.length;
  for (let image = 0; image < scores.length; image++) {
    let sum = 0;
    for (let i = image * length; i < (image + 1) * length; i++) {
      // Here, since a loop of its own would take twice as long as this one.
      if (!(target[i] >= low && target[i] <= high)) {
        throw noPixel("score against", target, i);
      }
      sum += (target[i] - output[i]) ** 2;
    }
    scores[image] = sum / length;
  }
  return scores;
}

function perImage(
  target: Float32Array,
  output: Float32Array,
  size: Size,
  score: (target: Float32Array, output: Float32Array) => number,
): Float64Array {
  const scores = new Float64Array(countPairs(target, output, size));
  const length = target.length / scores.length;
  checkPixels("score against", target, { low: 0, high: 1 });
  for (let image = 0; image < scores.length; image++) {
    const first = image * length, end = first + length;
    scores[image] = score(
      target.subarray(first, end),
      output.subarray(first, end),
    );
  }
  return scores;
}

function countPairs(
  target: Float32Array,
  output: Float32Array,
  size: Size,
): number {
  const count = countPictures("score against", target, size);
  countPictures("score", output, size);
  if (target.length !== output.length) {
    throw new RangeError(
      `Cannot score "${output.length}" numbers against ${target.length}: ` +
        `both must hold the same images`,
    );
  }
  return count;
}
