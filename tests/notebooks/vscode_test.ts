/**
 * What VS Code's Jupyter extension takes from a notebook's file, and from the
 * kernel. It chooses the kernel by `kernelspec`, the language of the cells by
 * `language_info`. It draws text/html and text/plain itself, runs no extension for
 * them, cuts text after 30 lines, and shows 500 outputs of a cell.
 */

import assert from "node:assert/strict";
import { notebookNames, solutionNames } from "../../tools/course.ts";
import { KERNELSPEC } from "../../tools/kernel_spec.ts";
import { ROOT } from "../../tools/system.ts";

interface Output {
  text?: string[];
  data?: Record<string, string | string[]>;
}

const LINES = 30;
/** Bytes of an output that a webview of VS Code need not be asked to swallow. */
const LARGE = 512_000;

const notebooks = await notebookNames();
for (const name of [...notebooks, ...await solutionNames(notebooks)]) {
  Deno.test(`${name}: the file is what VS Code needs`, async () => {
    const json = await Deno.readTextFile(`${ROOT}notebooks/${name}.ipynb`);
    const { nbformat, nbformat_minor, metadata, cells } = JSON.parse(json);
    // Cells have identifiers since 4.5; without them VS Code makes new ones.
    assert.deepEqual([nbformat, nbformat_minor], [4, 5]);
    const ids = new Set(cells.map(({ id }: { id: string }) => id));
    assert.equal(ids.size, cells.length);
    assert.deepEqual(metadata.kernelspec, KERNELSPEC);
    assert.equal(metadata.language_info.name, KERNELSPEC.language);
    assert.equal(metadata.language_info.file_extension, ".ts");
    for (const { outputs = [] } of cells) {
      assert.ok(outputs.length <= 500);
      for (const output of outputs) checkOutput(output);
    }
  });
}

function checkOutput({ text, data = {} }: Output) {
  assert.ok([text ?? []].flat().length <= LINES);
  for (const [kind, content] of Object.entries(data)) {
    assert.ok(["text/html", "text/plain"].includes(kind), kind);
    const shown = [content].flat().join("");
    assert.ok(shown.length < LARGE, `${shown.length} bytes`);
    // A webview loads nothing but what stands in the output.
    assert.ok(
      !/<script|<iframe|<link|src="(?!data:(?:image|audio)\/)/.test(shown),
    );
  }
  // Whoever cannot see the HTML reads the text.
  assert.ok(!data["text/html"] || data["text/plain"]?.length);
}

const { os, arch } = Deno.build;
if (os === "linux" && arch === "aarch64") {
  console.error(
    "\nSKIPPED: the package zeromq brings no program for Linux on ARM64, so the " +
      "kernel is NOT tested with what VS Code sends.\n",
  );
} else {
  await import("./vscode_kernel.ts");
}
