/**
 * Data to figures. A figure is an image with a caption and a text alternative:
 * an <img> with its data inside shows alike in JupyterLab (also in a notebook
 * that is not trusted, which hides SVG), in VS Code and in exported pages.
 */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { displayed, escapeHtml, type Shown } from "./shown.ts";

/** Every figure says what to see, and tells it to those who cannot. */
export interface Captions {
  caption: string;
  alt: string;
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

/** A drawing as an image, with its caption below. */
export function figure(svg: string, { caption, alt }: Captions): Shown {
  const data = new TextEncoder().encode(svg).toBase64();
  return displayed({
    html: `<figure style="margin: 1em 0"><img alt="${escapeHtml(alt)}" ` +
      `src="data:image/svg+xml;base64,${data}" ` +
      `style="max-width: 100%; height: auto">` +
      `<figcaption>${escapeHtml(caption)}</figcaption></figure>`,
    text: `${caption}\n${alt}`,
  });
}
