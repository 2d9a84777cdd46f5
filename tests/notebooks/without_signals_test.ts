/** What tools/notebooks.py and its helpers meet on Windows, imitated. */

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { capture, ROOT, venvPython } from "../../tools/system.ts";

/** Runs Python where tools/ can be imported; what it prints is not UTF-8. */
async function python(args: string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await capture(venvPython(), args, {
    cwd: ROOT,
    env: {
      PYTHONPATH: `${ROOT}tools`,
      PYTHONIOENCODING: "cp1252",
      JUPYTER_PREFER_ENV_PATH: "1",
      ...env,
    },
  });
  return { code, stdout, stderr };
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
    const shown = JSON.stringify({
      ...{ data: { "text/plain": "shown" }, metadata: {}, transient: {} },
    });
    const order = {
      ...{ ...cell, id: "two" },
      source: `console.log("1"); console.log("2");
        await Deno.jupyter.broadcast("display_data", ${shown});
        console.log("3");`,
    };
    const notebook = {
      cells: [mending, cell, order],
      metadata: {},
      nbformat: 4,
      nbformat_minor: 5,
    };
    const source = `${folder}/notebooks/a.ipynb`;
    await Deno.writeTextFile(source, JSON.stringify(notebook));
    const { code, stderr } = await python(["-c", WITHOUT_SIGNALS, folder]);
    assert.equal(code, 0, stderr);
    const text = await Deno.readTextFile(`${folder}/b.ipynb`);
    const { cells } = JSON.parse(text);
    assert.equal([cells[1].outputs[0].text].flat().join(""), "שלום →\n");
    // Lines in a row are one output; what is shown between two lines stays there.
    assert.deepEqual(
      cells[2].outputs.map((output: { text?: string | string[] }) =>
        output.text ? [output.text].flat().join("") : "shown"
      ),
      ["1\n2\n", "shown", "3\n"],
    );
  }));

Deno.test("a path with Hebrew letters is named where the console has none", () =>
  inFolder(async (folder) => {
    const missing = `${folder}/שלום`;
    const args = ["tools/notebooks.py", "export", missing];
    const { code, stdout, stderr } = await python(args);
    assert.equal(code, 1);
    assert.ok(stdout.includes(`Cannot write "${missing}/course.zip"`), stdout);
    assert.ok(!stderr.includes("UnicodeEncodeError"), stderr);
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
    const { stdout, stderr } = await python(["-c", HELD, path, "5"]);
    assert.equal(stdout, "5\n", stderr);
    assert.equal(await Deno.readTextFile(path), "new\n");
  }));

Deno.test("a file that stays held is named, and stays as it was", () =>
  inFolder(async (folder) => {
    const path = `${folder}/page.html`;
    await Deno.writeTextFile(path, "before\n");
    const { code, stdout } = await python(["-c", HELD, path, "99"]);
    assert.equal(code, 1);
    assert.match(
      stdout,
      /Cannot write ".*page\.html": The process cannot access/,
    );
    assert.equal(await Deno.readTextFile(path), "before\n");
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assert.deepEqual(names, ["page.html"]);
  }));
