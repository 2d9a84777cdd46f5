/** README's program, in a folder that has of this project what README names. */

import assert from "node:assert/strict";
import { ROOT } from "../../tools/setup.ts";

Deno.test("README's program trains and saves where only the backend is", async () => {
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  const [, program] = readme.match(/```ts\n(.+?)```/s)!;
  const { imports } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const own = Object.entries(imports)
    .filter(([name]) => name.startsWith("@tensorflow/"));
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/lib`);
    await Deno.symlink(`${ROOT}lib/backend`, `${folder}/lib/backend`);
    for (const name of ["checkpoint.ts", "files.ts"]) {
      await Deno.copyFile(`${ROOT}lib/${name}`, `${folder}/lib/${name}`);
    }
    const config = JSON.stringify({ imports: Object.fromEntries(own) });
    await Deno.writeTextFile(`${folder}/deno.json`, config);
    await Deno.writeTextFile(`${folder}/train.ts`, program);
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "train.ts"],
      cwd: folder,
    }).output();
    const said = new TextDecoder().decode(stdout);
    const error = new TextDecoder().decode(stderr);
    assert.match(
      said,
      /^(wasm-threads|webgpu)\n0 .+\n99 0\.000\d+\nTensor\s+\[\[(6\.9|7\.0)\d+\],\]/s,
      error,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
