/**
 * Shows in a script what a notebook shows in its cells. The scripts that nbconvert
 * makes import this file. Other programs do not, so they write no files by accident.
 */

import { parseHTML } from "linkedom";
import { parse } from "node:path";
import { writeWhole } from "../data/files.ts";
import { showElsewhere } from "./notebook.ts";
import { type CellOutput, drawingsIn } from "./cell_output.ts";

// Kept from before any cell runs, since a cell may redefine this name.
const { TextEncoder } = globalThis;

const FOLDER = "shown";
let pictures = 0;

/**
 * Shows the value of a cell. Pictures are written to a folder "shown" in the current
 * folder, and their paths are printed; anything else is printed.
 */
export async function show(value: unknown) {
  if (value === undefined || value === null) return;
  const { html, text } = Object(value) as Partial<CellOutput>;
  if (html === undefined || text === undefined) return console.log(value);
  console.log(html.includes("<table>") ? tableText(html) : text);
  for (const svg of drawingsIn(html)) {
    const [, number] = text.match(/^Figure (\d+\.\d+)\./m) ?? [];
    // A figure without a number needs the script's name, since scripts share a folder.
    const name = number ?? `${parse(Deno.mainModule).name}-${++pictures}`;
    const path = `${FOLDER}/figure-${name}.svg`;
    await Deno.mkdir(FOLDER, { recursive: true });
    await writeWhole(path, new TextEncoder().encode(svg));
    console.log(`→ ${path}\n`);
  }
}

/** A table as text, with the numbers of its HTML; polars would format them otherwise. */
function tableText(html: string): string {
  const { document } = parseHTML(html) as unknown as { document: Document };
  const rows = [...document.querySelectorAll("tr")].map((row) =>
    [...row.children].map((cell) => ({
      text: cell.textContent.replaceAll(/\s+/g, " "),
      isRight: cell.getAttribute("style")?.endsWith("right"),
    }))
  );
  const widths = rows[0].map((_, i) =>
    Math.max(...rows.map((row) => row[i].text.length))
  );
  const lines = rows.map((row) =>
    row.map(({ text, isRight }, i) =>
      isRight ? text.padStart(widths[i]) : text.padEnd(widths[i])
    ).join("  ").trimEnd()
  );
  const beside = (selector: string) =>
    [...document.querySelectorAll(selector)].map((one) => one.textContent);
  return [...beside("figcaption"), ...lines, ...beside("p"), ""].join("\n");
}

showElsewhere(show);
