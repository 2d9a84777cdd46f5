/** Deno's kernel loses outputs of cells that are run together; ours must not. */

import assert from "node:assert/strict";
import { BIN, ROOT } from "../../tools/setup.ts";

async function count(firstCell: string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(`${BIN}/python`, {
    args: ["tests/notebooks/outputs.py", "notebooks", "200", ...firstCell],
    cwd: ROOT,
    env: { JUPYTER_PREFER_ENV_PATH: "1" },
  }).output();
  return new TextDecoder().decode(stdout).trim() ||
    new TextDecoder().decode(stderr);
}

Deno.test("of 200 cells at once no output is lost or misplaced", async () => {
  assert.equal(
    await count(['import "../lib/mod.ts"; void 0']),
    "lost 0, misplaced 0",
  );
});

Deno.test("without the remedy some are: the test can tell", async () => {
  assert.notEqual(await count([]), "lost 0, misplaced 0");
});
