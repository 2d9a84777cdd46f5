/** Imports of a cell: names that a module does not have, and modules that changed. */

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { runCells } from "./cells.ts";

const MODULE = `export const size = 1;
export interface Shape { size: number }
export type Name = string;
export enum Colour { Red = 3 }
// A fault of its own is nothing of the cell's.
import type { Nothing } from "node:fs";
export type Fault = Nothing;
`;

/** Runs cells that import from a module of their own, at HERE. */
async function runWithModule(cells: string[], text = MODULE) {
  const folder = await Deno.makeTempDir({ prefix: "a module's " });
  try {
    const { href } = pathToFileURL(`${folder}/shapes.ts`);
    await Deno.writeTextFile(`${folder}/shapes.ts`, text);
    const given = cells.map((cell) => cell.replaceAll("HERE", href));
    const found = await runCells(given, { isWhole: true });
    return found.map((texts) => texts.join("").replaceAll(href, "HERE"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a name that a module does not have is refused, with what is meant", async () => {
  const refused: [cell: string, told: RegExp][] = [
    [
      'console.log("before");\nimport { sise } from "HERE"; console.log(sise)',
      /^before\nerror The requested module 'HERE' does not provide an export named 'sise'; did you mean 'size'\?\nSyntaxError: .*\n.*Cell \[2\], line 2, column 1$/s,
    ],
    ['import { size as a, nothing as b } from "HERE"; b', /named 'nothing'\n/],
    // Used in a later cell only, or nowhere.
    ['import { size, sise } from "HERE"; void 0', /did you mean 'size'/],
    ['import shapes from "HERE"; shapes', /mean import \* as shapes\?/],
    ['import size, * as all from "HERE"; size', /mean import \{ size \}\?/],
    ['import { psnrr } from "../lib/mod.ts"; 1', /mean 'psnr'\?/],
    ['import { tensr } from "@tensorflow/tfjs"; 1', /mean 'tensor'\?/],
    ['import { readFil } from "node:fs"; readFil', /mean 'readFile'\?/],
    [
      'import { add } from "data:text/javascript,export default { add: 1 }"; add',
      /named 'add'; its default export has 'add'/,
    ],
  ];
  const found = await runWithModule(refused.map(([cell]) => cell));
  refused.forEach(([, told], i) => assert.match(found[i], told));
});

Deno.test("types, and all that a module has, are imported as ever", async () => {
  const cells = [
    'import { Colour, size, Shape as S } from "HERE";\n[size, Colour.Red] as [S, 3]',
    'import { Name, type Missing } from "HERE"; import type { Other } from "HERE"; 2',
    'import { Tensor3D, tensor2d as t } from "@tensorflow/tfjs"; typeof t',
    'import fs, * as all from "node:fs"; fs.readFile === all.readFile',
    'import data from "../deno.json" with { type: "json" }; typeof data.tasks',
    'const text = `\nimport { sise } from "HERE";\n`; text.length > 30',
    "// import { sise } from 'HERE'\nsize + 6",
    'import { size as one } from "HERE"\n[one].length + 7',
    'import * as shapes from "HERE"; import "HERE"; Object.keys(shapes).length + 7',
    // A cell may take names of the system.
    "const AbortSignal = 1, TextDecoder = 1, URL = 10; URL",
    'import { Name as Text } from "HERE"; const typed: Text = "typed"; typed',
  ];
  const found = await runWithModule(cells);
  const shown = [
    /1.*3/,
    /2/,
    /function/,
    /true/,
    /object/,
    /true/,
    /7/,
    /8/,
    /9/,
    /10/,
    /typed/,
  ];
  shown.forEach((pattern, i) => {
    assert.match(found[i], pattern, cells[i]);
    assert.doesNotMatch(found[i], /error/, cells[i]);
  });
});

/** A cell that writes a file beside the module. */
const write = (name: string, text: string) =>
  `await Deno.writeTextFile(new URL(${JSON.stringify(name)}, "HERE"), ${
    JSON.stringify(text)
  }); void 0`;

Deno.test("of a file that was changed since it was imported it is said once", async () => {
  const importing = 'import { size } from "HERE"; console.log(size)';
  const found = await runWithModule([
    write("deep.ts", "export const size = 1;"),
    importing,
    importing,
    write("deep.ts", "export const size = 2;"),
    "void 0",
    importing,
    importing,
    write("shapes.ts", 'export { size } from "./deep.ts";\n\n'),
    'const { size } = await import("HERE"); throw new Error("E")',
    'import * as all from "HERE"; import "HERE"; void 0',
    // Back again.
    write("deep.ts", "export const size = 1;"),
    importing,
    write("deep.ts", "export const size = 3;"),
    importing,
  ], 'export { size } from "./deep.ts";\n');
  const told = found.map((text) => text.match(/\w+\.ts: changed since/)?.[0]);
  const expected = Array(14).fill(undefined);
  expected[5] = expected[13] = "deep.ts: changed since";
  expected[8] = "shapes.ts: changed since";
  assert.deepEqual(told, expected);
  assert.match(found[5], /^1\n.*restart the kernel \(menu Kernel, Restart\)/s);
});

Deno.test("of a file that the kernel has not loaded yet nothing is said", async () => {
  const size = (n: number) => write("late.ts", `export const size = ${n};`);
  const found = await runWithModule([
    size(1),
    '// import { size } from "HERE/../late.ts";\n/* import("HERE/../late.ts") */ void 0',
    size(2),
    'import { size } from "HERE/../late.ts"; size',
    size(4),
    'import { size } from "HERE/../late.ts?again"; size',
  ]);
  for (const text of found) assert.doesNotMatch(text, /changed since/);
  assert.match(found[3], /2/);
  assert.match(found[5], /4/);
});

Deno.test("a file that could not be imported is as it was, too, and that is said", async () => {
  const broken = 'import { size } from "HERE/../broken.ts"; size';
  const missing = 'import { size } from "HERE/../missing.ts"; size';
  const found = await runWithModule([
    ...[write("broken.ts", "export const size = ;"), broken, missing],
    write("broken.ts", "export const size = 1;"),
    write("missing.ts", "export const size = 2;"),
    ...[broken, missing],
  ]);
  assert.match(found[1], /^error SyntaxError/);
  assert.match(found[2], /^error Module not found/);
  assert.match(found[5], /^error SyntaxError.*broken\.ts: changed since/s);
  assert.match(
    found[6],
    /^error Module not found.*missing\.ts: changed since/s,
  );
});
