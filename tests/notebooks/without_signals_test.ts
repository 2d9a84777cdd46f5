/** What tools/notebooks.py and its helpers meet on Windows, imitated. */

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { ROOT, venvPython } from "../../tools/system.ts";

/** Runs Python where tools/ can be imported; what it prints is not UTF-8. */
async function python(args: string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(venvPython(), {
    args,
    cwd: ROOT,
    env: {
      PYTHONPATH: `${ROOT}tools`,
      PYTHONIOENCODING: "cp1252",
      JUPYTER_PREFER_ENV_PATH: "1",
      ...env,
    },
  }).output();
  const [said, problem] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  return { code, said, problem };
}

const WITHOUT_SIGNALS = `
import asyncio, sys
from pathlib import Path
import notebooks

class Loop(asyncio.SelectorEventLoop):
    def add_signal_handler(self, *args):
        raise NotImplementedError
    def remove_signal_handler(self, *args):
        raise NotImplementedError

asyncio.new_event_loop = Loop
folder = Path(sys.argv[1])
notebooks.ROOT = folder
notebooks.run(folder / "notebooks" / "a.ipynb", folder / "b.ipynb")
`;

Deno.test("a notebook runs where an event loop takes no signals", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/notebooks`);
    const cell = {
      cell_type: "code",
      id: "one",
      metadata: {},
      execution_count: null,
      outputs: [],
      source: "console.log(`שלום →`)",
    };
    // Deno's kernel, as it comes, may lose what a cell prints.
    const { href } = pathToFileURL(`${ROOT}lib/notebook/notebook.ts`);
    const mending = { ...cell, id: "zero", source: `await import("${href}")` };
    const notebook = {
      cells: [mending, cell],
      metadata: {},
      nbformat: 4,
      nbformat_minor: 5,
    };
    const source = `${folder}/notebooks/a.ipynb`;
    await Deno.writeTextFile(source, JSON.stringify(notebook));
    const { code, problem } = await python(["-c", WITHOUT_SIGNALS, folder]);
    assert.equal(code, 0, problem);
    const text = await Deno.readTextFile(`${folder}/b.ipynb`);
    const { cells } = JSON.parse(text);
    assert.equal([cells[1].outputs[0].text].flat().join(""), "שלום →\n");
  }));

Deno.test("a path with Hebrew letters is named where the console has none", () =>
  inFolder(async (folder) => {
    const missing = `${folder}/שלום`;
    const args = ["tools/notebooks.py", "export", missing];
    const { code, said, problem } = await python(args);
    assert.equal(code, 1);
    assert.ok(said.includes(`Cannot write "${missing}/glossary.html"`), said);
    assert.ok(!problem.includes("UnicodeEncodeError"), problem);
  }));

const HELD = `
import sys
from pathlib import Path
import files

replace, tries, ends = Path.replace, [], int(sys.argv[2])
def held(self, target):
    tries.append(self)
    if len(tries) < ends:
        raise PermissionError(13, "The process cannot access the file")
    return replace(self, target)

Path.replace = held
files.WAITS = [0.01] * 7
files.write_whole(sys.argv[1], "new\\n")
print(len(tries))
`;
import { inFolder } from "../in_folder.ts";

Deno.test("a file that another program holds is replaced when it lets go", () =>
  inFolder(async (folder) => {
    const path = `${folder}/page.html`;
    await Deno.writeTextFile(path, "before\n");
    const { said, problem } = await python(["-c", HELD, path, "5"]);
    assert.equal(said, "5\n", problem);
    assert.equal(await Deno.readTextFile(path), "new\n");
  }));

Deno.test("a file that stays held is named, and stays as it was", () =>
  inFolder(async (folder) => {
    const path = `${folder}/page.html`;
    await Deno.writeTextFile(path, "before\n");
    const { code, said } = await python(["-c", HELD, path, "99"]);
    assert.equal(code, 1);
    assert.match(
      said,
      /Cannot write ".*page\.html": The process cannot access/,
    );
    assert.equal(await Deno.readTextFile(path), "before\n");
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assert.deepEqual(names, ["page.html"]);
  }));
