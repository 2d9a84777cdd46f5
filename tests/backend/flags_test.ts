/** V8's flags of the course's kernel change the speed and no bit. */

import assert from "node:assert/strict";
import { kernelEnvironment } from "../../tools/flags.ts";
import { ROOT } from "../../tools/system.ts";

async function hash(env: Record<string, string>): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "tests/backend/three_steps.ts"],
    cwd: ROOT,
    env,
  }).output();
  const [answer, problem] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  assert.match(answer, /^[0-9a-f]{64}\n$/, problem);
  return answer;
}

Deno.test("with and without the kernel's flags the bits are the same", async () => {
  const plain = { DENO_V8_FLAGS: "--wasm-bounds-checks" }; // V8's default
  assert.equal(await hash(await kernelEnvironment()), await hash(plain));
});
