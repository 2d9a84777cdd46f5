/** Each chart that git keeps has its numbers as a table. */

import assert from "node:assert/strict";
import { drawingsIn } from "../../lib/notebook/cell_output.ts";
import { notebookNames, solutionNames } from "../../tools/course.ts";
import { ROOT } from "../../tools/system.ts";

/** What shows numbers, and the axis on which they can be read. */
const MARKS = /aria-label="(?:area|bar|dot|line|rect|tick)"/;
const AXIS = /aria-label="x-axis tick label"/;

const names = await notebookNames();
for (const name of [...names, ...await solutionNames(names)]) {
  Deno.test(`${name}: each chart has its numbers`, async () => {
    const text = await Deno.readTextFile(`${ROOT}notebooks/${name}.ipynb`);
    const outputs: { data?: Record<string, string[]> }[] = JSON.parse(text)
      .cells.flatMap(({ outputs = [] }) => outputs);
    for (const { data } of outputs) {
      const html = [data?.["text/html"] ?? ""].flat().join("");
      const isChart = drawingsIn(html).some((svg) =>
        MARKS.test(svg) && AXIS.test(svg)
      );
      const [, caption] = html.match(/<figcaption>(.*?)</) ?? [];
      assert.equal(html.includes('class="numbers"'), isChart, caption);
    }
  });
}
