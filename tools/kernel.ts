/**
 * Puts the kernel where VS Code and a Jupyter of the user's own find it:
 * `deno task kernel [--plain] [--force]`. --plain leaves out the flags that make
 * the backend twice as fast and take WebAssembly's bounds checks away.
 */

import { parseArgs } from "node:util";
import { kernelSpec, writeKernel } from "./setup.ts";

const { values: { plain, force } } = parseArgs({
  options: { plain: { type: "boolean" }, force: { type: "boolean" } },
});

function userFolder(): string {
  const { HOME, XDG_DATA_HOME, JUPYTER_DATA_DIR, APPDATA } = Deno.env
    .toObject();
  if (JUPYTER_DATA_DIR) return JUPYTER_DATA_DIR;
  if (Deno.build.os === "windows") return `${APPDATA}/jupyter`;
  if (Deno.build.os === "darwin") return `${HOME}/Library/Jupyter`;
  return `${XDG_DATA_HOME ?? `${HOME}/.local/share`}/jupyter`;
}

const spec = kernelSpec({ plain });
const folder = userFolder();
const path = `${folder}/kernels/deno/kernel.json`;
const there = await Deno.readTextFile(path).catch(() => undefined);
const ours = [true, false].map((plain) =>
  JSON.stringify(kernelSpec({ plain }), null, 2)
);
if (there !== undefined && !ours.includes(there) && !force) {
  console.error(
    `Cannot write "${path}": there is another kernel named deno; ` +
      `use that one (without the course's flags it is half as fast), or ` +
      `replace it with --force`,
  );
  Deno.exit(1);
}
await writeKernel(folder, spec);
console.log(`Kernel "Deno" is in ${path}`);
for (const [name, value] of Object.entries(spec.env)) {
  console.log(
    `It sets ${name}=${value}: the backend is about twice as fast, and V8 ` +
      `does not check WebAssembly's memory accesses (--plain: it does).`,
  );
}
