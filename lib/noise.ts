import type { Random } from "./random.ts";

/**
 * Noisy images of the shape of `images`: x + factor * z, clipped to [0, 1],
 * where z is a normal deviate, new for each pixel.
 *
 * @example
 * ```ts
 * const noisy = addNoise(images, { factor: 0.5, random: new Random(1) });
 * ```
 *
 * @throws {RangeError} when the factor is negative or not a number.
 */
export function addNoise(
  images: Float32Array,
  { factor = 0.5, random }: { factor?: number; random: Random },
): Float32Array {
  if (!(factor >= 0)) {
    throw new RangeError(`Cannot add noise of factor "${factor}": below zero`);
  }
  return images.map((x) => clip(x + factor * random.normal()));
}

function clip(x: number): number {
  return Math.min(1, Math.max(0, x));
}
