import { gunzipSync } from "node:zlib";
import { inWords } from "../errors/in_words.ts";
import { reading } from "./reading.ts";

// Kept from before any cell runs, since a cell may redefine this name.
const { URL } = globalThis;

/** The contents of an IDX file: an array of shape `shape`, stored row by row. */
export interface Idx {
  shape: number[];
  data: Uint8Array;
}

/** Most bytes to unzip, five times MNIST's largest file: a small file can grow huge. */
const MAX_BYTES = 2 ** 28;

/** The types of numbers, by the third byte; only the first is supported here. */
const TYPES: Record<number, string> = {
  0x08: "unsigned bytes",
  0x09: "signed bytes",
  0x0b: "16-bit whole numbers",
  0x0c: "32-bit whole numbers",
  0x0d: "32-bit floats",
  0x0e: "64-bit floats",
};

/** How files of other formats begin, and what to do with such a file. */
const FORMATS: [RegExp, string][] = [
  [/^PK/, "it is a zip archive; unpack it, and give a file of it"],
  [
    /^\s*<(!doctype|html|\?xml)/i,
    "it is a web page, such as a site sends in place of a file that it has " +
    "not; fetch the file again",
  ],
  [/^\x89PNG|^\xff\xd8\xff/, "it is a picture; use loadPictures"],
  [/^\x93NUMPY/, "it is an array of NumPy's (.npy), no IDX file"],
  [/^BZh|^\xfd7zXZ|^7z\xbc\xaf/, "it is packed, and not by gzip; unpack it"],
  [/^version https:\/\/git-lfs/, "Git LFS left its place here; git lfs pull"],
];

/** What zlib's errors mean. */
const UNZIP_ERRORS: Record<string, string> = {
  ERR_BUFFER_TOO_LARGE: `unzipped it has more than ${MAX_BYTES} bytes`,
  Z_BUF_ERROR: "it ends too early to be unzipped; fetch it again",
};

/**
 * Reads the numbers of an IDX file of unsigned bytes, gzipped or not.
 *
 * The file has two zero bytes, a type (8: unsigned byte), the number of
 * dimensions, their sizes as 32-bit big-endian numbers, and then the data.
 *
 * @example
 * ```ts
 * const { shape, data } = await loadIdx("my-digits-idx3-ubyte.gz");
 * const images = Float32Array.from(data, (byte) => byte / 255);
 * ```
 *
 * @throws {Deno.errors.InvalidData} when the file is not an IDX file of bytes, does not
 * have the length that its header states, or cannot be unzipped.
 * @throws {Deno.errors.NotFound} when there is no such file.
 */
export async function loadIdx(path: string | URL): Promise<Idx> {
  if (typeof path !== "string" && !(path instanceof URL)) {
    throw new TypeError(
      `Cannot read "${inWords(path)}": give the path of a file`,
    );
  }
  const bytes = await reading(`${path}`, () => Deno.readFile(path));
  return parseIdx(bytes, `${path}`);
}

/**
 * Reads numbers from the bytes of an IDX file. Error messages contain `name`, and
 * end with the advice `wayOut` if it is given.
 */
export function parseIdx(
  bytes: Uint8Array,
  name: string,
  { wayOut = "" } = {},
): Idx {
  const invalid = (state: string, cause?: unknown) =>
    new Deno.errors.InvalidData(
      `Cannot read "${name}": ${state}${wayOut && `; ${wayOut}`}`,
      { cause },
    );
  const raw = isZipped(bytes) ? unzip(bytes, invalid) : bytes;
  const header = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  if (raw.length < 4 || header.getUint16(0) !== 0 || !TYPES[raw[2]]) {
    throw invalid(kindOf(raw));
  }
  if (raw[2] !== 8) {
    const type = raw[2].toString(16).toUpperCase().padStart(2, "0");
    throw invalid(
      `it is an IDX file of ${TYPES[raw[2]]} (type 0x${type}); only unsigned ` +
        `bytes (0x08) can be read`,
    );
  }
  const start = 4 + 4 * raw[3];
  if (raw.length < start) throw invalid("it ends within its header");
  const shape = Array.from(
    { length: raw[3] },
    (_, i) => header.getUint32(4 + 4 * i),
  );
  const size = shape.reduce((product, length) => product * length, 1);
  // With many dimensions the product may be infinite or NaN.
  if (!Number.isSafeInteger(size)) {
    throw invalid("its header has sizes that no array has");
  }
  const data = raw.subarray(start);
  if (data.length < size) {
    throw invalid(`it is short: ${data.length} of ${size} numbers are there`);
  }
  if (data.length > size) {
    throw invalid(
      `its size is wrong: ${data.length - size} bytes follow the data`,
    );
  }
  return { shape, data };
}

function isZipped(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function unzip(
  bytes: Uint8Array,
  invalid: (state: string, cause: unknown) => Error,
): Uint8Array {
  try {
    const unzipped = gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
    return new Uint8Array(unzipped); // as a plain array, not a Buffer
  } catch (cause) {
    const { code = "", message } = cause as Error & { code?: string };
    const damage = `it is damaged, and cannot be unzipped (${message})`;
    throw invalid(UNZIP_ERRORS[code] ?? damage, cause);
  }
}

/** Describes bytes that are not an IDX file. */
function kindOf(bytes: Uint8Array): string {
  if (bytes.length === 0) return "it is empty";
  if (isZipped(bytes)) return "it was zipped twice; unzip it once";
  const start = String.fromCharCode(...bytes.subarray(0, 64));
  const [, other] = FORMATS.find(([pattern]) => pattern.test(start)) ?? [];
  if (other) return other;
  const first = Array.from(
    bytes.subarray(0, 4),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join(" ");
  return `its first bytes (${first}) are not those of an IDX file, nor of gzip`;
}
