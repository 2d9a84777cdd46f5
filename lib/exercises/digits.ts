import {
  type Digits,
  firstDigits,
  mnistFile,
  verifyIdx,
} from "../data/mnist.ts";

const read = new Map<string, { pixels: Uint8Array; labels: Uint8Array }>();

/**
 * Loads the first `count` digits of a set of MNIST, synchronously: a check must return
 * its verdict and not a promise, which a cell would show as such.
 */
export function digitsOf(set: "train" | "t10k", count: number): Digits {
  if (!read.has(set)) {
    const [pixels, labels] = (["images-idx3", "labels-idx1"] as const)
      .map((kind) => `${set}-${kind}-ubyte` as const)
      .map((name) => verifyIdx(Deno.readFileSync(mnistFile(name)), name).data);
    read.set(set, { pixels, labels });
  }
  const { pixels, labels } = read.get(set)!;
  return firstDigits(pixels, labels, count);
}

/** Moves images of 28 × 28 by so many pixels; new pixels at the edges are black. */
export function moveDigits(
  images: Float32Array,
  { down = 0, right = 0 },
): Float32Array {
  return images.map((_, i) => {
    const row = Math.floor(i / 28) % 28 - down, column = i % 28 - right;
    const isOutside = row < 0 || row > 27 || column < 0 || column > 27;
    return isOutside ? 0 : images[i - 28 * down - right];
  });
}
