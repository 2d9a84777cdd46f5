/** The solutions solve the exercises: run in the kernel, each check is passed. */

import assert from "node:assert/strict";
import { notebookNames, solutionNames } from "../../tools/course.ts";
import { capture, ROOT } from "../../tools/system.ts";

interface Cell {
  source: string | string[];
  outputs?: { data?: Record<string, string | string[]> }[];
}

const names = await solutionNames(await notebookNames());

Deno.test("a quick course runs the solutions, and notebooks lead to their pages", async () => {
  assert.ok(names.length >= 8);
  const { code, stdout, stderr } = await capture(Deno.execPath(), [
    "task",
    "course",
    "--quick",
    "--solutions",
  ], { cwd: ROOT, env: { NO_COLOR: "1" } });
  assert.equal(code, 0, (stdout + stderr).slice(-3_000));
  for (const name of names) {
    const [, notebook] = name.split("/");
    const page = await Deno.readTextFile(`${ROOT}site-quick/${notebook}.html`);
    assert.ok(page.includes(`href="${name}.html"`), name);
    const solutions = await Deno.readTextFile(`${ROOT}site-quick/${name}.html`);
    assert.ok(solutions.includes(`href="../${notebook}.html"`), name);
  }
});

for (const name of names) {
  Deno.test(`${name}: every check says that the answer is right`, async () => {
    const path = `${ROOT}site-quick/${name}.ipynb`;
    const cells: Cell[] = JSON.parse(await Deno.readTextFile(path)).cells;
    let checks = 0;
    for (const { source, outputs = [] } of cells) {
      const code = [source].flat().join("");
      for (const [, id] of code.matchAll(/^check\("(.*?)"/gm)) {
        checks++;
        const shown = outputs.map(({ data }) =>
          [data?.["text/plain"] ?? ""].flat().join("")
        );
        assert.equal(shown.at(-1), `${id} is right.`);
      }
    }
    assert.ok(checks >= 3, `${checks} checks`);
  });
}
