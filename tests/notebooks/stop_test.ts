/** Stop (SIGINT, as Jupyter and VS Code send it) ends a training, not the kernel. */

import assert from "node:assert/strict";
import { BIN, ROOT } from "../../tools/setup.ts";

Deno.test("Stop ends a training cell within a second, and its state stays", async () => {
  const { stdout, stderr } = await new Deno.Command(`${BIN}/python`, {
    args: ["tests/notebooks/stop.py", "notebooks"],
    cwd: ROOT,
    env: { JUPYTER_PREFER_ENV_PATH: "1", NO_COLOR: "1" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  assert.equal(
    decode(stdout),
    "stopped in time, then: trained 28353",
    decode(stderr),
  );
});
