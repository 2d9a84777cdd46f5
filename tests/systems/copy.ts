/** A copy of the project, as somebody has it who has just fetched it. */

import { ROOT } from "../../tools/system.ts";

/** What git ignores at the top level, and its own folder. */
const NOT_COPIED = [
  ".git",
  ".systems",
  ".venv",
  ".venv-old",
  "node_modules",
  "site",
  "site-quick",
  "site-saved",
];
/** Folders of data that notebooks write. */
const WRITTEN = /^data\/(?!README\.md$|extracts(\/|$))/;

/** Copies the project's own files into `folder`, which is made. */
export async function copyProject(folder: string, path = "") {
  await Deno.mkdir(`${folder}/${path}`, { recursive: true });
  for await (const entry of Deno.readDir(`${ROOT}${path}`)) {
    const { name, isDirectory, isFile } = entry;
    const inner = `${path}${name}`;
    if (NOT_COPIED.includes(name) || WRITTEN.test(inner)) continue;
    if (isDirectory) await copyProject(folder, `${inner}/`);
    else if (isFile) {
      await Deno.copyFile(`${ROOT}${inner}`, `${folder}/${inner}`);
    }
  }
}
