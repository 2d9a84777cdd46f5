/**
 * Images as all functions take them: flat, one after the other, row by row, the
 * channels of a pixel side by side. Cells run with their types unchecked, so each
 * function looks at what it is given before it computes.
 */

import { inWords } from "../errors/in_words.ts";
import { checkOptions } from "../errors/options.ts";

/** Pixels and channels of one image: 1 channel of grey, or 3 of red, green, blue. */
export interface Size {
  height: number;
  width: number;
  channels: number;
}

const DIGIT: Size = { height: 28, width: 28, channels: 1 };

/** Noise may leave [0, 1], but not by so much; bytes do. */
export const MAX_VALUE = 10;

/** Makes a Float32Array whose images all have one size. */
interface ImagesOfSize {
  readonly size: Size;
  new (
    buffer: ArrayBufferLike,
    byteOffset: number,
    length: number,
  ): Float32Array<ArrayBuffer>;
}

/** One class for each size that images were loaded in, by its words. */
const classes = new Map<string, ImagesOfSize>();

/**
 * The same numbers, and the size of their images with them: `slice`, `subarray`
 * and `map` make an array of the same class, so that a part of them, or what is
 * made of them, has the size too. `Float32Array.from` makes one without.
 */
export function withSize(
  { buffer, byteOffset, length }: Float32Array,
  size: Size,
): Float32Array<ArrayBuffer> {
  const name = textOf(size);
  const Images = classes.get(name) ?? class Images extends Float32Array {
    static readonly size = size;
    // A choice among the numbers, such as one channel, are images of another size.
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

/** The size that these images are known to have, if they are. */
export function knownSize(images: unknown): Size | undefined {
  if (!(images instanceof Float32Array)) return undefined;
  return (images.constructor as Partial<ImagesOfSize>).size;
}

/**
 * The size in a function's options; what is not said is taken from the first of
 * `images` whose size is known, or else from digits, 28 x 28 and grey. `of` is the
 * function, `others` are the options that it has besides.
 *
 * @throws {TypeError} for an option that is not known.
 * @throws {RangeError} for a size that is no whole number above zero, or not the
 * one that the images are known to have.
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

/** @throws {RangeError} when it is no whole number from 1 to `most`. */
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
 * How many images of a size an array holds. `action` is what is to be done.
 *
 * @throws {TypeError} when it is no Float32Array.
 * @throws {RangeError} when it holds no whole images.
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

/** @throws {TypeError} when it is no Float32Array, that says what it is. */
export function checkFloats(
  action: string,
  values: unknown,
): asserts values is Float32Array {
  if (values instanceof Float32Array) return;
  throw new TypeError(
    `Cannot ${action} "${inWords(values)}": ${wayOutOf(values)}`,
  );
}

/** How to make a Float32Array of something else. */
export function wayOutOf(values: unknown): string {
  const areBytes = values instanceof Uint8Array ||
    values instanceof Uint8ClampedArray;
  // Zeros and ones are answers to a question with yes or no.
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
 * @throws {RangeError} for a number that is no pixel: none at all, or far from
 * [0, 1]; or, where `low` and `high` say so, anywhere outside of them.
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

/** Says what is wrong with number `i`; a reason only where it is found. */
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
