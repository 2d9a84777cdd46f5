/** Which Python is taken, and when a .venv is made anew. */

import assert from "node:assert/strict";
import { copyFiles } from "../in_folder.ts";
import { type Answer, findPython, noPython } from "../../tools/python.ts";
import { capture } from "../../tools/system.ts";

const answer = (minor: number, hasVenv = true): Answer => ({
  command: [`python3.${minor}`],
  version: [3, minor],
  hasVenv,
});

Deno.test("where no Python will do, the error says what is there and what to install", () => {
  const cases: [Answer[], string, RegExp[]][] = [
    [[], "linux", [/: there is none; install one/, /sudo apt/, /sudo dnf/]],
    [[answer(9)], "windows", [/"python3.9" is 3.9; /, /winget install/]],
    [[answer(10)], "linux", [/is 3.10; /, /Ubuntu 22.04: .*python3.11-venv/]],
    [[answer(15)], "darwin", [/from 3.11 to 3.14.*is 3.15; /, /brew install/]],
    [
      [answer(9), answer(12, false)],
      "linux",
      [/"python3.12" has no module venv; /],
    ],
  ];
  for (const [answers, os, patterns] of cases) {
    const message = noPython(answers, os);
    for (const pattern of patterns) assert.match(message, pattern);
    assert.match(message, /^Cannot find a Python from 3.11 to 3.14 /);
  }
});

Deno.test("a Python that is found runs, and is one that the wheels are for", async () => {
  const [program, ...args] = await findPython();
  const { stdout } = await capture(program, [
    ...args,
    "-c",
    "import venv, sys; print(sys.version_info[:2])",
  ]);
  assert.match(stdout, /^\(3, 1[1234]\)/);
});

/** A copy of what makes a .venv, which asks PyPI for nothing. */
async function inCopy(
  use: (folder: string, setUp: () => Promise<string>) => Promise<void>,
) {
  const folder = await Deno.makeTempDir({ prefix: "שלום עולם " });
  const moved = `${folder} moved`;
  try {
    await copyFiles([
      ...["tools/download.ts", "tools/python.ts", "tools/system.ts"],
      ...["lib/data/files.ts", "lib/errors/in_words.ts"],
    ], folder);
    await Deno.writeTextFile(`${folder}/requirements.txt`, "# nothing\n");
    await Deno.writeTextFile(`${folder}/deno.json`, "{}");
    await use(folder, () => make(folder));
  } finally {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    await Deno.remove(moved, { recursive: true }).catch(() => {});
  }
}

const MAKE = 'const { makeVenv } = await import("./tools/python.ts");' +
  "try { await makeVenv('', 'Jupyter'); } catch (error) {" +
  "console.log(error.message) }";

/** Makes the .venv of a copy, and returns what is said. */
async function make(cwd: string): Promise<string> {
  const { stdout, stderr } = await capture(Deno.execPath(), [
    "eval",
    "--no-lock",
    MAKE,
  ], { cwd });
  return stdout + stderr;
}

Deno.test("a .venv is kept while it is right, and made anew in a sentence when not", () =>
  inCopy(async (folder, setUp) => {
    assert.match(await setUp(), /^Making .venv with Jupyter …\n$/);
    assert.equal(await setUp(), "");
    // The same folder, called by another name.
    if (Deno.build.os !== "windows") {
      await Deno.symlink(folder, `${folder} link`);
      assert.equal(await make(`${folder} link`), "");
      await Deno.remove(`${folder} link`);
    }

    await Deno.writeTextFile(`${folder}/requirements.txt`, "# changed\n");
    assert.match(await setUp(), / anew, since requirements.txt has changed …/);

    await Deno.remove(`${folder}/.venv/made.json`);
    assert.match(await setUp(), / anew, since .venv is .* only half made …/);

    const home = await Deno.readTextFile(`${folder}/.venv/made.json`);
    const other = home.replace(/"python":"[^"]*"/, '"python":"3.9"');
    await Deno.writeTextFile(`${folder}/.venv/made.json`, other);
    assert.match(
      await setUp(),
      / anew, since the Python that .* another one …/,
    );

    await Deno.rename(folder, `${folder} moved`);
    assert.match(
      await make(`${folder} moved`),
      / anew, since this folder stood elsewhere before …/,
    );
    assert.equal(await make(`${folder} moved`), "");
  }));

Deno.test("a .venv of somebody's own is not touched", () =>
  inCopy(async (folder, setUp) => {
    await Deno.mkdir(`${folder}/.venv`);
    await Deno.writeTextFile(`${folder}/.venv/mine.txt`, "of mine");
    assert.match(
      await setUp(),
      /^Cannot make ".*.venv": .*did not make; rename/,
    );
    const kept = await Deno.readTextFile(`${folder}/.venv/mine.txt`);
    assert.equal(kept, "of mine");
  }));
