import { encode } from "fast-png";
import { type Captions, checkCaptions, figure, STYLE } from "./figures.ts";
import {
  checkPixels,
  countPictures,
  readSize,
  type Size,
} from "../data/images.ts";
import { inWords } from "../errors/in_words.ts";
import { checkOptions } from "../errors/options.ts";
import { escapeHtml } from "../notebook/cell_output.ts";

/** A row of a {@linkcode digitGrid}: images of one size, in [low, high]. */
export interface DigitRow {
  label: string;
  images: Float32Array;
  /**
   * "grey": 0 is black and 1 is white; in colour, each channel goes from 0 to 1.
   * "error": -1 is blue, 0 is white and 1 is red; in colour, each channel goes from
   * dark at -1 to bright at 1, so a pixel without error is grey.
   */
  scale?: "grey" | "error";
}

/** Pixels of the drawing: the least side of a picture, and the gap between two. */
const DIGIT_SIDE_PX = 48;
const GAP_PX = 4;
const LABEL_PX = 92;
/** Width of a letter in pixels; on average letters are not wider. */
const LETTER_PX = 8;
/** Most pixels that a line of pictures may take, so that no page shrinks it. */
const LINE_PX = 800;
/** A row of more images is probably a mistake, and too much for a notebook. */
const MAX_IMAGES_IN_A_ROW = 200;

/** Pixels stay squares where a browser enlarges them. */
const SQUARES = "image { image-rendering: pixelated; }";

/**
 * Draws rows of digits on the same grey scale, each with its label, and writes the
 * texts of `columns` below them. Other pictures need their size, and are drawn in
 * colour if they have 3 channels. Rows that are too long continue below.
 *
 * @example
 * ```ts
 * digitGrid([{ label: "clean", images }], { caption: "Ten digits.", alt: "…" });
 * ```
 *
 * @throws {RangeError} when the rows do not hold the same number of images, or hold
 * more than 200, when there are not as many columns, or a number is not a pixel.
 * @throws {TypeError} when a row or an option has the wrong type, or is unknown.
 */
export function digitGrid(
  rows: DigitRow[],
  options: Captions & Partial<Size> & { columns?: string[] } = {},
) {
  const size = readSize("digitGrid", options, {
    images: Array.isArray(rows) ? rows.map((row) => row?.images) : [],
    others: ["caption", "alt", "columns"],
  });
  checkCaptions(options);
  const { caption, alt, columns = [] } = options;
  const count = checkRows(rows, size);
  if (!Array.isArray(columns) || ![0, count].includes(columns.length)) {
    throw new RangeError(
      `Cannot write "${
        inWords(columns)
      }" below the columns: of ${count} images a row ` +
        `give ${count} labels in a list`,
    );
  }
  const wrong = columns.find((label) => typeof label !== "string");
  if (wrong !== undefined) {
    throw new TypeError(
      `Cannot write "${inWords(wrong)}" below a column: its label must be a ` +
        `text; use columns.map(String)`,
    );
  }
  const zoom = Math.max(
    1,
    Math.ceil(DIGIT_SIDE_PX / Math.max(size.height, size.width)),
  );
  const longest = (texts: string[]) =>
    LETTER_PX * Math.max(0, ...texts.map(({ length }) => length));
  const labels = longest(rows.map(({ label }) => label));
  const left = Math.max(LABEL_PX, labels + 8);
  const [wide, tall] = [size.width * zoom, size.height * zoom];
  const widest = Math.max(wide, longest(columns)) + GAP_PX;
  const step = zoom * Math.ceil(widest / zoom); // of whole pixels of a picture
  const rise = tall + GAP_PX;
  const perLine = Math.min(count, Math.max(1, Math.floor(LINE_PX / step)));
  const block = rows.length * rise + (columns.length ? 18 : 0);
  // Between two pictures the page shows through.
  const clip = outlines(perLine, step, wide, tall);
  const parts = [`<clipPath id="pictures"><path d="${clip}"/></clipPath>`];
  const length = size.height * size.width * size.channels;
  for (let first = 0; first < count; first += perLine) {
    const top = first / perLine * (block + 2 * GAP_PX);
    const drawn = Math.min(perLine, count - first);
    for (const [i, { label, images, scale = "grey" }] of rows.entries()) {
      const part = images.subarray(first * length, (first + drawn) * length);
      const href = draw(part, { scale, size, step: step / zoom });
      parts.push(
        `<g transform="translate(${left} ${top + i * rise})">` +
          `<text x="-8" y="${rise / 2 + 3}" text-anchor="end" ` +
          `fill="currentColor">${escapeHtml(label)}</text>` +
          `<image width="${drawn * step}" height="${tall}" ` +
          `clip-path="url(#pictures)" href="${href}"/>` +
          // A white picture on a white page is seen by its frame.
          `<path d="${outlines(drawn, step, wide, tall)}" fill="none" ` +
          `stroke="currentColor" stroke-opacity="0.3"/></g>`,
      );
    }
    parts.push(
      ...columns.slice(first, first + perLine).map((label, i) =>
        `<text x="${left + i * step + wide / 2}" ` +
        `y="${top + block - 4}" text-anchor="middle" fill="currentColor">` +
        `${escapeHtml(label)}</text>`
      ),
    );
  }
  const lines = Math.ceil(count / perLine);
  const width = left + perLine * step;
  const height = lines * (block + 2 * GAP_PX) - 2 * GAP_PX;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" ` +
    `height="${height}" viewBox="0 0 ${width} ${height}">` +
    `<style>${STYLE}${SQUARES}</style>${parts.join("")}</svg>`;
  return figure(svg, { caption, alt });
}

/** Checks the rows, and returns how many images each of them holds. */
function checkRows(rows: DigitRow[], size: Size): number {
  const wrongRow = Array.isArray(rows)
    ? rows.find((row) => Array.isArray(row) || ArrayBuffer.isView(row))
    : rows;
  if (wrongRow || !Array.isArray(rows) || rows.length === 0) {
    throw new TypeError(
      `Cannot draw "${
        inWords(wrongRow ?? rows)
      }": give a list of rows, such as ` +
        `[{ label: "clean", images }]`,
    );
  }
  if (size.channels !== 1 && size.channels !== 3) {
    throw new RangeError(
      `Cannot draw "${size.channels}" channels: 1 is grey, and 3 are red, green ` +
        `and blue`,
    );
  }
  const counts = rows.map((row) => {
    checkOptions("a row of digitGrid", row, ["label", "images", "scale"]);
    const { label, images, scale = "grey" } = row;
    if (typeof label !== "string") {
      throw new TypeError(
        `Cannot draw row "${inWords(label)}": its label must be a text`,
      );
    }
    if (scale !== "grey" && scale !== "error") {
      throw new RangeError(
        `Cannot draw row "${label}": its scale is "${
          inWords(scale)
        }"; use "grey" or ` +
          `"error"`,
      );
    }
    const count = countPictures(`draw in row "${label}"`, images, size);
    checkPixels(`draw in row "${label}"`, images);
    return count;
  });
  const wrong = counts.findIndex((count) => count !== counts[0]);
  if (wrong > 0) {
    throw new RangeError(
      `Cannot draw row "${rows[wrong].label}": it holds ${counts[wrong]} ` +
        `images, and row "${rows[0].label}" ${counts[0]}`,
    );
  }
  if (counts[0] > MAX_IMAGES_IN_A_ROW) {
    throw new RangeError(
      `Cannot draw "${
        counts[0]
      }" images a row: at most ${MAX_IMAGES_IN_A_ROW} can be seen; ` +
        `take some, such as images.slice(0, 10 * ` +
        `${size.height * size.width * size.channels})`,
    );
  }
  return counts[0];
}

/** The outlines of pictures side by side, as the path of an SVG. */
function outlines(count: number, step: number, wide: number, tall: number) {
  return Array.from(
    { length: count },
    (_, i) => `M${i * step} 0h${wide}v${tall}h-${wide}z`,
  ).join("");
}

/** A data URL of a PNG of images side by side, each `step` pixels after the last. */
function draw(
  images: Float32Array,
  { scale, size: { height: h, width: w, channels }, step }: {
    scale: "grey" | "error";
    size: Size;
    step: number;
  },
): string {
  const width = images.length / (h * w * channels) * step;
  const depth = scale === "grey" ? channels : 3;
  const data = new Uint8Array(h * width * depth);
  for (let i = 0; i < images.length; i += channels) {
    const [row, column] = [Math.floor(i / channels / w), i / channels % w];
    const x = Math.floor(row / h) * step + column;
    const pixel = images.subarray(i, i + channels);
    data.set(colourOf(pixel, scale), depth * (row % h * width + x));
  }
  const png = encode({ width, height: h, data, channels: depth, depth: 8 });
  return `data:image/png;base64,${png.toBase64()}`;
}

/** Grey, or red, green and blue, of one pixel of 1 or 3 channels. */
function colourOf(pixel: Float32Array, scale: "grey" | "error"): number[] {
  const level = (value: number) =>
    Math.round(255 * Math.min(1, Math.max(0, value)));
  if (scale === "grey") return Array.from(pixel, level);
  if (pixel.length === 3) return Array.from(pixel, (v) => level((1 + v) / 2));
  const fade = level(1 - Math.abs(pixel[0]));
  return pixel[0] < 0 ? [fade, fade, 255] : [255, fade, fade];
}
