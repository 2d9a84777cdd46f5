/** What the tests of figures have in common. */

import { parseHTML } from "linkedom";
import { type CellOutput, drawingsIn } from "../../lib/notebook/cell_output.ts";

export const captions = { caption: 'a < b & "c"', alt: 'An "alt" <text>' };

/** The drawing of a figure, as text. */
export function svgOf({ html }: CellOutput): string {
  return drawingsIn(html)[0];
}

export function parse(svg: string) {
  return parseHTML(svg).document as unknown as Document;
}

/** Rows to draw, in a grid of six by five. */
export const rows = Array.from({ length: 30 }, (_, i) => ({
  x: i % 6,
  y: Math.floor(i / 6),
  v: 1 + i / 30,
  name: `a/b${i}`,
}));
export const xy = { x: "x", y: "y" };
