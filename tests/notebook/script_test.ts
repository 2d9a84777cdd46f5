import assert from "node:assert/strict";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { inFolder } from "../in_folder.ts";
import { capture } from "../../tools/system.ts";

const ROOT = new URL("../..", import.meta.url);

const IMPORTS = [
  ["figure", "drawing/figures"],
  ["show", "notebook/script"],
  ["displayable", "notebook/cell_output"],
  ["table", "drawing/table"],
].map(([name, file]) => `import { ${name} } from "${ROOT}lib/${file}.ts";`);

/** What a script prints that shows these values, run in its folder. */
async function printedBy(path: string, ...values: string[]): Promise<string> {
  const shown = values.map((value) => `await show(${value});`);
  await Deno.writeTextFile(path, [...IMPORTS, ...shown].join("\n"));
  const config = fileURLToPath(new URL("deno.json", ROOT));
  const { stdout, stderr } = await capture(Deno.execPath(), [
    "run",
    "-A",
    "--quiet",
    "--config",
    config,
    path,
  ], { cwd: dirname(path), env: { NO_COLOR: "1" } });
  assert.equal(stderr, "");
  return stdout;
}

/** A figure with this caption, as a program writes it. */
const drawn = (svg: string, caption: string) =>
  `figure("${svg}", { caption: "${caption}", alt: "It is black." })`;

Deno.test("in a script figures become files, and all else is printed", () =>
  inFolder(async (folder) => {
    const printed = await printedBy(
      `${folder}/one.ts`,
      drawn("<svg>dot</svg>", "Figure 2.3. A dot."),
      drawn("<svg>one</svg>", "A"),
      'displayable({ html: "<p>one</p>", text: "one" })',
      "[2]",
      "undefined",
    );
    assert.deepEqual(printed.split("\n"), [
      ...["Figure 2.3. A dot.", "It is black.", "→ shown/figure-2.3.svg", ""],
      ...["A", "It is black.", "→ shown/figure-one-1.svg", "", "one", "[ 2 ]"],
      "",
    ]);
    const figure = (name: string) =>
      Deno.readTextFile(`${folder}/shown/figure-${name}.svg`);
    assert.equal(await figure("2.3"), "<svg>dot</svg>");
    // Figures without a number are not in the place of another script's.
    await printedBy(`${folder}/two.ts`, drawn("<svg>two</svg>", "A"));
    assert.equal(await figure("one-1"), "<svg>one</svg>");
    assert.equal(await figure("two-1"), "<svg>two</svg>");
  }));

Deno.test("in a script a table has the numbers that its page has", () =>
  inFolder(async (folder) => {
    const columns = "{ method: ['a <b>', 'of two\\nlines'], " +
      "count: [6328781, 5], loss: [0.12345, 1] }";
    const printed = await printedBy(
      `${folder}/one.ts`,
      `table((await import("nodejs-polars")).default.DataFrame(${columns}),` +
        '{ caption: "Table 1.2. Both.", digits: 3 })',
      'table((await import("nodejs-polars")).default.DataFrame(' +
        "{ n: Array.from({ length: 501 }, (_, i) => i) }))",
    );
    const lines = printed.split("\n");
    assert.deepEqual(lines.slice(0, 6), [
      "Table 1.2. Both.",
      "method            count   loss",
      "a <b>         6,328,781  0.123",
      "of two lines          5  1.000",
      "",
      "  n",
    ]);
    assert.deepEqual(lines.slice(-5), [
      ...["498", "499", "The first 500 of 501 rows.", "", ""],
    ]);
  }));
