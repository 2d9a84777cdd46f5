/** Ctrl-C in `deno task course`, while a notebook runs. */

import assert from "node:assert/strict";
import { ROOT, venvPython } from "../../tools/system.ts";

const WAITS = "await new Promise((resolve) => setTimeout(resolve, 60_000));";

/** A notebook of one cell, in a folder of its own among the notebooks. */
async function withNotebook(source: string, use: (path: string) => unknown) {
  const folder = await Deno.makeTempDir({
    dir: `${ROOT}notebooks`,
    prefix: ".try-",
  });
  const cell = { cell_type: "code", id: "a", metadata: {}, source };
  const cells = [{ ...cell, outputs: [], execution_count: null }];
  const notebook = { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
  await Deno.writeTextFile(`${folder}/in.ipynb`, JSON.stringify(notebook));
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs it, presses Ctrl-C so many ms after its cell has begun. */
async function stopAfter(ms: number, folder: string) {
  const child = new Deno.Command(venvPython(), {
    args: [
      ...["tools/notebooks.py", "run", `${folder}/in.ipynb`],
      `${folder}/${ms}.ipynb`,
    ],
    cwd: ROOT,
    env: { JUPYTER_PREFER_ENV_PATH: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = child.stderr.text();
  let said = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    if (said === "") setTimeout(() => child.kill("SIGINT"), ms);
    said += text;
  }
  const { code } = await child.status;
  return { said, errors: await errors, code };
}

Deno.test("somebody who stops a notebook's run reads that, and nothing else", {
  ignore: Deno.build.os === "windows", // where Ctrl-C is nothing one can send
}, () =>
  withNotebook(WAITS, async (folder) => {
    // nbclient looks each second whether the kernel lives, which then just ends.
    const times = [50, 700, 750, 800, 850, 900, 950];
    for (const ms of times) {
      const { said, errors, code } = await stopAfter(ms, folder);
      assert.match(
        said,
        /^\S+ {2}cell 1 of 1 {2}.*\n\S+ {2}stopped; [^\n]*\n$/,
      );
      assert.equal(errors, "");
      assert.equal(code, 130);
    }
  }));
