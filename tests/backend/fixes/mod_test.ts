/** The corrections of TensorFlow.js work without our backend. */

import assert from "node:assert/strict";
import { ROOT } from "../../../tools/system.ts";

Deno.test("a program corrects tfjs without our backend, and reads no file", async () => {
  const program = `${ROOT}tests/backend/fixes/without_backend.ts`;
  // Without leave to read, no file of WebAssembly is loaded.
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-env", "--deny-read", program],
    env: { NO_COLOR: "1" },
  }).output();
  const error = new TextDecoder().decode(stderr);
  assert.equal(
    new TextDecoder().decode(stdout),
    "4,40\n-0.0014\n-1.6903\n-1.0000\n",
    error,
  );
});
