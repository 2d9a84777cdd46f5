/**
 * Data to figures. A figure is an image with a caption and a text alternative:
 * an <img> with its data inside shows alike in JupyterLab (also in a notebook
 * that is not trusted, which hides SVG), in VS Code and in exported pages.
 */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { inWords } from "../errors/in_words.ts";
import { drawable } from "./marks.ts";
import { checkOptions } from "../errors/options.ts";
import { PixelCanvas } from "./pixel_canvas.ts";
import {
  captionHtml,
  type CellOutput,
  displayable,
  escapeHtml,
} from "../notebook/cell_output.ts";

// Kept from before any cell runs, since a cell may redefine this name.
const { TextEncoder } = globalThis;

/**
 * What a figure shows, and what one sees in it, for those who cannot. While one
 * tries something both may be left out.
 */
export interface Captions {
  caption?: string;
  alt?: string;
}

/** The same colours for the same things in every chart (after Okabe and Ito). */
export const COLOURS = {
  clean: "#0072b2",
  noisy: "#d55e00",
  denoised: "#009e73",
  neutral: "#777777",
};

/** The blue for dark grounds, where letters in the other one are hard to read. */
const LIGHTER = "#56b4e9";

/** A figure's own colours, since an <img> does not take on those of the page. */
export const STYLE = `
  svg { background: #ffffff; color: #1b1b1b; font: 13px sans-serif; }
  @media (prefers-color-scheme: dark) {
    svg { background: #1e1e1e; color: #e4e4e4; }
    [fill="${COLOURS.clean}"] { fill: ${LIGHTER}; }
    [stroke="${COLOURS.clean}"] { stroke: ${LIGHTER}; }
  }`;

/** The options of Plot.plot that are numbers. */
const NUMBERS = [
  ...["width", "height", "padding", "align"],
  ...["margin", "marginTop", "marginRight", "marginBottom", "marginLeft"],
  ...["inset", "insetTop", "insetRight", "insetBottom", "insetLeft"],
];

/** Those that are options of a scale. */
const SCALES = [
  ...["x", "y", "fx", "fy"],
  ...["r", "color", "opacity", "symbol", "length"],
];

/** All options of Plot.plot that a figure takes. */
const PLOT = [
  ...["marks", ...NUMBERS, "aspectRatio", "style", "className", "clip"],
  ...[...SCALES, "projection", "facet", "clamp", "nice", "zero", "round"],
  ...["axis", "grid", "label", "labelArrow"],
  ...["ariaLabel", "ariaDescription"],
];

/** What Plot would write beside the chart, where an image has no room for it. */
const BESIDE = ["title", "subtitle", "caption", "figure"];

/**
 * A chart made with Observable Plot: `plot` are the options of Plot.plot. Only
 * the chart itself is drawn: title and caption stand below every figure, and
 * marks are labelled where Plot would write a legend.
 *
 * @example
 * ```ts
 * plotFigure({ marks: [Plot.barY(counts, { x: "digit", y: "count" })] }, {
 *   caption: "How many of each digit.",
 *   alt: "Bar chart …",
 * });
 * ```
 *
 * @throws {TypeError} when caption or alt is no text, an option is unknown or of
 * the wrong kind, or marks are none or have no rows.
 * @throws {RangeError} for a title or a legend beside the chart, or a column that
 * no row has.
 */
export function plotFigure(plot: Plot.PlotOptions, captions: Captions = {}) {
  checkOptions("plotFigure", captions, ["caption", "alt"]);
  checkCaptions(captions);
  const beside = BESIDE.find((name) => name in Object(plot));
  if (beside) {
    throw new RangeError(
      `Cannot draw "${beside}" beside a chart: say it in the caption, which ` +
        `is the second argument of plotFigure`,
    );
  }
  checkOptions("plotFigure", plot, PLOT);
  checkNumbers(plot);
  checkScales(plot);
  const { document } = parseHTML("<html></html>") as unknown as {
    document: Document;
  };
  const create = document.createElement.bind(document);
  document.createElement =
    ((name: string) =>
      name === "canvas"
        ? new PixelCanvas()
        : create(name)) as typeof document.createElement;
  const { style, ...rest } = drawable(plot);
  const svg = Plot.plot({
    width: 640,
    height: 320,
    marginLeft: 50, // "10,000"
    marginBottom: 40, // numbers and, below them, the label
    ...rest,
    style: typeof style === "string" ? undefined : style,
    document,
  });
  if (typeof style === "string") svg.setAttribute("style", style);
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const sheet = document.createElement("style");
  sheet.textContent = STYLE;
  svg.append(sheet);
  return figure(svg.outerHTML, captions);
}

function checkNumbers(plot: Plot.PlotOptions) {
  for (const name of NUMBERS) {
    const value = plot[name as keyof typeof plot] as unknown;
    const isSize = name === "width" || name === "height";
    if (value === undefined) continue;
    if (Number.isFinite(value) && !(isSize && Number(value) <= 0)) continue;
    throw new TypeError(
      `Cannot draw a chart with ${name} "${inWords(value)}": give a number` +
        (isSize ? " of pixels, such as 400" : ", such as 10"),
    );
  }
}

function checkScales(plot: Plot.PlotOptions) {
  for (const name of SCALES) {
    const scale = plot[name as keyof typeof plot] as unknown;
    if (typeof (scale ?? {}) !== "object") {
      throw new TypeError(
        `Cannot draw the scale ${name} "${
          inWords(scale)
        }": give its options, ` +
          `such as ${name}: { label: "epoch" }; columns are named in the marks`,
      );
    }
    if (Object(scale).legend) {
      throw new RangeError(
        `Cannot draw the legend of "${name}" beside a chart: label the marks ` +
          `with Plot.text instead`,
      );
    }
  }
}

/** @throws {TypeError} when caption or alt is there and no text. */
export function checkCaptions(captions: Captions) {
  for (const name of ["caption", "alt"] as const) {
    const text = captions[name];
    if (text === undefined || typeof text === "string" && text !== "") continue;
    throw new TypeError(
      `Cannot draw a figure with ${name} "${inWords(text)}": give { caption: ` +
        `"What it shows.", alt: "What one sees, for those who cannot." }`,
    );
  }
}

/** A drawing as an image, with its caption below. */
export function figure(
  svg: string,
  { caption, alt = caption ?? "A figure without a description." }: Captions,
): CellOutput {
  const data = new TextEncoder().encode(svg).toBase64();
  return displayable({
    html: `<figure style="margin: 1em 0"><img alt="${escapeHtml(alt)}" ` +
      `src="data:image/svg+xml;base64,${data}" ` +
      `style="max-width: 100%; height: auto">${captionHtml(caption)}</figure>`,
    text: caption === undefined ? alt : `${caption}\n${alt}`,
  });
}
