import assert from "node:assert/strict";
import { buildWasm } from "../../tools/build_wasm.ts";

Deno.test("kernels.wasm and jobs.ts are what the sources give", async () => {
  const backend = new URL("../../lib/backend/", import.meta.url);
  const { wasm, jobs } = await buildWasm();
  const hint = "run `deno task wasm` and commit kernels.wasm and jobs.ts";
  assert.deepEqual(
    wasm,
    await Deno.readFile(new URL("assembly/kernels.wasm", backend)),
    hint,
  );
  assert.equal(
    jobs,
    await Deno.readTextFile(new URL("threads/jobs.ts", backend)),
    hint,
  );
});
