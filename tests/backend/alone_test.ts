/** README's program, in a folder that has of this project what README names. */

import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { findAdapter } from "../../lib/backend/webgpu.ts";
import { ROOT } from "../../tools/system.ts";

const hasWebGpu = await findAdapter() !== undefined;
if (!hasWebGpu) {
  console.error(
    "\nSKIPPED: no WebGPU adapter, so README's program is NOT tested on it.\n",
  );
}

Deno.test("README's program trains and saves where only the backend is", () =>
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
  const own = Object.entries(imports)
    .filter(([name]) => name.startsWith("@tensorflow/"));
  const folder = await Deno.makeTempDir();
  try {
    // On Windows not everybody may make a link.
    await cp(`${ROOT}lib/backend`, `${folder}/lib/backend`, {
      recursive: true,
    });
    for (const room of ["errors", "data", "training"]) {
      await cp(`${ROOT}lib/${room}`, `${folder}/lib/${room}`, {
        recursive: true,
      });
    }
    const config = JSON.stringify({
      nodeModulesDir,
      imports: Object.fromEntries(own),
    });
    await Deno.writeTextFile(`${folder}/deno.json`, config);
    await Deno.writeTextFile(`${folder}/train.ts`, program);
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "train.ts"],
      cwd: folder,
    }).output();
    const said = new TextDecoder().decode(stdout);
    const error = new TextDecoder().decode(stderr);
    const [, name, loss, answer] = said.match(
      /^(.+)\n0 .+\n99 (\S+)\nFloat32Array\(1\) \[ (.+) \]\n$/s,
    ) ?? assert.fail(said + error);
    assert.equal(name, backend);
    // Weights are drawn anew each time.
    assert.ok(Number(loss) < 0.01 && Math.abs(Number(answer) - 7) < 0.2, said);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
