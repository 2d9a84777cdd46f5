/**
 * Puts the kernel where VS Code and a Jupyter of the user's own find it:
 * `deno task kernel [--plain]`. --plain leaves out the flags that make the
 * backend faster and take WebAssembly's bounds checks away. A kernel named Deno,
 * for other notebooks, stays as it is.
 */

import { parseArgs } from "node:util";
import { KERNELSPEC, writeKernel } from "./kernel_spec.ts";
import { userJupyter } from "./system.ts";
import { runTask } from "./task.ts";

await runTask(async () => {
  const { values: { plain } } = parseArgs({
    options: { plain: { type: "boolean" } },
  });
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
