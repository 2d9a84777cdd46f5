/** What is shown where there is no notebook, as in a script made of one. */

import { writeWhole } from "./files.ts";
import type { Shown } from "./shown.ts";

/** Holds the pictures, in the folder in which the script is run. */
const FOLDER = "shown";
let pictures = 0;

/** Writes pictures to files and says where they are; all else it prints. */
export async function showInScript(value: unknown) {
  const { html, text } = Object(value) as Partial<Shown>;
  if (html === undefined || text === undefined) return console.log(value);
  console.log(text);
  for (const [, data] of html.matchAll(/src="data:image\/svg[^,]*,([^"]+)"/g)) {
    const [, number = ++pictures] = text.match(/^Figure (\d+\.\d+)\./m) ?? [];
    const path = `${FOLDER}/figure-${number}.svg`;
    await Deno.mkdir(FOLDER, { recursive: true });
    await writeWhole(path, Uint8Array.fromBase64(data));
    console.log(`→ ${path}\n`);
  }
}
