/**
 * Notebooks 4 and 5 on WebGPU, which their reader may choose by name, in the
 * course's kernel. A software adapter takes seconds for a step, so there are as
 * few digits as do, and `deno task test:webgpu` alone runs it; with WEBGPU_QUICK=1
 * there are as many as in the quick course, which takes an hour and more.
 */

import assert from "node:assert/strict";
import { findAdapter } from "../../lib/backend/webgpu.ts";
import { KERNEL } from "../../tools/kernel_spec.ts";
import { capture, ROOT, venvPython } from "../../tools/system.ts";

const isAsked = Deno.env.has("WEBGPU_NOTEBOOKS");
const hasWebGpu = isAsked && await findAdapter() !== undefined;
if (!hasWebGpu) {
  console.error(
    "\nSKIPPED: notebooks are NOT tested on webgpu here: `deno task " +
      "test:webgpu` does it, where there is a WebGPU adapter.\n",
  );
}

const FEWER = Deno.env.get("WEBGPU_QUICK") ? "" : "train: 128, test: 50,";
/** Beside notebooks/, so that what they import is where they look for it. */
const COPY = "data/webgpu-test";

/** A copy of a notebook, changed in two places that it must have. */
async function copyNotebook(name: string) {
  const notebook = JSON.parse(
    await Deno.readTextFile(`${ROOT}notebooks/${name}.ipynb`),
  );
  const changes = [
    ["await useBackend()", 'await useBackend("webgpu")'],
    [
      "const size = courseSize()",
      `const size = { ...courseSize(), ${FEWER} folder: "webgpu-test" }`,
    ],
  ];
  let done = 0;
  for (const cell of notebook.cells) {
    if (cell.cell_type !== "code") continue;
    let source: string = cell.source.join("");
    for (const [before, after] of changes) {
      if (source.includes(before)) done++;
      source = source.replace(before, after);
    }
    Object.assign(cell, { source, outputs: [], execution_count: null });
  }
  assert.equal(done, changes.length, name);
  const path = `${ROOT}${COPY}-${name}.ipynb`;
  await Deno.writeTextFile(path, JSON.stringify(notebook));
  return path;
}

Deno.test("notebooks 4 and 5 run to their end on webgpu", {
  ignore: !hasWebGpu,
}, async (test) => {
  const paths: string[] = [];
  try {
    for (const name of ["04_fit", "05_evaluate"]) {
      await test.step(name, async () => {
        const path = await copyNotebook(name);
        paths.push(path);
        const args = ["--inplace", "--timeout=-1", `--kernel_name=${KERNEL}`];
        const { code, stderr } = await capture(venvPython(), [
          "-m",
          "jupyter",
          "execute",
          ...args,
          path,
        ], { env: { JUPYTER_PREFER_ENV_PATH: "1", COURSE_QUICK: "1" } });
        assert.equal(code, 0, stderr);
      });
    }
  } finally {
    for (const path of paths) await Deno.remove(path);
    await Deno.remove(`${ROOT}${COPY}`, { recursive: true }).catch(() => {});
  }
});
