/**
 * The course runs from a folder whose path has a space and Hebrew letters, is
 * moved to another one, and runs there too.
 */

import assert from "node:assert/strict";
import { copyProject } from "./copy.ts";
import { capture, outputOf } from "../../tools/system.ts";

/** Runs a task in a copy; its output. */
async function task(
  cwd: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { code, stdout, stderr } = await capture(Deno.execPath(), [
    "task",
    ...args,
  ], { cwd, env: { NO_COLOR: "1", ...env } });
  const output = stdout + stderr;
  assert.equal(code, 0, output.slice(-3_000));
  return output;
}

Deno.test("a quick course, and its kernel, in a folder called שלום עולם", async () => {
  const home = await Deno.makeTempDir({ prefix: "שלום עולם " });
  const folder = `${home}/my course`;
  const moved = `${home}/הקורס שלי`;
  try {
    await copyProject(folder);
    const first = await task(folder, ["course", "01", "02", "04", "--quick"]);
    assert.match(first, /Making .venv with Jupyter \(about a minute\) …/);
    for (const name of ["01_load", "02_noise", "04_fit"]) {
      assert.match(first, new RegExp(`${name}  done in`));
      const page = `${folder}/site-quick/${name}.html`;
      assert.ok((await Deno.stat(page)).size > 50_000, name);
    }
    assert.ok((await Deno.stat(`${folder}/data/quick/model`)).isDirectory);
    const env = { JUPYTER_DATA_DIR: `${home}/jupyter data` };
    const kernel = await task(folder, ["kernel"], env);
    assert.match(kernel, /Kernel "Deno \(course\)" is in .*jupyter data/);

    // As a cell does that imports a package of the student's own.
    await outputOf(Deno.execPath(), [
      "cache",
      "npm:is-number@7.0.0",
    ], { cwd: folder });
    const noted = await task(folder, ["course", "01", "--quick"]);
    assert.match(noted, /deno.lock has new packages .*: npm:is-number@7.0.0/);
    assert.match(noted, /01_load {2}unchanged since its last run/);

    await Deno.rename(folder, moved);
    const out = `${home}/pages`;
    const again = await task(moved, ["course", "01", "--quick", "--out", out]);
    assert.match(again, /anew, since this folder stood elsewhere before …/);
    assert.ok((await Deno.stat(`${out}/01_load.html`)).isFile);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
