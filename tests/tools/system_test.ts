/** Paths and the version of Deno, as tasks take them. */

import assert from "node:assert/strict";
import {
  capture,
  checkDeno,
  outputOf,
  ROOT,
  run,
  userJupyter,
} from "../../tools/system.ts";

Deno.test("a Deno whose kernel shows nothing is refused, later ones are not", () => {
  for (const version of ["1.46.3", "2.4.5", "2.8.3"]) {
    assert.throws(() => checkDeno(version), {
      message: /^Cannot use Deno .*: the course needs 2.9.0 or later; .*npx/,
    });
  }
  for (const version of ["2.9.0", "2.9.6", "2.10.0", "2.10.0-rc.1", "3.0.0"]) {
    checkDeno(version);
  }
});

Deno.test("Deno for ARM64 is refused on Windows alone", () => {
  const arch = "aarch64";
  assert.throws(() => checkDeno("2.9.6", { os: "windows", arch }), {
    message: /for ARM64 on Windows: nodejs-polars .*for x64/,
  });
  for (const os of ["linux", "darwin"]) checkDeno("2.9.6", { os, arch });
  checkDeno("2.9.6", { os: "windows", arch: "x86_64" });
});

Deno.test("the project's folder is a path that has deno.json", async () => {
  assert.ok(!ROOT.includes("%20"));
  assert.ok((await Deno.stat(`${ROOT}deno.json`)).isFile);
});

Deno.test("Jupyter's folder is found, also where HOME is not set", async () => {
  assert.match(userJupyter(), /jupyter$/i);
  const program = 'import { userJupyter } from "./tools/system.ts";' +
    "console.log(userJupyter())";
  const { HOME: _, XDG_DATA_HOME: __, JUPYTER_DATA_DIR: ___, ...env } = Deno.env
    .toObject();
  const { stdout, stderr } = await capture(Deno.execPath(), [
    "eval",
    "--no-lock",
    program,
  ], { cwd: ROOT, clearEnv: true, env: { ...env, DENO_DIR: await denoDir() } });
  const [home] = stdout.split(/[/\\](?:\.local|Library|AppData)\b/);
  assert.ok(home !== "" && (await Deno.stat(home)).isDirectory, stderr);
});

async function denoDir(): Promise<string> {
  const { stdout } = await capture(Deno.execPath(), ["info", "--json"], {
    cwd: ROOT,
  });
  return JSON.parse(stdout).denoDir;
}

Deno.test("a program that fails is named, with the sentence made of what it said", async () => {
  const fail = ["eval", "console.error('no way'); Deno.exit(3)"];
  const program = Deno.execPath();
  await assert.rejects(
    run(program, fail),
    /^Error: Cannot run .* ended with 3$/,
  );
  const explain = (problem: string) =>
    problem.includes("no way") ? "it is so" : undefined;
  await assert.rejects(run(program, fail, { explain }), /: it is so$/);
});

Deno.test("what a program has written is captured, with its exit code", async () => {
  const program = "console.log('שלום'); console.error('no'); Deno.exit(3)";
  assert.deepEqual(await capture(Deno.execPath(), ["eval", program]), {
    ...{ code: 3, success: false, stdout: "שלום\n", stderr: "no\n" },
  });
});

Deno.test("a program's output is returned, or its own words are the error's", async () => {
  const deno = Deno.execPath();
  assert.equal(await outputOf(deno, ["eval", "console.log('yes')"]), "yes\n");
  const fail = "console.log('why'); console.error('no way'); Deno.exit(3)";
  await assert.rejects(
    outputOf(deno, ["eval", fail]),
    /^Error: Cannot run ".* eval .*":\nwhy\n\nno way$/,
  );
});
