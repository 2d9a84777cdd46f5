import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkCount, type Size, textOf, withSize } from "./images.ts";
import { inWords } from "../errors/in_words.ts";
import { checkOptions } from "../errors/options.ts";
import { decodePicture, type Picture } from "./picture_file.ts";
import { reading } from "./reading.ts";

// Kept from before any cell runs, since a cell may redefine this name.
const { URL } = globalThis;

/** Pictures of the same size: images [n, height, width, channels] in [0, 1]. */
export interface LoadedPictures extends Size {
  images: Float32Array;
  /** The path of each picture, in the order of the images. */
  files: string[];
}

type Path = string | URL;

/** Names of picture files; other files in a folder are ignored. */
const NAMES = /\.(png|jpe?g|gif|webp|bmp|tiff?|heic|avif|svg)$/i;
/** A Float32Array of 2^30 numbers takes 4 GiB, more than a network can read. */
const MAX_NUMBERS = 2 ** 30;

/**
 * Loads the PNG and JPEG pictures of a folder, in the order of their names (2.png
 * before 10.png), or of a list of files, in its order. All must have the same size:
 * `height` and `width` if given, or else that of the first picture. They are loaded
 * in colour, or in grey with `channels: 1` (luma of ITU-R BT.601). Transparent pixels
 * are blended with white. Colour profiles are ignored.
 *
 * @example
 * ```ts
 * const { images, files, ...size } = await loadPictures("my-photos");
 * const noisy = addNoise(images, { random: new Random(1) });
 * mean(psnr(images, noisy, size));
 * ```
 *
 * @throws {Deno.errors.InvalidData} when a file is not a picture, is damaged, or has
 * another size.
 * @throws {Deno.errors.NotFound} when there is no such file or folder, or no picture
 * in the folder.
 */
export async function loadPictures(
  from: Path | Path[],
  options: Partial<Size> = {},
): Promise<LoadedPictures> {
  checkOptions("loadPictures", options, ["height", "width", "channels"]);
  const { channels = 3 } = options;
  if (channels !== 1 && channels !== 3) {
    throw new RangeError(
      `Cannot load "${
        inWords(channels)
      }" channels: 1 is grey, and 3 are colours`,
    );
  }
  for (const name of ["height", "width"] as const) {
    if (options[name] !== undefined) checkCount(name, options[name]);
  }
  const files = Array.isArray(from) ? from.map(pathOf) : await filesIn(from);
  if (files.length === 0) {
    throw new RangeError(`Cannot load "no files": the list is empty`);
  }
  let images = new Float32Array(), size = { height: 0, width: 0, channels };
  for (const [i, file] of files.entries()) {
    const bytes = await reading(file, () => Deno.readFile(file));
    const picture = decodePicture(bytes, file);
    if (i === 0) {
      const { height = picture.height, width = picture.width } = options;
      size = { height, width, channels };
      images = arrayFor(files.length, size);
    }
    checkSize(picture, size, { file, like: options, first: files[0] });
    images.set(pixelsOf(picture, channels), i * images.length / files.length);
  }
  return { images: withSize(images, size), ...size, files };
}

function pathOf(path: Path): string {
  if (path instanceof URL) {
    return path.protocol === "file:" ? fileURLToPath(path) : path.href;
  }
  if (typeof path === "string") return path;
  throw new TypeError(
    `Cannot load "${inWords(path)}": give a folder, or a list of files`,
  );
}

async function filesIn(from: Path): Promise<string[]> {
  const path = pathOf(from);
  if (!(await reading(path, () => Deno.stat(path))).isDirectory) return [path];
  const entries = await Array.fromAsync(Deno.readDir(path));
  const names = entries.filter(({ name, isDirectory }) =>
    !isDirectory && !name.startsWith(".") && NAMES.test(name)
  ).map(({ name }) => name);
  if (names.length === 0) {
    const folder = entries.find(({ isDirectory }) => isDirectory);
    throw new Deno.errors.NotFound(
      `Cannot load "${path}": no PNG or JPEG file is in it` +
        (folder ? `; give a folder in it, such as "${folder.name}"` : ""),
    );
  }
  // Always sorted as in English, so that the order is the same on every computer.
  const { compare } = new Intl.Collator("en", { numeric: true });
  // 1.png and 01.png are the same number, so they are then compared as plain texts.
  const order = (a: string, b: string) => compare(a, b) || (a < b ? -1 : 1);
  return names.sort(order).map((name) => join(path, name));
}

function arrayFor(count: number, size: Size): Float32Array<ArrayBuffer> {
  const numbers = count * size.height * size.width * size.channels;
  if (numbers > MAX_NUMBERS) {
    throw new RangeError(
      `Cannot load "${count}" pictures of ${textOf(size)}: they take ` +
        `${Math.ceil(numbers / 2 ** 28)} GiB; make them smaller, or take fewer`,
    );
  }
  return new Float32Array(numbers);
}

function checkSize(
  { height, width }: Picture,
  size: Size,
  { file, like, first }: { file: string; like: Partial<Size>; first: string },
) {
  if (height === size.height && width === size.width) return;
  const isGiven = like.height !== undefined || like.width !== undefined;
  const other = isGiven ? "the size that was said" : `"${basename(first)}"`;
  throw new Deno.errors.InvalidData(
    `Cannot load "${file}": it is ${height} x ${width} (height x width), and ` +
      `${other} ${size.height} x ${size.width}; give all pictures one size`,
  );
}

/** Converts a picture to values in [0, 1], in grey or in colour. */
function pixelsOf(
  { height, width, parts, most, data }: Picture,
  channels: 1 | 3,
): Float32Array {
  const pixels = new Float32Array(height * width * channels);
  for (let i = 0; i < height * width; i++) {
    const at = i * parts;
    const opacity = parts % 2 === 0 ? data[at + parts - 1] / most : 1;
    const onWhite = (part: number) =>
      (data[at + (parts > 2 ? part : 0)] * opacity + most * (1 - opacity)) /
      most;
    if (channels === 3) {
      for (let part = 0; part < 3; part++) pixels[3 * i + part] = onWhite(part);
    } else if (parts > 2) {
      pixels[i] = (299 * onWhite(0) + 587 * onWhite(1) + 114 * onWhite(2)) /
        1_000;
    } else {
      pixels[i] = onWhite(0);
    }
  }
  return pixels;
}
