/** What a training is given, checked before its first step. */

import * as tf from "@tensorflow/tfjs";
import { countPictures, readSize, type Size } from "./images.ts";
import { mean, psnr } from "./metrics.ts";

/** Noise may leave [0, 1], but not by so much; bytes do. */
const MOST = 10;

/** Shape of one input or one target of a model. */
export function shapeOf(tensor: tf.SymbolicTensor): number[] {
  return (tensor.shape as number[]).slice(1);
}

/**
 * How many images of the model's input an array holds.
 *
 * @throws {RangeError} when it holds no whole number of them.
 * @throws {TypeError} when it is no Float32Array.
 */
export function countImages(
  model: tf.LayersModel,
  images: Float32Array,
): number {
  checkArray("images", images);
  const shape = shapeOf(model.inputs[0]);
  const count = images.length / tf.util.sizeFromShape(shape);
  if (!Number.isInteger(count) || count === 0) {
    throw new RangeError(
      `Cannot use "${images.length}" numbers as images: the model takes ` +
        `images of ${shape.join(" x ")}`,
    );
  }
  return count;
}

/**
 * How many pairs two arrays hold.
 *
 * @throws {RangeError} when lengths do not fit, or values cannot be right.
 * @throws {TypeError} when one is no Float32Array.
 */
export function countPairs(
  model: tf.LayersModel,
  inputs: Float32Array,
  targets: Float32Array,
): number {
  const count = countImages(model, inputs);
  checkArray("clean images", targets);
  const size = tf.util.sizeFromShape(shapeOf(model.outputs[0]));
  if (targets.length !== count * size) {
    throw new RangeError(
      `Cannot pair "${count}" images with ${targets.length / size} targets: ` +
        `each noisy image needs its own clean one`,
    );
  }
  checkValues("input", inputs, [-MOST, MOST]);
  checkValues("target", targets, [0, 1]);
  return count;
}

/** Cells of a notebook are run with their types unchecked. */
function checkArray(what: string, values: unknown) {
  if (values instanceof Float32Array) return;
  const kind = Object.prototype.toString.call(values).slice(8, -1);
  throw new TypeError(
    `Cannot use "${kind}" as ${what}: they are a Float32Array of numbers ` +
      `from 0 to 1 (bytes, divided by 255)`,
  );
}

function checkValues(
  what: string,
  values: Float32Array,
  [low, high]: [number, number],
) {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value >= low && value <= high) continue;
    throw new RangeError(
      `Cannot train with ${what} "${value}" (number ${i}): ` +
        (Number.isFinite(value)
          ? `pixels range from 0 to 1; divide bytes by 255`
          : `it is no finite number`),
    );
  }
}

/**
 * Checks that a denoiser is about to learn the right thing: its targets are the
 * clean images, and its inputs are as noisy as they should be.
 *
 * @example
 * ```ts
 * checkPair(noisy, clean, { clean, psnr: 9.4 }); // noise factor 0.5
 * ```
 *
 * @throws {RangeError} that says which of the two is wrong.
 * @throws {TypeError} when one is no Float32Array, or no PSNR is given.
 */
export function checkPair(
  input: Float32Array,
  target: Float32Array,
  options: Partial<Size> & {
    clean: Float32Array;
    /** Mean PSNR in dB of input against target, and how far off it may be. */
    psnr: number;
    within?: number;
  },
) {
  const size = readSize("checkPair", options, ["clean", "psnr", "within"]);
  const { clean, psnr: expected, within = 0.2 } = options;
  for (const [name, value] of Object.entries({ psnr: expected, within })) {
    if (!Number.isFinite(value)) {
      throw new TypeError(
        `Cannot check this "pair": ${name} is ${value}; give decibels, such as ` +
          `{ clean, psnr: 9.4 }`,
      );
    }
  }
  const count = countPictures("check the clean images", clean, size);
  const targets = countPictures("check the target", target, size);
  if (targets !== count) {
    throw new RangeError(
      `Cannot train on this "pair": there are ${targets} targets, and ${count} ` +
        `clean images`,
    );
  }
  const differs = target.findIndex((value, i) => value !== clean[i]);
  if (differs >= 0) {
    const isSwapped = input instanceof Float32Array &&
      input.length === clean.length && input.every((v, i) => v === clean[i]);
    throw new RangeError(
      'Cannot train on this "pair": the target is not the clean images; ' +
        (isSwapped
          ? "it is swapped with the input"
          : `number ${differs} is ${target[differs]}, not ${clean[differs]}`),
    );
  }
  const actual = mean(psnr(target, input, size));
  if (!(Math.abs(actual - expected) <= within)) {
    throw new RangeError(
      `Cannot train on this "pair": the input's PSNR is ` +
        `${actual.toFixed(1)} dB, not ${expected}; is its noise right?`,
    );
  }
}
