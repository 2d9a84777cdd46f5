/**
 * Images in the form that all functions use: one flat array, image after image, row
 * by row, with the channels of a pixel side by side. Notebook cells run without a
 * check of their types, so each function checks its arguments before it computes.
 */

import { inWords } from "../errors/in_words.ts";
import { checkOptions } from "../errors/options.ts";

/** Size of one image in pixels, and its channels: 1 for grey, or 3 for RGB. */
export interface Size {
  height: number;
  width: number;
  channels: number;
}

const DIGIT: Size = { height: 28, width: 28, channels: 1 };

/** Noisy pixels may leave [0, 1] but stay below this; bytes from 0 to 255 do not. */
export const MAX_VALUE = 10;

/** A class of Float32Array that knows the size of its images. */
interface ImagesOfSize {
  readonly size: Size;
  new (
    buffer: ArrayBufferLike,
    byteOffset: number,
    length: number,
  ): Float32Array<ArrayBuffer>;
}

/** One class for each size of loaded images, by a text such as "28 x 28". */
const classes = new Map<string, ImagesOfSize>();

/**
 * An array of the same numbers (not copied) that also knows the size of its images.
 * `slice`, `subarray` and `map` make an array of the same class, so their results
 * know the size too. `Float32Array.from` makes an array that does not.
 */
export function withSize(
  { buffer, byteOffset, length }: Float32Array,
  size: Size,
): Float32Array<ArrayBuffer> {
  const name = textOf(size);
  const Images = classes.get(name) ?? class Images extends Float32Array {
    static readonly size = size;
    // A selection of the numbers, such as one channel, has images of another size.
    override filter(
      isKept: (value: number, i: number, array: this) => unknown,
    ): Float32Array<ArrayBuffer> {
      return Float32Array.from(this).filter((value, i) =>
        isKept(value, i, this)
      );
    }
  } as ImagesOfSize;
  classes.set(name, Images);
  return new Images(buffer, byteOffset, length);
}

/** The size of these images, or undefined if it is not known. */
export function knownSize(images: unknown): Size | undefined {
  if (!(images instanceof Float32Array)) return undefined;
  return (images.constructor as Partial<ImagesOfSize>).size;
}

/**
 * Reads the size of images from a function's options. What the options leave out
 * comes from the first of `images` with a known size, or else from the digits, 28 x
 * 28 and grey. `of` is the function's name, `others` are its other options.
 *
 * @throws {TypeError} for an unknown option.
 * @throws {RangeError} when a size is not a whole number above zero, or differs from
 * the known size of the images.
 */
export function readSize(
  of: string,
  options: Partial<Size>,
  { images = [], others = [] }: {
    images?: readonly unknown[];
    others?: readonly string[];
  } = {},
): Size {
  const names = Object.keys(DIGIT) as (keyof Size)[];
  checkOptions(of, options, [...others, ...names]);
  const found = images.map(knownSize).filter((size) => size !== undefined);
  const usual = found[0] ?? DIGIT;
  const {
    height = usual.height,
    width = usual.width,
    channels = usual.channels,
  } = options;
  const size = { height, width, channels };
  for (const [name, value] of Object.entries(size)) checkCount(name, value);
  const wanted = textOf(size);
  const other = found.map(textOf).find((known) => known !== wanted);
  if (other) {
    throw new RangeError(
      `Cannot use ${of} on images of "${wanted}": some are known to be of ` +
        `${other}; leave the size out, or copy the numbers with ` +
        `Float32Array.from(images)`,
    );
  }
  return size;
}

/** @throws {RangeError} when `value` is not a whole number from 1 to `most`. */
export function checkCount(name: string, value: unknown, most = Infinity) {
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most) {
    return;
  }
  const range = most === Infinity ? "from 1 up" : `from 1 to ${most}`;
  throw new RangeError(
    `Cannot take "${
      inWords(value)
    }" as ${name}: it must be a whole number ${range}`,
  );
}

/**
 * Counts the images of this size in an array; `action` is a verb for error messages.
 *
 * @throws {TypeError} when `images` is not a Float32Array.
 * @throws {RangeError} when it is empty or does not hold whole images.
 */
export function countPictures(
  action: string,
  images: unknown,
  size: Size,
): number {
  checkFloats(action, images);
  const count = images.length / (size.height * size.width * size.channels);
  if (!Number.isInteger(count) || count === 0) {
    throw new RangeError(
      `Cannot ${action} "${images.length}" numbers: they are no whole images ` +
        `of ${textOf(size)}; say their size, such as ` +
        `{ height: 32, width: 48, channels: 3 }`,
    );
  }
  return count;
}

/** "28 x 28", or "32 x 48 x 3". */
export function textOf({ height, width, channels }: Size): string {
  return [height, width, ...(channels === 1 ? [] : [channels])].join(" x ");
}

/** @throws {TypeError} when `values` is not a Float32Array; it says how to get one. */
export function checkFloats(
  action: string,
  values: unknown,
): asserts values is Float32Array {
  if (values instanceof Float32Array) return;
  throw new TypeError(
    `Cannot ${action} "${inWords(values)}": ${wayOutOf(values)}`,
  );
}

/** Advice on how to make a Float32Array from another value. */
export function wayOutOf(values: unknown): string {
  const areBytes = values instanceof Uint8Array ||
    values instanceof Uint8ClampedArray;
  // Bytes that are all 0 or 1 are not pixels but answers to a yes-or-no question.
  if (areBytes && !(values.includes(1) && values.every((x) => x < 2))) {
    return "bytes are no pixels from 0 to 1; divide them by 255: " +
      "Float32Array.from(bytes, (byte) => byte / 255)";
  }
  if (Array.isArray(values) || ArrayBuffer.isView(values)) {
    return "it must be a Float32Array; use Float32Array.from(…)";
  }
  const { images, dataSync, then } = (values ?? {}) as Record<string, unknown>;
  if (images) return "it must be a Float32Array; give its `images`";
  if (dataSync) return "it must be a Float32Array; use `await tensor.data()`";
  if (then) return "it must be a Float32Array; put `await` before the promise";
  return "it must be a Float32Array";
}

/**
 * @throws {RangeError} when a value is NaN or outside of [low, high], which is
 * [-10, 10] unless these are given.
 */
export function checkPixels(
  action: string,
  values: Float32Array,
  { low = -MAX_VALUE, high = MAX_VALUE } = {},
) {
  for (let i = 0; i < values.length; i++) {
    if (!(values[i] >= low && values[i] <= high)) {
      throw noPixel(action, values, i);
    }
  }
}

/** The error for value `i`, which is not a pixel, with a likely reason. */
export function noPixel(
  action: string,
  values: Float32Array,
  i: number,
): RangeError {
  const start = `Cannot ${action} "${values[i]}" (number ${i})`;
  if (!Number.isFinite(values[i])) {
    return new RangeError(`${start}: it is no finite number`);
  }
  const isByte = (value: number) =>
    Number.isInteger(value) && value >= 0 && value <= 255;
  if (values.every(isByte)) {
    return new RangeError(
      `${start}: pixels range from 0 to 1, and these are whole numbers to ` +
        `255, as bytes are; divide them by 255`,
    );
  }
  const low = values.reduce((least, value) => Math.min(least, value));
  const high = values.reduce((most, value) => Math.max(most, value));
  return new RangeError(
    `${start}: pixels range from 0 to 1, and these from ${low} to ${high}; ` +
      `scale or clip them`,
  );
}
