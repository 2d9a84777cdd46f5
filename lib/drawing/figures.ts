/**
 * Draws figures from data. A figure is an image with a caption and a text
 * alternative. An <img> that contains its data looks the same in VS Code, exported
 * pages and JupyterLab, which hides plain SVG in notebooks that are not trusted.
 */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { inWords } from "../errors/in_words.ts";
import { drawable } from "./marks.ts";
import { type DrawnMark, numbersHtml } from "./numbers.ts";
import { checkOptions } from "../errors/options.ts";
import { PixelCanvas } from "./pixel_canvas.ts";
import {
  captionHtml,
  type CellOutput,
  displayable,
  escapeHtml,
} from "../notebook/cell_output.ts";

/**
 * What a figure shows, and a description for people who cannot see it. Both may be
 * left out while you try something.
 */
export interface Captions {
  caption?: string;
  alt?: string;
}

/** Colours with the same meaning in every chart (after Okabe and Ito). */
export const COLOURS = {
  clean: "#0072b2",
  noisy: "#d55e00",
  denoised: "#009e73",
  neutral: "#777777",
};

/** A lighter blue for dark backgrounds, where the other blue is hard to read. */
const LIGHTER = "#56b4e9";

/** Colours for light and dark pages, since an <img> does not inherit the page's. */
export const STYLE = `
  svg { background: #ffffff; color: #1b1b1b; font: 13px sans-serif; }
  @media (prefers-color-scheme: dark) {
    svg { background: #1e1e1e; color: #e4e4e4; }
    [fill="${COLOURS.clean}"] { fill: ${LIGHTER}; }
    [stroke="${COLOURS.clean}"] { stroke: ${LIGHTER}; }
  }`;

/**
 * Words in a colour are a shade darker on white and, where needed, lighter on dark
 * ground: a contrast of 4.5 to 1 at least, as WCAG 2.2 asks for (1.4.3). The last two
 * colours are those of more kinds of images, in notebook 6.
 */
export const TEXT_COLOURS: Record<string, [light: string, dark: string]> = {
  [COLOURS.clean]: [COLOURS.clean, LIGHTER],
  [COLOURS.noisy]: ["#b85000", "#e8752a"],
  [COLOURS.denoised]: ["#007d5b", "#009e73"],
  [COLOURS.neutral]: ["#6e6e6e", "#919191"],
  "#e69f00": ["#8f6300", "#e69f00"],
  "#cc79a7": ["#a94f81", "#cc79a7"],
};

const wordStyle = (ground: 0 | 1) =>
  Object.entries(TEXT_COLOURS).map(([colour, shades]) =>
    `text[fill="${colour}"], [fill="${colour}"] text ` +
    `{ fill: ${shades[ground]}; }`
  ).join("\n");

const WORD_STYLE = `${wordStyle(0)}
  @media (prefers-color-scheme: dark) {
${wordStyle(1)}
  }`;

/** The attributes of a tag that say where something is drawn, in pixels. */
const PLACES =
  / (?:x|y|x1|x2|y1|y2|cx|cy|d|width|height)="[^"]*"| transform="translate[^"]*"/g;

/** The drawing with places to hundredths of a pixel; nobody sees more. */
const rounded = (svg: string) =>
  svg.replace(
    PLACES,
    (place) =>
      place.replace(/-?\d+\.\d{3,}(?!\d|e)/g, (number) =>
        String(Math.round(100 * Number(number)) / 100)),
  );

/** The options of Plot.plot whose values are numbers. */
const NUMBERS = [
  ...["width", "height", "padding", "align"],
  ...["margin", "marginTop", "marginRight", "marginBottom", "marginLeft"],
  ...["inset", "insetTop", "insetRight", "insetBottom", "insetLeft"],
];

/** The options of Plot.plot that describe a scale. */
const SCALES = [
  ...["x", "y", "fx", "fy"],
  ...["r", "color", "opacity", "symbol", "length"],
];

/** All options of Plot.plot that plotFigure accepts. */
const PLOT = [
  ...["marks", ...NUMBERS, "aspectRatio", "style", "className", "clip"],
  ...[...SCALES, "projection", "facet", "clamp", "nice", "zero", "round"],
  ...["axis", "grid", "label", "labelArrow"],
  ...["ariaLabel", "ariaDescription"],
];

/** Options that make Plot write outside of the chart, which the image leaves out. */
const BESIDE = ["title", "subtitle", "caption", "figure"];

/**
 * Draws a chart with Observable Plot; `plot` are the options of Plot.plot. Only the
 * chart itself is drawn: the caption below the figure replaces a title, and labels
 * of the marks replace a legend.
 *
 * @example
 * ```ts
 * plotFigure({ marks: [Plot.barY(counts, { x: "digit", y: "count" })] }, {
 *   caption: "How many of each digit.",
 *   alt: "Bar chart …",
 * });
 * ```
 *
 * @throws {TypeError} when caption or alt is not a text, an option is unknown or has
 * the wrong type, or something is not a mark or has no rows.
 * @throws {RangeError} when a title or legend is asked for, or a column that no row
 * has.
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
  const marks: DrawnMark[] = [];
  const { style, ...rest } = drawable(plot, (mark) => void marks.push(mark));
  const svg = Plot.plot({
    width: 640,
    height: 320,
    marginLeft: 50, // room for "10,000"
    marginBottom: 40, // room for numbers and the label below them
    marginTop: 26, // room for the label above the highest number
    ...rest,
    style: typeof style === "string" ? undefined : style,
    document,
  });
  if (typeof style === "string") svg.setAttribute("style", style);
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const sheet = document.createElement("style");
  sheet.textContent = STYLE + WORD_STYLE;
  svg.append(sheet);
  const labels = SCALES.map((name) => [name, plot[name as "x"]?.label]);
  // Without axes it is a picture, and no chart.
  const isPicture = plot.axis === null ||
    plot.x?.axis === null && plot.y?.axis === null;
  const numbers = isPicture
    ? ""
    : numbersHtml(marks, Object.fromEntries(labels));
  return figure(rounded(svg.outerHTML), captions, numbers);
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

/** @throws {TypeError} when caption or alt is given but is empty or not a text. */
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

/** Turns a drawing in SVG into an image with its caption, and other HTML, below. */
export function figure(
  svg: string,
  { caption, alt = caption ?? "A figure without a description." }: Captions,
  below = "",
): CellOutput {
  // A picture in it is base64 already; once more, it would grow by a third.
  const data = encodeURI(svg.toWellFormed()).replaceAll("#", "%23");
  return displayable({
    html: `<figure style="margin: 1em 0"><img alt="${escapeHtml(alt)}" ` +
      `src="data:image/svg+xml,${escapeHtml(data)}" ` +
      `style="max-width: 100%; height: auto">${captionHtml(caption)}${below}` +
      `</figure>`,
    text: caption === undefined ? alt : `${caption}\n${alt}`,
  });
}
