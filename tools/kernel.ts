/**
 * Puts the kernel where VS Code and a Jupyter of the user's own find it:
 * `deno task kernel [--plain]`. --plain leaves out the flags that make the
 * backend faster and take WebAssembly's bounds checks away. Deno's own kernel, for
 * other notebooks, stays as it is.
 */

import { readArguments } from "./arguments.ts";
import { KERNELSPEC, writeKernel } from "./kernel_spec.ts";
import { userJupyter } from "./system.ts";
import { runTask } from "./task.ts";

/**
 * Earlier versions of the course called their kernel "deno", as Deno calls its
 * own, and took the bounds checks away from all of the user's notebooks.
 */
async function removeEarlier() {
  const folder = `${userJupyter()}/kernels/deno`;
  const json = await Deno.readTextFile(`${folder}/kernel.json`)
    .catch(() => "{}");
  const { env } = JSON.parse(json);
  if (!env?.DENO_V8_FLAGS?.includes("revectorize")) return;
  await Deno.remove(folder, { recursive: true });
  console.log(
    `Removed the kernel "Deno" of an earlier version of the course from ` +
      `${folder}; "deno jupyter --install" puts Deno's own there`,
  );
}

await runTask(async () => {
  const { values: { plain } } = readArguments("deno task kernel [--plain]", {
    options: { plain: { type: "boolean" } },
  });
  await removeEarlier();
  const { path, spec } = await writeKernel(userJupyter(), { plain });
  console.log(`Kernel "${KERNELSPEC.display_name}" is in ${path}`);
  const { DENO_V8_FLAGS: flags } = spec.env;
  if (flags) {
    console.log(
      `It sets DENO_V8_FLAGS=${flags}: the backend is faster, and V8 does not ` +
        `check WebAssembly's memory accesses (with --plain it does).`,
    );
  }
});
