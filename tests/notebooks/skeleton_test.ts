/** Notebooks begin alike, say truly how long they take, and have short cells. */

import assert from "node:assert/strict";
import { notebookNames, solutionNames } from "../../tools/course.ts";
import { ROOT } from "../../tools/system.ts";

interface Cell {
  cell_type: string;
  source: string | string[];
}

const COUNTS = ["no", "one", "two", "three", "four", "five", "six", "seven"]
  .concat(["eight", "nine", "ten", "eleven", "twelve", "thirteen"])
  .concat(["fourteen", "fifteen", "sixteen", "seventeen", "eighteen"]);

const names = await notebookNames();
const read = (name: string) =>
  JSON.parse(Deno.readTextFileSync(`${ROOT}notebooks/${name}.ipynb`));
const textOf = ({ source }: Cell) => [source].flat().join("");
const readme = Deno.readTextFileSync(`${ROOT}README.md`);

for (const name of names) {
  Deno.test(`${name}: says how long it takes, what it needs, where words are`, () => {
    const { cells, metadata } = read(name);
    const head = textOf(cells[0]).replaceAll("\n", " ");
    assert.match(head, /\*\*Needs:\*\* .*\*\*Words:\*\* \[glossary\]/);
    // A head cannot know the reader's machine, so it says whose time this is.
    const [, said] = head.match(
      /\*\*Time:\*\* (.+?) on the machine that made these outputs; `deno task course` estimates the time on yours\. /,
    ) ?? [];
    assert.ok(said, head);
    const [, row] = readme.match(
      new RegExp(`${name}\\.ipynb\\).*\\| (.+?) *\\|`),
    )!;
    const minutes = (metadata.course.seconds as number[])
      .reduce((sum, seconds) => sum + seconds, 0) / 60;
    if (said === "under a minute") {
      assert.equal(row, "< 1");
      assert.ok(minutes < 1, `${minutes}`);
      return;
    }
    const [, word] = said.match(/^about (\w+) minutes$/) ?? [];
    const count = said === "about a minute" ? 1 : COUNTS.indexOf(word);
    assert.equal(row, `${count}`);
    // The minutes of the run that made the outputs in git, rounded.
    assert.ok(Math.abs(minutes - count) < 0.6, `${minutes}`);
  });
}

for (const name of [...names, ...await solutionNames(names)]) {
  Deno.test(`${name}: cells have at most 20 lines of 80 columns`, () => {
    for (const cell of read(name).cells as Cell[]) {
      if (cell.cell_type !== "code") continue;
      const lines = textOf(cell).split("\n");
      assert.ok(lines.length <= 20, `${lines.length} lines: ${lines[0]}`);
      const long = lines.find((line) => [...line].length > 80);
      assert.equal(long, undefined);
    }
  });
}

for (const name of names) {
  Deno.test(`${name}: every cell of code has a text before it`, () => {
    const cells = read(name).cells as Cell[];
    const bare = cells.filter(({ cell_type }, i) =>
      cell_type === "code" && cells[i - 1]?.cell_type !== "markdown"
    );
    assert.deepEqual(bare.map(textOf), []);
  });

  Deno.test(`${name}: every figure and table has a caption, every figure words for it`, () => {
    const figures = (read(name).cells as { outputs?: { data?: object }[] }[])
      .flatMap(({ outputs = [] }) => outputs)
      .map(({ data }) => [Object(data)["text/html"] ?? ""].flat().join(""))
      .filter((html) => html.includes("<figure"));
    assert.ok(figures.length > 0);
    for (const html of figures) {
      assert.match(html, /<figcaption>(Figure|Table) \d+\.\d/);
      assert.ok(!html.includes("A figure without a description."));
    }
  });
}
