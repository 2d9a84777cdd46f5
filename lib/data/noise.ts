import { checkFloats, checkPixels } from "./images.ts";
import { inWords } from "../errors/in_words.ts";
import { checkOptions } from "../errors/options.ts";
import type { Random } from "./random.ts";

/**
 * Adds noise to images and keeps their shape. Each pixel x becomes x + factor * z,
 * clipped to [0, 1], where z is a new standard normal random number.
 *
 * @example
 * ```ts
 * const noisy = addNoise(images, { factor: 0.5, random: new Random(1) });
 * ```
 *
 * @throws {RangeError} when the factor is negative or not finite, or a
 * pixel is outside of [0, 1].
 * @throws {TypeError} when the images are not a Float32Array, or no random generator
 * is given.
 */
export function addNoise(
  images: Float32Array,
  options: { factor?: number; random: Random },
): Float32Array {
  checkOptions("addNoise", options ?? {}, ["factor", "random"]);
  const { factor = 0.5, random } = options ?? {};
  if (typeof random?.normal !== "function") {
    throw new TypeError(
      `Cannot add noise with "${
        inWords(random)
      }" as random: give a generator, such as ` +
        `{ random: new Random(1) }`,
    );
  }
  if (!Number.isFinite(factor) || factor < 0) {
    throw new RangeError(
      `Cannot add noise of factor "${
        inWords(factor)
      }": it must be a number from 0 up`,
    );
  }
  checkFloats("add noise to", images);
  checkPixels("add noise to", images, { low: 0, high: 1 });
  return images.map((x) => clip(x + factor * random.normal()));
}

function clip(x: number): number {
  return Math.min(1, Math.max(0, x));
}
