/** V8's flags of the course's kernel change the speed and no bit. */

import assert from "node:assert/strict";
import { kernelEnvironment } from "../../tools/flags.ts";
import { capture, ROOT } from "../../tools/system.ts";

async function hash(env: Record<string, string>): Promise<string> {
  const { stdout, stderr } = await capture(Deno.execPath(), [
    "run",
    "-A",
    "tests/numerics/three_steps.ts",
  ], { cwd: ROOT, env });
  assert.match(stdout, /^[0-9a-f]{64}\n$/, stderr);
  return stdout;
}

Deno.test("with and without the kernel's flags the bits are the same", async () => {
  const plain = { DENO_V8_FLAGS: "--wasm-bounds-checks" }; // V8's default
  assert.equal(await hash(await kernelEnvironment()), await hash(plain));
});
