/**
 * Shows in a script what a notebook shows in its cells. nbconvert makes scripts
 * that import this; what else imports the course writes no files unasked.
 */

import { parseHTML } from "linkedom";
import { parse } from "node:path";
import { writeWhole } from "../data/files.ts";
import { showElsewhere } from "./notebook.ts";
import type { CellOutput } from "./cell_output.ts";

const FOLDER = "shown";
let pictures = 0;

/**
 * Writes pictures into a folder, below the one in which the script is run, and
 * says where they are; all else it prints.
 */
export async function show(value: unknown) {
  if (value === undefined || value === null) return;
  const { html, text } = Object(value) as Partial<CellOutput>;
  if (html === undefined || text === undefined) return console.log(value);
  console.log(html.includes("<table>") ? tableText(html) : text);
  for (const [, data] of html.matchAll(/src="data:image\/svg[^,]*,([^"]+)"/g)) {
    const [, number] = text.match(/^Figure (\d+\.\d+)\./m) ?? [];
    // Without a number it might be in the place of another script's figure.
    const name = number ?? `${parse(Deno.mainModule).name}-${++pictures}`;
    const path = `${FOLDER}/figure-${name}.svg`;
    await Deno.mkdir(FOLDER, { recursive: true });
    await writeWhole(path, Uint8Array.fromBase64(data));
    console.log(`→ ${path}\n`);
  }
}

/** A table with the numbers that its page has: polars prints them in its own way. */
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
