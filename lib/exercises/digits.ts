import {
  type Digits,
  firstDigits,
  mnistFile,
  verifyIdx,
} from "../data/mnist.ts";

const read = new Map<string, { pixels: Uint8Array; labels: Uint8Array }>();

/**
 * The first so many digits of a set of MNIST, at once: a check has no time to
 * wait, since a cell shows its value and not what it promises.
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
