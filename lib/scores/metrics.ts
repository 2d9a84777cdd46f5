/**
 * Scores of images, one number for each image. Images are 28 x 28 and grey, unless
 * another size is given, such as `{ height: 32, width: 48, channels: 3 }`, or known,
 * as it is for loaded pictures. An output pixel that is NaN makes the score of its
 * image NaN; a target pixel that is NaN causes an error.
 */

import {
  checkPixels,
  countPictures,
  noPixel,
  readSize,
  type Size,
  textOf,
} from "../data/images.ts";
import { inWords } from "../errors/in_words.ts";

/** Outputs stay this far from 0 and 1, so that logarithms are finite, as in Keras. */
const EPSILON = 1e-7;
/** SSIM's window, as scikit-image has it, and the constants of Wang et al. (2004). */
const WINDOW_SIDE_PX = 7;
const C1 = 0.01 ** 2;
const C2 = 0.03 ** 2;

/**
 * Mean of (target - output)^2 over the pixels, one number for each image.
 *
 * @throws {RangeError} when the arrays do not hold the same whole images.
 */
export function meanSquaredError(
  target: Float32Array,
  output: Float32Array,
  options: Partial<Size> = {},
): Float64Array {
  const size = readSize("meanSquaredError", options, {
    images: [target, output],
  });
  return squaredErrors(target, output, {
    size,
    low: -Infinity,
    high: Infinity,
  });
}

/**
 * Peak signal-to-noise ratio in dB, 10 log10(1 / MSE), one number for each image. It
 * is infinite when target and output are equal.
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
  options: Partial<Size> = {},
): Float64Array {
  const size = readSize("psnr", options, { images: [target, output] });
  return squaredErrors(target, output, { size, low: 0, high: 1 })
    .map((mse) => -10 * Math.log10(mse));
}

/**
 * Binary cross-entropy in nats, the mean of -t log(o) - (1 - t) log(1 - o) over the
 * pixels, one number for each image. Outputs o are clipped to [1e-7, 1 - 1e-7].
 *
 * @throws {RangeError} when the arrays do not hold the same whole images, or a
 * target's pixel is outside of [0, 1].
 */
export function binaryCrossentropy(
  target: Float32Array,
  output: Float32Array,
  options: Partial<Size> = {},
): Float64Array {
  const size = readSize("binaryCrossentropy", options, {
    images: [target, output],
  });
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
 * Structural similarity (Wang et al. 2004, doi:10.1109/TIP.2003.819861), one number
 * for each image, 1 for equal images. As in scikit-image, it is the mean over all 7 x
 * 7 windows inside the image, with unbiased (co)variances; for colour images it is
 * also the mean over the channels.
 *
 * @throws {RangeError} when the arrays do not hold the same whole images, the images
 * are smaller than the window, or a target's pixel is outside of [0, 1].
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
 * Arithmetic mean of a list of numbers. It is NaN if one of them is NaN.
 *
 * @throws {RangeError} when the list is empty or is not a list.
 * @throws {TypeError} when a value is not a number, for example a missing value.
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
      // Checked in this loop because a second one would take twice as long as this.
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
