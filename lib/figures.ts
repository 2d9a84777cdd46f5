/**
 * Data to figures. A figure is an image with a caption and a text alternative:
 * an <img> with its data inside shows alike in JupyterLab (also in a notebook
 * that is not trusted, which hides SVG), in VS Code and in exported pages.
 */

import * as Plot from "@observablehq/plot";
import { encode } from "fast-png";
import { parseHTML } from "linkedom";
import { displayed, escapeHtml, type Shown } from "./shown.ts";

/** Every figure says what to see, and tells it to those who cannot. */
export interface Captions {
  caption: string;
  alt: string;
}

/** A row of a {@linkcode digitGrid}: images [n, 28, 28] in [low, high]. */
export interface DigitRow {
  label: string;
  images: Float32Array;
  /** "grey": 0 black to 1 white. "error": -1 blue, 0 white, 1 red. */
  scale?: "grey" | "error";
}

/** The same colours for the same things in every chart (after Okabe and Ito). */
export const COLOURS = {
  clean: "#0072b2",
  noisy: "#d55e00",
  denoised: "#009e73",
  neutral: "#777777",
};

const SIDE = 28;
/** Pixels of the picture for a pixel of a digit, and between two digits. */
const ZOOM = 2;
const GAP = 4;
const LABEL = 92;

/** The blue for dark grounds, where letters in the other one are hard to read. */
const LIGHTER = "#56b4e9";

/** A chart's own colours, since an <img> does not take on those of the page. */
const STYLE = `
  svg { background: #ffffff; color: #1b1b1b; font: 13px sans-serif; }
  @media (prefers-color-scheme: dark) {
    svg { background: #1e1e1e; color: #e4e4e4; }
    [fill="${COLOURS.clean}"] { fill: ${LIGHTER}; }
    [stroke="${COLOURS.clean}"] { stroke: ${LIGHTER}; }
  }`;

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

/**
 * A chart made with Observable Plot: `plot` are the options of Plot.plot.
 *
 * @example
 * ```ts
 * plotFigure({ marks: [Plot.barY(counts, { x: "digit", y: "count" })] }, {
 *   caption: "How many of each digit.",
 *   alt: "Bar chart …",
 * });
 * ```
 */
export function plotFigure(plot: Plot.PlotOptions, captions: Captions) {
  const { document } = parseHTML("<html></html>") as unknown as {
    document: Document;
  };
  const drawn = Plot.plot({
    width: 640,
    height: 320,
    marginLeft: 50, // "10,000"
    marginBottom: 40, // numbers and, below them, the label
    ...plot,
    document,
  });
  const legends = [...drawn.querySelectorAll("svg")];
  if (legends.length > 1) {
    throw new RangeError(
      "Cannot draw a chart with a legend beside it: label the marks instead",
    );
  }
  const svg = drawn.tagName.toLowerCase() === "svg" ? drawn : legends[0];
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const style = document.createElement("style");
  style.textContent = STYLE;
  svg.append(style);
  return figure(svg.outerHTML, captions);
}

function figure(svg: string, { caption, alt }: Captions): Shown {
  const data = new TextEncoder().encode(svg).toBase64();
  return displayed({
    html: `<figure style="margin: 1em 0"><img alt="${escapeHtml(alt)}" ` +
      `src="data:image/svg+xml;base64,${data}" ` +
      `style="max-width: 100%; height: auto">` +
      `<figcaption>${escapeHtml(caption)}</figcaption></figure>`,
    text: `${caption}\n${alt}`,
  });
}
