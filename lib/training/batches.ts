/** Batches of a training: which images, in which order, as tensors. */

import * as tf from "@tensorflow/tfjs";
import { setImmediate } from "node:timers";
import { crc32 } from "node:zlib";
import { Random, shuffledIndices } from "../data/random.ts";

// Kept from before any cell runs, since a cell may declare this name itself.
const { performance } = globalThis;

/** Other work of the program gets its turn at least this often, in ms. */
const YIELD_EVERY_MS = 50;

/** A function to await often, which lets other work run every so many ms. */
export function yieldsRegularly(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < YIELD_EVERY_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    last = performance.now();
  };
}

/** Indices of the images in the order in which an epoch takes them. */
export function orderOf(
  count: number,
  { shuffle, seed, epoch }: { shuffle: boolean; seed: number; epoch: number },
): Uint32Array {
  return shuffle
    ? shuffledIndices(count, new Random(seed + epoch / 2 ** 20))
    : Uint32Array.from({ length: count }, (_, i) => i);
}

/** Tells apart data that a training goes on with and other data. */
export function checksum(...arrays: Float32Array[]): number {
  return arrays.reduce(
    (sum, { buffer, byteOffset, byteLength }) =>
      crc32(new Uint8Array(buffer, byteOffset, byteLength), sum),
    0,
  );
}

/** tensor[indices.length, ...shape] of those images. */
export function gather(
  images: Float32Array,
  indices: Uint32Array,
  shape: number[],
): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  const batch = new Float32Array(indices.length * size);
  indices.forEach((index, i) => {
    batch.set(images.subarray(index * size, (index + 1) * size), i * size);
  });
  return tf.tensor(batch, [indices.length, ...shape]);
}

/** tensor[at most count, ...shape] of images from `first` on. */
export function slice(
  images: Float32Array,
  { first, count, shape }: { first: number; count: number; shape: number[] },
): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  const part = images.slice(first * size, (first + count) * size);
  return tf.tensor(part, [part.length / size, ...shape]);
}
