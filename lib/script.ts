/**
 * Shows in a script what a notebook shows in its cells. nbconvert makes scripts
 * that import this; what else imports the course writes no files unasked.
 */

import { writeWhole } from "./files.ts";
import { showElsewhere } from "./notebook.ts";
import type { Shown } from "./shown.ts";

let pictures = 0;

/**
 * Writes pictures into a folder, below the one in which the script is run, and
 * says where they are; all else it prints.
 */
export async function show(value: unknown, folder = "shown") {
  if (value === undefined || value === null) return;
  const { html, text } = Object(value) as Partial<Shown>;
  if (html === undefined || text === undefined) return console.log(value);
  console.log(text);
  for (const [, data] of html.matchAll(/src="data:image\/svg[^,]*,([^"]+)"/g)) {
    const [, number = ++pictures] = text.match(/^Figure (\d+\.\d+)\./m) ?? [];
    const path = `${folder}/figure-${number}.svg`;
    await Deno.mkdir(folder, { recursive: true });
    await writeWhole(path, Uint8Array.fromBase64(data));
    console.log(`→ ${path}\n`);
  }
}

showElsewhere(show);
