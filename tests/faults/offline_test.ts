/** With the network off, all that ran once runs again; what is missing is said. */

import assert from "node:assert/strict";
import { copyFiles, PACKAGES } from "../in_folder.ts";
import { ROOT } from "../../tools/system.ts";
import * as shell from "./alone.ts";

/** The loopback of a network of its own, where there is nothing but itself. */
const UP = "ip link set lo up && ";

const isPossible = await shell.isPossible("net", `${UP}true`);
if (!isPossible) {
  console.error(
    "\nSKIPPED: no network can be taken away here (unshare and ip are " +
      "needed), so running offline is NOT tested.\n",
  );
}
const deno = Deno.execPath();

Deno.test("a notebook runs and becomes a page without a network", {
  ignore: !isPossible,
}, async () => {
  const command = `"${deno}" task course --quick --force 01`;
  for (const flag of ["", " --offline"]) {
    const { code, output } = await shell.alone("net", UP + command + flag);
    assert.equal(code, 0, output);
    assert.match(output, /01_load\s+done in/);
  }
});

Deno.test("--offline says at once what is missing", {
  ignore: !isPossible,
}, async () => {
  const empty = await Deno.makeTempDir();
  try {
    await copyFiles([
      ...PACKAGES,
      ...["requirements.txt", "lib/data/files.ts", "lib/errors/in_words.ts"],
      "lib/notebook/cell_output.ts",
    ], empty);
    await Deno.mkdir(`${empty}/tools`);
    await Deno.mkdir(`${empty}/notebooks`);
    for await (const { name, isFile } of Deno.readDir(`${ROOT}tools`)) {
      if (!isFile) continue;
      await Deno.copyFile(`${ROOT}tools/${name}`, `${empty}/tools/${name}`);
    }
    const start = performance.now();
    const { code, output } = await shell.alone(
      "net",
      `${UP}"${deno}" run -A tools/course.ts --offline`,
      { cwd: empty, env: { DENO_DIR: `${empty}/cache` } },
    );
    assert.equal(code, 1);
    assert.match(
      output,
      /missing are packages of deno.lock and Jupyter in .venv/,
    );
    assert.match(output, /"deno task course" once with a network/);
    assert.ok(performance.now() - start < 10_000);
  } finally {
    await Deno.remove(empty, { recursive: true });
  }
});
