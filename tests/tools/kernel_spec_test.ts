/** The kernel that Jupyter finds outlives the Deno that put it there. */

import assert from "node:assert/strict";
import { capture, ROOT } from "../../tools/system.ts";

async function task(
  env: Record<string, string>,
  args: string[] = [],
  deno = Deno.execPath(),
) {
  const { stdout, stderr } = await capture(deno, [
    "run",
    "-A",
    "tools/kernel.ts",
    ...args,
  ], { cwd: ROOT, env: { NO_COLOR: "1", ...env } });
  return stdout + stderr;
}

Deno.test("the kernel has a name, a program and flags of its own, and an upgrade knows it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ירושלים and " });
  const env = { JUPYTER_DATA_DIR: folder };
  const suffix = Deno.build.os === "windows" ? ".exe" : "";
  const deno = `${folder}/npx-deno${suffix}`;
  const kernels = `${folder}/kernels`;
  try {
    // Deno's own kernel, for the student's other notebooks.
    await Deno.mkdir(`${kernels}/deno`, { recursive: true });
    await Deno.writeTextFile(`${kernels}/deno/kernel.json`, "{}");
    // It is gone afterwards, as it is when npx's cache is cleaned.
    await Deno.copyFile(Deno.execPath(), deno);
    const said = await task(env, [], deno);
    await Deno.remove(deno);
    assert.match(said, /^Kernel "Deno \(course\)" is in .*deno-course/m);
    const path = `${kernels}/deno-course/kernel.json`;
    const spec = JSON.parse(await Deno.readTextFile(path));
    assert.equal(spec.display_name, "Deno (course)");
    assert.equal(spec.env.DENO_TLS_CA_STORE, "system,mozilla");
    assert.ok(spec.argv[0].startsWith(folder), spec.argv[0]);
    const { stdout } = await capture(spec.argv[0], ["--version"]);
    const version = `deno ${Deno.version.deno}`;
    assert.ok(stdout.startsWith(version));

    // As an earlier course left it.
    const old = `${kernels}/deno-course/deno-2.9.1`;
    await Deno.writeTextFile(old, "");
    await task(env, ["--plain"]);
    const plain = JSON.parse(await Deno.readTextFile(path));
    assert.equal(plain.env.DENO_V8_FLAGS, undefined);
    assert.throws(() => Deno.statSync(old), Deno.errors.NotFound);
    assert.equal(await Deno.readTextFile(`${kernels}/deno/kernel.json`), "{}");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an option that kernel does not know is refused", async () => {
  assert.match(await task({}, ["--fast"]), /Unknown option '--fast'/);
});

Deno.test("a kernel that an earlier course named deno makes room, and that is said", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/kernels/deno`, { recursive: true });
    const flags = "--no-wasm-bounds-checks,--experimental-wasm-revectorize";
    const spec = { argv: ["deno"], env: { DENO_V8_FLAGS: flags } };
    const path = `${folder}/kernels/deno/kernel.json`;
    await Deno.writeTextFile(path, JSON.stringify(spec));
    const said = await task({ JUPYTER_DATA_DIR: folder });
    assert.match(said, /^Removed the kernel "Deno" of an earlier version/);
    assert.throws(() => Deno.statSync(path), Deno.errors.NotFound);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("every task trusts the certificates of the system", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  for (const { command } of Object.values<{ command: string }>(tasks)) {
    assert.match(command, /^DENO_TLS_CA_STORE=system,mozilla /);
  }
});
