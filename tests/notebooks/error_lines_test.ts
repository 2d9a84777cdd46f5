/** Lines in errors are those of the cell, whatever the kernel makes of it. */

import assert from "node:assert/strict";
import { runCells, runClient } from "./cells.ts";

/**
 * Cells that are run one after the other; the last shows an error. Its frames in a
 * cell are to be at §1, §2 and so on, which are not in what is run.
 */
const CASES: Record<string, string[]> = {
  "one line": ['throw §1new Error("E")'],
  "behind a statement": ['let one = 1; throw §1new Error("E")'],
  "below empty lines and comments": [
    '\n\n// A comment.\n\n/* And\n\n another */\nthrow §1new Error("E")',
  ],
  "below types": [
    `interface Point {
  x: number;
}

type Pair = [Point, Point];
function far(pair: Pair): number { throw §1new TypeError("E"); }
§2far([{ x: 1 }, { x: 2 }])`,
  ],
  "above a type": ['throw §1new Error("E");\ninterface Last {\n  x: 1;\n}\n'],
  "below an enum and a namespace": [
    `enum Colour { Red, Green }
namespace Space { export const z = 1 }
throw §1new Error("E")`,
  ],
  "below objects and arrays": [
    `const o = { a: 1, b: { c: 2 } }, list = [1,
  2,
];

[1].§2map((x) => { throw §1new Error("E") })`,
  ],
  "a class": [
    `class Shape {
  static #count = 0;
  constructor(readonly size: number) { §1missing.length; }

  get area() { return §2new Shape(1) }
}
Shape.prototype.§3area`,
  ],
  "in a template": ["`two\nlines ${§1missing} and\nmore`"],
  "behind letters that are two units": [
    'const שלום = "🙂🙂"; const text = "🙂"; throw §1new Error("E")',
  ],
  "a block": ['{\n  const inner = 1;\n\n  throw §1new Error("E")\n}'],
  "async functions": [
    `const slow = async () => {
  await 0;

  throw §1new Error("E")
};
§2await slow()`,
  ],
  "a function of an earlier cell": [
    "\n\nfunction earlier(back: () => void) {\n  §2back();\n}",
    "// Another cell.\n\n\n\nvoid 0",
    '§3earlier(() => { throw §1new Error("E") })',
  ],
  "below imports": [
    `import { a, type T,
  b } from "data:text/javascript,export const a = 1, b = 2"; import "node:fs";
import type { Q } from "./nothing.ts"; import * as all from "node:fs";
import data from "../deno.json" with { type: "json" }

[data].§2map(() => { throw §1new Error("E") })`,
  ],
  "an import that fails": ['\n§1import { a } from "./nothing.ts";'],
  "what is exported": [
    "export const kept = 1;\n  export function shown() { §1missing() }\n§2shown()",
  ],
  "what is made of a text": [
    `\n\nconst made = new Function("missing()");\n§1made()`,
  ],
  "an error with a cause": [
    `
try {
  §2missing.length;
} catch (cause) {
  throw §1new Error("E", { cause });
}`,
  ],
  "an error that is printed": ['\n\nconsole.log(§1new Error("E"))'],
  "a last value in the first line": ["[1].§2map(() => §1missing(1))"],
  "a last value below others": [
    "const a = 1\n// why\n§1missing(a,\n  2)",
    "const b = 1\n\n  ;[b].§2map(() => {\n  throw §1new Error()\n})",
  ],
  "a stack": ['\n\n§1(new Error("E")).stack'],
  "an error that nobody awaits": [
    '\n(async () => {\n\n  throw §1new Error("E")\n}§2)(); void 0',
  ],
  "an error that a timer throws": [
    'interface A {}\nsetTimeout(() => { throw §1new Error("E") }, 10); void 0',
  ],
  "two cells that are alike": [
    'function alike() { throw §1new Error("E") }',
    "const first = alike; void 0",
    'function alike() { throw new Error("E") }\n§2first()',
  ],
};

/** Where §1, §2 … are, as frames have it, if the first cell has this number. */
function places(cells: string[], first: number): string[] {
  const found: string[] = [];
  cells.forEach((cell, i) => {
    for (const [mark, digit] of cell.matchAll(/§(\d)/g)) {
      const before = cell.slice(0, cell.indexOf(mark)).replaceAll(/§\d/g, "");
      const lines = before.split("\n");
      found[Number(digit) - 1] = `Cell [${first + i}], line ${lines.length}, ` +
        `column ${lines.at(-1)!.length + 1}`;
    }
  });
  return found;
}

Deno.test("where a line is not sure, none is shown", async () => {
  const found = await runCells([
    "{ size: missing }",
    'class List { [Symbol.iterator]() {} }\nthrow new Error("E")',
    'const tag = (value: unknown) => {}; @tag class Tagged {}\nthrow new Error("E")',
    'export default 1;\nthrow new Error("E")',
    "const element = <b>{missing}</b>;",
  ], { isWhole: true });
  found.forEach((texts, i) =>
    assert.match(
      texts.join(),
      RegExp(`at Cell \\[${i + 2}\\]$`, "m"),
      texts.join(),
    )
  );
});

const inCells = (text: string) => text.match(/Cell \[.*?column \d+/g) ?? [];

Deno.test("frames of an error are the lines of the cell", async () => {
  const all = Object.values(CASES);
  const run = all.flat().map((cell) => cell.replaceAll(/§\d/g, ""));
  const shown = await runCells(run, { isWhole: true });
  let first = 0;
  for (const [name, cells] of Object.entries(CASES)) {
    // The first cell of all imports lib/mod.ts.
    const expected = places(cells, first + 2);
    const text = shown[first + cells.length - 1].join();
    assert.deepEqual(inCells(text), expected, `${name}: ${text}`);
    first += cells.length;
  }
});

/** Prints what the kernel says that it runs, and the number of that cell. */
const INPUTS = `
import json, sys
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="deno-course", cwd="notebooks")
found = []
for options in json.loads(sys.argv[1]):
    client.execute(**options)
    while True:
        message = client.get_iopub_msg(timeout=30)
        content = message["content"]
        if message["msg_type"] == "execute_input":
            found.append([content["code"], content["execution_count"]])
        if message["msg_type"] == "error":
            found.append(content["traceback"])
        if content.get("execution_state") == "idle":
            break
print(json.dumps(found))
manager.shutdown_kernel(now=True)
`;

Deno.test("front ends hear of cells as they are written, and count as errors do", async () => {
  const throwing = "\nthrow new Error('E')";
  const requests = [
    { code: "1;\n" },
    { code: "2", silent: true },
    { code: "3", store_history: false },
    { code: throwing },
  ];
  const found = await runClient(INPUTS, [JSON.stringify(requests)]);
  assert.deepEqual(found.slice(0, 1), [["1;\n", 1]]);
  assert.deepEqual(found.at(-2), [throwing, 2]);
  assert.match(found.at(-1).join(), /Cell \[2\], line 2, column 7/);
});
