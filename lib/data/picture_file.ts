/** Decodes the bytes of a PNG or JPEG file into pixels. */

import { convertIndexedToRgb, decode as decodePng } from "fast-png";
import jpeg from "jpeg-js";

/** One picture, row by row; each pixel is `parts` numbers from 0 to `most`. */
export interface Picture {
  height: number;
  width: number;
  /** 1: grey; 2: grey and opacity; 3: RGB; 4: RGB and opacity. */
  parts: number;
  most: number;
  data: ArrayLike<number>;
}

/** How files of other formats begin, where `.` stands for any byte. */
const FORMATS: [RegExp, string][] = [
  [/^GIF8/, "a GIF"],
  [/^RIFF....WEBP/s, "a WebP"],
  [/^BM/, "a BMP"],
  [/^(II\*\0|MM\0\*)/, "a TIFF"],
  [/^....ftyp(heic|heix|mif1|msf1)/s, "a HEIC"],
  [/^....ftypavif/s, "an AVIF"],
  [/^\s*<(\?xml[^>]*>\s*<)?svg/i, "an SVG"],
  [/^\s*<(!doctype|html)/i, "a web page"],
];

/**
 * Decodes the pixels of a PNG or JPEG file. Its bytes tell the format, not its name.
 *
 * @throws {Deno.errors.InvalidData} when the file is neither of these, is damaged or
 * cut short, or is of a kind that cannot be read.
 */
export function decodePicture(bytes: Uint8Array, name: string): Picture {
  const start = String.fromCharCode(...bytes.subarray(0, 256));
  const decode = start.startsWith("\x89PNG")
    ? pngOf
    : start.startsWith("\xff\xd8\xff")
    ? jpegOf
    : undefined;
  if (!decode) {
    const [, kind] = FORMATS.find(([pattern]) => pattern.test(start)) ?? [];
    throw invalid(
      name,
      bytes.length === 0
        ? "it is empty"
        : `it is ${kind ?? "no picture"}; give PNG or JPEG files`,
    );
  }
  try {
    const picture = upright(decode(bytes));
    if (picture.height * picture.width > 0) return picture;
    throw new Unreadable("it has no pixels");
  } catch (cause) {
    if (cause instanceof Unreadable) throw invalid(name, cause.message);
    const found = (cause as Error).message.replace(/:\s*$/, "");
    throw invalid(name, `it is damaged or cut short (${found})`, cause);
  }
}

/** Positions of fields in a PNG's header; width and height have four bytes. */
const PNG = { width: 16, height: 20, depth: 24, kind: 25, interlaced: 28 };
/** The colour type of a PNG whose pixels are indices into a palette. */
const INDEXED = 3;

/** Most pixels that a picture may have: each needs a dozen bytes of memory. */
const MAX_PIXELS = 100_000_000;

/** Thrown for a file that is whole, but of a kind that cannot be read. */
class Unreadable extends Error {}

/** A picture as its file stores it, with its orientation as EXIF numbers it. */
type StoredPicture = Picture & { orientation: number };

function pngOf(bytes: Uint8Array): StoredPicture {
  const view = viewOf(bytes);
  checkPixels(view.getUint32(PNG.height), view.getUint32(PNG.width));
  // The decoder wrongly reads a whole byte for each pixel of an interlaced picture.
  if (bytes[PNG.depth] < 8 && bytes[PNG.interlaced] !== 0) {
    throw new Unreadable(
      `it is interlaced, with fewer than 8 bits a pixel; save it without that`,
    );
  }
  const png = decodePng(bytes, { checkCrc: true });
  const { height, width, depth, channels, transparency: key } = png;
  const exif = chunkOf(bytes, "eXIf");
  const size = { height, width, orientation: exif ? orientationOf(exif) : 1 };
  // Colour files may have a palette too, a suggestion for screens with few colours.
  const isIndexed = bytes[PNG.kind] === INDEXED;
  if (!isIndexed && depth >= 8) {
    const most = 2 ** depth - 1;
    const data = key ? withOpacity(png.data, key, most) : png.data;
    return { ...size, parts: channels + (key ? 1 : 0), most, data };
  }
  // Grey of fewer than 8 bits is read as a palette of greys: both pack pixels in bytes.
  const greys = Array.from({ length: 2 ** depth }, (_, i) => {
    const level = 255 * i / (2 ** depth - 1);
    return key ? [level, i === key[0] ? 0 : 255] : [level];
  });
  const data = convertIndexedToRgb({ ...png, palette: png.palette ?? greys });
  const parts = data.length / (height * width);
  return { ...size, parts, most: 255, data };
}

/** Bytes of a PNG's first chunk of this name (a chunk: length, name, bytes, checksum). */
function chunkOf(bytes: Uint8Array, name: string): Uint8Array | undefined {
  const view = viewOf(bytes);
  for (let at = 8; at < bytes.length;) {
    const start = at + 8, end = start + view.getUint32(at);
    if (String.fromCharCode(...bytes.subarray(at + 4, start)) === name) {
      return bytes.subarray(start, end);
    }
    at = end + 4;
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function checkPixels(height: number, width: number) {
  if (height * width <= MAX_PIXELS) return;
  throw new Unreadable(
    `it is ${height} x ${width} (height x width), more than ` +
      `${MAX_PIXELS / 1e6} million pixels; make it smaller`,
  );
}

/** Adds an opacity to each pixel: 0 where its colour is the key, else `most`. */
function withOpacity(
  data: ArrayLike<number>,
  key: Uint16Array,
  most: number,
): number[] {
  const pixels: number[] = [];
  for (let i = 0; i < data.length; i += key.length) {
    let isKey = true;
    for (let part = 0; part < key.length; part++) {
      pixels.push(data[i + part]);
      isKey &&= data[i + part] === key[part];
    }
    pixels.push(isKey ? 0 : most);
  }
  return pixels;
}

/** Reads the facts in a JPEG's header that the decoder ignores. */
function headOf(bytes: Uint8Array) {
  const view = viewOf(bytes);
  let height = 0, width = 0, bits = 8, isRgb = false, orientation = 1;
  for (let at = 2; at + 4 < bytes.length && bytes[at] === 0xff;) {
    const kind = bytes[at + 1];
    const end = at + 2 + view.getUint16(at + 2);
    const part = bytes.subarray(at + 4, end);
    const start = String.fromCharCode(...part.subarray(0, 6));
    if (kind === 0xda) break; // the pixels
    if (kind === 0xe1 && start === "Exif\0\0") {
      orientation = orientationOf(part.subarray(6));
    } else if (kind === 0xee && start.startsWith("Adobe")) {
      isRgb ||= part[11] === 0; // the colours are stored without a transformation
    } else if (
      kind >= 0xc0 && kind <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(kind)
    ) {
      bits = part[0];
      [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)];
      isRgb ||= part[6] === 82 && part[9] === 71 && part[12] === 66; // "RGB"
    }
    at = end;
  }
  return { height, width, bits, isRgb, orientation };
}

function jpegOf(bytes: Uint8Array): StoredPicture {
  const { bits, isRgb, orientation, ...size } = headOf(bytes);
  checkPixels(size.height, size.width);
  if (bits !== 8) {
    throw new Unreadable(`it has ${bits} bits a number; save it with 8`);
  }
  const { height, width, data } = jpeg.decode(bytes, {
    ...{ useTArray: true, tolerantDecoding: false },
    ...{ maxResolutionInMP: MAX_PIXELS / 1e6, maxMemoryUsageInMB: 4_096 },
    ...isRgb && { colorTransform: false },
  });
  return { height, width, parts: 4, most: 255, data, orientation };
}

/**
 * How the camera was held, from 1 to 8, where 1 is upright. This is tag 0x0112 in the
 * first directory of EXIF, a TIFF: byte order, 42, and the position of the tags.
 */
function orientationOf(exif: Uint8Array): number {
  const view = viewOf(exif);
  try {
    const little = view.getUint16(0) === 0x4949;
    const first = view.getUint32(4, little);
    const count = view.getUint16(first, little);
    for (let at = first + 2; at < first + 2 + 12 * count; at += 12) {
      if (view.getUint16(at, little) === 0x0112) {
        const isLong = view.getUint16(at + 2, little) === 4;
        return isLong
          ? view.getUint32(at + 8, little)
          : view.getUint16(at + 8, little);
      }
    }
  } catch (error) {
    // If the tags are cut short, the orientation is unknown but the pixels are fine.
    if (!(error instanceof RangeError)) throw error;
  }
  return 1;
}

/** Turns and mirrors a picture so that it is upright. */
function upright({ orientation, ...picture }: StoredPicture): Picture {
  if (!(orientation >= 2 && orientation <= 8)) return picture;
  const { height, width, parts, data } = picture;
  const isOnSide = orientation >= 5;
  const isUpsideDown = [3, 4, 6, 7].includes(orientation);
  const isMirrored = [2, 3, 7, 8].includes(orientation);
  const turned = isOnSide
    ? { height: width, width: height }
    : { height, width };
  const pixels = new Uint16Array(height * width * parts);
  for (let i = 0; i < height * width; i++) {
    const y = Math.floor(i / turned.width), x = i % turned.width;
    const [down, right] = isOnSide ? [x, y] : [y, x];
    const row = isUpsideDown ? height - 1 - down : down;
    const column = isMirrored ? width - 1 - right : right;
    const from = parts * (row * width + column);
    for (let part = 0; part < parts; part++) {
      pixels[parts * i + part] = data[from + part];
    }
  }
  return { ...picture, ...turned, data: pixels };
}

function invalid(name: string, state: string, cause?: unknown) {
  return new Deno.errors.InvalidData(`Cannot read "${name}": ${state}`, {
    cause,
  });
}
