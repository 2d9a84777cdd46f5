import { encode } from "fast-png";
import { type Captions, figure, STYLE } from "./figures.ts";
import { escapeHtml } from "./shown.ts";

/** A row of a {@linkcode digitGrid}: images [n, 28, 28] in [low, high]. */
export interface DigitRow {
  label: string;
  images: Float32Array;
  /** "grey": 0 black to 1 white. "error": -1 blue, 0 white, 1 red. */
  scale?: "grey" | "error";
}

const SIDE = 28;
/** Pixels of the picture for a pixel of a digit, and between two digits. */
const ZOOM = 2;
const GAP = 4;
const LABEL = 92;

/**
 * Rows of digits on one grey scale, each with its label; `columns` are written
 * beneath.
 *
 * @example
 * ```ts
 * digitGrid([{ label: "clean", images }], { caption: "Ten digits.", alt: "…" });
 * ```
 *
 * @throws {RangeError} when the rows do not hold the same number of images.
 */
export function digitGrid(
  rows: DigitRow[],
  { caption, alt, columns = [] }: Captions & { columns?: string[] },
) {
  const count = rows[0].images.length / (SIDE * SIDE);
  for (const { label, images } of rows) {
    if (images.length !== count * SIDE * SIDE || !Number.isInteger(count)) {
      throw new RangeError(
        `Cannot draw row "${label}": ${images.length} numbers are not ` +
          `${count} images of 28 x 28`,
      );
    }
  }
  const step = SIDE * ZOOM + GAP;
  const width = LABEL + count * step;
  const height = rows.length * step + (columns.length ? 18 : 0);
  const pictures = rows.map((row, i) =>
    `<image x="${LABEL}" y="${i * step}" width="${count * step}" ` +
    `height="${step}" href="${stripOf(row, count)}"/>` +
    `<text x="${LABEL - 8}" y="${i * step + step / 2 + 3}" ` +
    `text-anchor="end" fill="currentColor">${escapeHtml(row.label)}</text>`
  );
  const labels = columns.map((label, i) =>
    `<text x="${LABEL + i * step + SIDE * ZOOM / 2}" y="${height - 4}" ` +
    `text-anchor="middle" fill="currentColor">${escapeHtml(label)}</text>`
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" ` +
    `height="${height}" viewBox="0 0 ${width} ${height}">` +
    `<style>${STYLE}</style>${pictures.join("")}${labels.join("")}</svg>`;
  return figure(svg, { caption, alt });
}

/** PNG of a row, already enlarged, gaps transparent, as a data URL. */
function stripOf({ images, scale = "grey" }: DigitRow, count: number): string {
  const step = SIDE * ZOOM + GAP;
  const width = count * step;
  const data = new Uint8Array(4 * width * step);
  const colour = scale === "grey" ? grey : blueWhiteRed;
  for (let image = 0; image < count; image++) {
    for (let y = 0; y < SIDE * ZOOM; y++) {
      for (let x = 0; x < SIDE * ZOOM; x++) {
        const row = Math.floor(y / ZOOM), column = Math.floor(x / ZOOM);
        const value = images[(image * SIDE + row) * SIDE + column];
        data.set([...colour(value), 255], 4 * (y * width + image * step + x));
      }
    }
  }
  const png = encode({ width, height: step, data, channels: 4, depth: 8 });
  return `data:image/png;base64,${png.toBase64()}`;
}

function grey(value: number): number[] {
  const level = Math.round(255 * Math.min(1, Math.max(0, value)));
  return [level, level, level];
}

function blueWhiteRed(value: number): number[] {
  const fade = Math.round(255 * (1 - Math.min(1, Math.abs(value))));
  return value < 0 ? [fade, fade, 255] : [255, fade, fade];
}
