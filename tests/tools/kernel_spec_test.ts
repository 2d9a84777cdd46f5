/** The kernel that Jupyter finds outlives the Deno that put it there. */

import assert from "node:assert/strict";
import { ROOT } from "../../tools/system.ts";

async function task(env: Record<string, string>, ...args: string[]) {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "tools/kernel.ts", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return decode(stdout) + decode(stderr);
}

Deno.test("the kernel has a name, a program and flags of its own, and an upgrade knows it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ירושלים and " });
  const env = { JUPYTER_DATA_DIR: folder };
  const kernels = `${folder}/kernels`;
  try {
    // Deno's own kernel, for the student's other notebooks.
    await Deno.mkdir(`${kernels}/deno`, { recursive: true });
    await Deno.writeTextFile(`${kernels}/deno/kernel.json`, "{}");
    const said = await task(env);
    assert.match(said, /^Kernel "Deno \(course\)" is in .*deno-course/);
    const path = `${kernels}/deno-course/kernel.json`;
    const spec = JSON.parse(await Deno.readTextFile(path));
    assert.equal(spec.display_name, "Deno (course)");
    assert.ok(spec.argv[0].startsWith(folder), spec.argv[0]);
    const { stdout } = await new Deno.Command(spec.argv[0], {
      args: ["--version"],
    }).output();
    const version = `deno ${Deno.version.deno}`;
    assert.ok(new TextDecoder().decode(stdout).startsWith(version));

    // As an earlier course left it.
    const old = `${kernels}/deno-course/deno-2.9.1`;
    await Deno.writeTextFile(old, "");
    await task(env, "--plain");
    const plain = JSON.parse(await Deno.readTextFile(path));
    assert.equal(plain.env.DENO_V8_FLAGS, undefined);
    assert.throws(() => Deno.statSync(old), Deno.errors.NotFound);
    assert.equal(await Deno.readTextFile(`${kernels}/deno/kernel.json`), "{}");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an option that kernel does not know is refused", async () => {
  assert.match(await task({}, "--fast"), /Unknown option '--fast'/);
});
