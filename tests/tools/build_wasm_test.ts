import assert from "node:assert/strict";
import { buildWasm } from "../../tools/build_wasm.ts";
import { ROOT } from "../../tools/system.ts";

Deno.test({
  name: "embedded.ts and jobs.ts are what the sources give",
  sanitizeOps: false, // esbuild is a process that stays for a while
  sanitizeResources: false,
  async fn() {
    const { embedded, jobs } = await buildWasm();
    for (const [name, text] of Object.entries({ embedded, jobs })) {
      const path = `${ROOT}lib/backend/threads/${name}.ts`;
      const committed = await Deno.readTextFile(path);
      assert.ok(
        text === committed,
        `run \`deno task wasm\`, commit ${name}.ts`,
      );
    }
  },
});
