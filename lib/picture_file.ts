/** Bytes of a PNG or JPEG file to pixels. */

import { convertIndexedToRgb, decode as decodePng } from "fast-png";
import jpeg from "jpeg-js";

/** Pixels of one picture, row by row, each of so many numbers from 0 to `most`. */
export interface Picture {
  height: number;
  width: number;
  /** 1 grey, 2 grey and opacity, 3 colours, 4 colours and opacity. */
  parts: number;
  most: number;
  data: ArrayLike<number>;
}

/** What pictures of other kinds begin with, where `.` may be any byte. */
const OTHERS: [RegExp, string][] = [
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
 * The pixels of a PNG or JPEG file, told by its bytes and not by its name.
 *
 * @throws {Deno.errors.InvalidData} when it is neither, damaged, cut short, or of
 * a kind that cannot be read.
 */
export function decodePicture(bytes: Uint8Array, name: string): Picture {
  const start = String.fromCharCode(...bytes.subarray(0, 256));
  const decode = start.startsWith("\x89PNG")
    ? pngOf
    : start.startsWith("\xff\xd8\xff")
    ? jpegOf
    : undefined;
  if (!decode) {
    const [, kind] = OTHERS.find(([pattern]) => pattern.test(start)) ?? [];
    throw invalid(
      name,
      bytes.length === 0
        ? "it is empty"
        : `it is ${kind ?? "no picture"}; give PNG or JPEG files`,
    );
  }
  try {
    const picture = decode(bytes);
    if (picture.height * picture.width > 0) return picture;
    throw new Unreadable("it has no pixels");
  } catch (cause) {
    if (cause instanceof Unreadable) throw invalid(name, cause.message);
    const found = (cause as Error).message.replace(/:\s*$/, "");
    throw invalid(name, `it is damaged or cut short (${found})`, cause);
  }
}

/** Which byte of a PNG says how many bits a number has, and if it is interlaced. */
const DEPTH = 24;
const INTERLACED = 28;

/** Thrown for a file that is whole, but of a kind that cannot be read. */
class Unreadable extends Error {}

function pngOf(bytes: Uint8Array): Picture {
  // The decoder takes each pixel of an interlaced picture for a whole byte.
  if (bytes[DEPTH] < 8 && bytes[INTERLACED] !== 0) {
    throw new Unreadable(
      `it is interlaced, with fewer than 8 bits a pixel; save it without that`,
    );
  }
  const png = decodePng(bytes, { checkCrc: true });
  const { height, width, depth, channels, transparency: key } = png;
  if (!png.palette && depth >= 8) {
    const most = 2 ** depth - 1;
    const data = key ? withOpacity(png.data, key, most) : png.data;
    return { height, width, parts: channels + (key ? 1 : 0), most, data };
  }
  // A few greys are a palette of greys: their pixels share bytes as well.
  const greys = Array.from({ length: 2 ** depth }, (_, i) => {
    const level = 255 * i / (2 ** depth - 1);
    return key ? [level, i === key[0] ? 0 : 255] : [level];
  });
  const data = convertIndexedToRgb({ ...png, palette: png.palette ?? greys });
  const parts = data.length / (height * width);
  return { height, width, parts, most: 255, data };
}

/** Pixels with their opacity behind them: none where one is the key. */
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

function jpegOf(bytes: Uint8Array): Picture {
  const options = { useTArray: true, tolerantDecoding: false } as const;
  const { height, width, data, exifBuffer } = jpeg.decode(bytes, options) as
    & ReturnType<typeof jpeg.decode>
    & { exifBuffer?: Uint8Array };
  const orientation = exifBuffer ? orientationOf(exifBuffer) : 1;
  if (orientation > 1) {
    throw new Unreadable(
      `it lies on its side or is mirrored (EXIF orientation ${orientation}); ` +
        "save it upright",
    );
  }
  return { height, width, parts: 4, most: 255, data };
}

/** How a camera was held, 1 upright: tag 0x0112 of EXIF's first directory. */
function orientationOf(exif: Uint8Array): number {
  // After one more zero begins a TIFF: byte order, 42, and where the tags are.
  const tiff = new DataView(exif.slice(1).buffer);
  const little = tiff.getUint16(0) === 0x4949;
  const first = tiff.getUint32(4, little);
  const count = tiff.getUint16(first, little);
  for (let at = first + 2; at < first + 2 + 12 * count; at += 12) {
    if (tiff.getUint16(at, little) === 0x0112) {
      return tiff.getUint16(at + 8, little);
    }
  }
  return 1;
}

function invalid(name: string, state: string, cause?: unknown) {
  return new Deno.errors.InvalidData(`Cannot read "${name}": ${state}`, {
    cause,
  });
}
