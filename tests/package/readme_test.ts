/** README's program, in a folder that has of this project only lib/ and deno.json. */

import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { findAdapter } from "../../lib/backend/webgpu.ts";
import { capture, ROOT } from "../../tools/system.ts";

const hasWebGpu = await findAdapter() !== undefined;
if (!hasWebGpu) {
  console.error(
    "\nSKIPPED: no WebGPU adapter, so README's program is NOT tested on it.\n",
  );
}

Deno.test("README's program trains and saves", () =>
  runProgram("useBackend()", "wasm-threads"));

Deno.test(
  "README's program does so on webgpu too",
  { ignore: !hasWebGpu },
  () => runProgram('useBackend("webgpu")', "webgpu"),
);

async function runProgram(call: string, backend: string) {
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  const [, written] = readme.match(/```ts\n(.+?)```/s)!;
  const program = written.replace("await useBackend()", `await ${call}`);
  assert.ok(program.includes(`await ${call}`));
  const { imports, nodeModulesDir } = JSON.parse(
    await Deno.readTextFile(`${ROOT}deno.json`),
  );
  const folder = await Deno.makeTempDir();
  try {
    // On Windows not everybody may make a link.
    await cp(`${ROOT}lib`, `${folder}/lib`, { recursive: true });
    const config = JSON.stringify({ nodeModulesDir, imports });
    await Deno.writeTextFile(`${folder}/deno.json`, config);
    await Deno.writeTextFile(`${folder}/train.ts`, program);
    const args = ["run", "-A", "train.ts"];
    const { stdout, stderr } = await capture(Deno.execPath(), args, {
      cwd: folder,
    });
    const [, name, loss, answer] = stdout.match(
      /^(.+)\n0 .+\n99 (\S+)\nFloat32Array\(1\) \[ (.+) \]\n$/s,
    ) ?? assert.fail(stdout + stderr);
    assert.equal(name, backend);
    // Weights are drawn anew each time.
    assert.ok(
      Number(loss) < 0.01 && Math.abs(Number(answer) - 7) < 0.2,
      stdout,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
