/** Scores of images, one number an image; `size` is the pixels of one. */

interface Size {
  size?: number;
}

/** Outputs are kept so far from 0 and 1 before their logarithm, as in Keras. */
const EPSILON = 1e-7;
/** SSIM's window, and its two constants, as Wang et al. (2004) chose them. */
const WINDOW = 7;
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
  { size = 784 }: Size = {},
): Float64Array {
  return perImage(target, output, size, (t, o) => (t - o) ** 2);
}

/**
 * Peak signal-to-noise ratio in dB, 10 log10(1 / MSE), one number an image;
 * infinite where the images are equal. Pixels range from 0 to 1.
 *
 * @example
 * ```ts
 * mean(psnr(clean, noisy)); // 9.4 dB for noise factor 0.5
 * ```
 *
 * @throws {RangeError} when the arrays do not hold the same whole images.
 */
export function psnr(
  target: Float32Array,
  output: Float32Array,
  { size = 784 }: Size = {},
): Float64Array {
  return meanSquaredError(target, output, { size })
    .map((mse) => -10 * Math.log10(mse));
}

/**
 * Binary cross-entropy in nats, -t log(o) - (1 - t) log(1 - o), mean over the
 * pixels, one number an image; outputs are clipped to [1e-7, 1 - 1e-7] first.
 *
 * @throws {RangeError} when the arrays do not hold the same whole images.
 */
export function binaryCrossentropy(
  target: Float32Array,
  output: Float32Array,
  { size = 784 }: Size = {},
): Float64Array {
  return perImage(target, output, size, (t, o) => {
    const clipped = Math.min(1 - EPSILON, Math.max(EPSILON, o));
    return -t * Math.log(clipped) - (1 - t) * Math.log1p(-clipped);
  });
}

/**
 * Structural similarity (Wang et al. 2004, doi:10.1109/TIP.2003.819861), one
 * number an image, 1 where equal: the mean over all 7 x 7 windows that lie
 * inside, with unbiased (co)variances, as scikit-image computes it.
 *
 * @throws {RangeError} when the arrays do not hold the same whole images.
 */
export function ssim(
  target: Float32Array,
  output: Float32Array,
  { height = 28, width = 28 } = {},
): Float64Array {
  const size = height * width;
  return Float64Array.from(
    { length: countImages(target, output, size) },
    (_, image) => {
      const t = target.subarray(image * size, (image + 1) * size);
      const o = output.subarray(image * size, (image + 1) * size);
      let sum = 0;
      for (let y = 0; y <= height - WINDOW; y++) {
        for (let x = 0; x <= width - WINDOW; x++) {
          sum += windowSsim(t, o, { first: y * width + x, width });
        }
      }
      return sum / ((height - WINDOW + 1) * (width - WINDOW + 1));
    },
  );
}

function windowSsim(
  t: Float32Array,
  o: Float32Array,
  { first, width }: { first: number; width: number },
): number {
  let sumT = 0, sumO = 0, sumTT = 0, sumOO = 0, sumTO = 0;
  for (let row = 0; row < WINDOW; row++) {
    const start = first + row * width;
    for (let i = start; i < start + WINDOW; i++) {
      sumT += t[i];
      sumO += o[i];
      sumTT += t[i] * t[i];
      sumOO += o[i] * o[i];
      sumTO += t[i] * o[i];
    }
  }
  const n = WINDOW * WINDOW;
  const meanT = sumT / n, meanO = sumO / n;
  const varT = (sumTT - n * meanT * meanT) / (n - 1);
  const varO = (sumOO - n * meanO * meanO) / (n - 1);
  const covariance = (sumTO - n * meanT * meanO) / (n - 1);
  return (2 * meanT * meanO + C1) * (2 * covariance + C2) /
    ((meanT ** 2 + meanO ** 2 + C1) * (varT + varO + C2));
}

/** Arithmetic mean. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

function perImage(
  target: Float32Array,
  output: Float32Array,
  size: number,
  score: (target: number, output: number) => number,
): Float64Array {
  return Float64Array.from(
    { length: countImages(target, output, size) },
    (_, image) => {
      let sum = 0;
      for (let i = image * size; i < (image + 1) * size; i++) {
        sum += score(target[i], output[i]);
      }
      return sum / size;
    },
  );
}

function countImages(
  target: Float32Array,
  output: Float32Array,
  size: number,
): number {
  if (target.length !== output.length || target.length % size !== 0) {
    throw new RangeError(
      `Cannot score "${output.length}" numbers against ${target.length}: ` +
        `both must hold the same images of ${size} pixels`,
    );
  }
  return target.length / size;
}
