import assert from "node:assert/strict";
import { buildWasm } from "../../tools/build_wasm.ts";

Deno.test("kernels.wasm is what the sources give", async () => {
  const committed = await Deno.readFile(
    new URL("../../lib/backend/assembly/kernels.wasm", import.meta.url),
  );
  assert.deepEqual(
    await buildWasm(),
    committed,
    "run `deno task wasm` and commit kernels.wasm",
  );
});
