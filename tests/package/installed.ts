/** The packed package, installed by npm in an empty folder, as users have it. */

import { pack } from "../../tools/package.ts";
import { outputOf } from "../../tools/system.ts";

/** The folder, which is removed when the tests of this file have run. */
export const folder = await Deno.makeTempDir();
globalThis.addEventListener(
  "unload",
  () => Deno.removeSync(folder, { recursive: true }),
);

/** The file that npm would publish. */
export const packed = await pack();

/** Runs a program in the folder, and returns what it prints. */
export const inFolder = (program: string, args: string[]) =>
  outputOf(program, args, { cwd: folder, env: { NO_COLOR: "1" } });

await Deno.writeTextFile(`${folder}/package.json`, '{ "type": "module" }');
await inFolder("npm", [
  ...["install", "--no-audit", "--no-fund", "--silent"],
  ...["@tensorflow/tfjs@4.22.0", packed],
]);
