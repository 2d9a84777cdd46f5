/** Which notebooks the tests open in JupyterLab, in VS Code and in its menus. */

import { notebookNames } from "../../tools/course.ts";

/** They have each kind of output: figures, tables, a live curve, sounds. */
const SOME = /^(01|04|05|12)_/;

/** Those, or with ALL_NOTEBOOKS=1 all. */
export async function someNotebooks(): Promise<string[]> {
  const names = await notebookNames();
  if (Deno.env.has("ALL_NOTEBOOKS")) return names;
  console.error(
    "\nOnly notebooks 1, 4, 5 and 12 are tried in front ends here; " +
      '"deno task test:notebooks" tries all.\n',
  );
  return names.filter((name) => SOME.test(name));
}
