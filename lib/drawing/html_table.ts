/** Tables as HTML, for polars tables and for the numbers of charts. */

import { escapeHtml } from "../notebook/cell_output.ts";

/** What a cell without a value shows; aloud it is "none". */
export const MISSING = "–";

/** A column in the form in which it is shown. */
export interface Column {
  name: string;
  isNumbers: boolean;
  texts: string[];
  isMissing: boolean[];
}

/** The first `rows` rows of these columns as a <table>, which may say what it shows. */
export function htmlTable(
  columns: Column[],
  rows: number,
  caption?: string,
): string {
  const styleOf = ({ isNumbers }: Column) =>
    `text-align: ${isNumbers ? "right" : "left"}`;
  const head = columns.map((column) =>
    `<th scope="col" style="${styleOf(column)}">` +
    `${escapeHtml(column.name)}</th>`
  );
  // Words in the first column name their row, so that screen readers say them.
  const cellOf = (column: Column, k: number, i: number) => {
    const tag = k === 0 && !column.isNumbers ? "th" : "td";
    const scope = tag === "th" ? ' scope="row"' : "";
    const weight = tag === "th" ? "; font-weight: normal" : "";
    const label = column.isMissing[i] ? ' aria-label="none"' : "";
    return `<${tag}${scope} style="${styleOf(column)}${weight}"${label}>` +
      `${escapeHtml(column.texts[i])}</${tag}>`;
  };
  const rowOf = (i: number) => columns.map((column, k) => cellOf(column, k, i));
  const body = Array.from(
    { length: rows },
    (_, i) => `<tr>${rowOf(i).join("")}</tr>`,
  );
  const words = caption === undefined
    ? ""
    : `<caption style="text-align: left">${escapeHtml(caption)}</caption>\n`;
  return `<table>\n${words}<thead><tr>${head.join("")}</tr></thead>\n` +
    `<tbody>\n${body.join("\n")}\n</tbody></table>`;
}
