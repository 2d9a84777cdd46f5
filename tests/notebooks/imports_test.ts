/** Imports of a cell: names that a module does not have, and modules that changed. */

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { runCells } from "./cells.ts";

const MODULE = `export const size = 1;
export interface Shape { size: number }
export type Name = string;
export enum Colour { Red = 3 }
`;

/** Runs cells that import from a module of their own, at URL. */
async function runWithModule(cells: string[], text = MODULE) {
  const folder = await Deno.makeTempDir({ prefix: "a module's " });
  try {
    const { href } = pathToFileURL(`${folder}/shapes.ts`);
    await Deno.writeTextFile(`${folder}/shapes.ts`, text);
    const given = cells.map((cell) => cell.replaceAll("URL", href));
    const found = await runCells(given, { isWhole: true });
    return found.map((texts) => texts.join("").replaceAll(href, "URL"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a name that a module does not have is refused, with what is meant", async () => {
  const refused: [cell: string, told: RegExp][] = [
    [
      'console.log("before");\nimport { sise } from "URL"; console.log(sise)',
      /^before\nerror The requested module 'URL' does not provide an export named 'sise'; did you mean 'size'\?\nSyntaxError: .*\n.*Cell \[2\], line 2, column 1$/s,
    ],
    ['import { size as a, nothing as b } from "URL"; b', /named 'nothing'\n/],
    // Used in a later cell only, or nowhere.
    ['import { size, sise } from "URL"; void 0', /did you mean 'size'/],
    ['import shapes from "URL"; shapes', /mean import \* as shapes\?/],
    ['import size, * as all from "URL"; size', /mean import \{ size \}\?/],
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
    'import { Colour, size, Shape as S } from "URL";\n[size, Colour.Red] as [S, 3]',
    'import { Name, type Missing } from "URL"; import type { Other } from "URL"; 2',
    'import { Tensor3D, tensor2d as t } from "@tensorflow/tfjs"; typeof t',
    'import fs, * as all from "node:fs"; fs.readFile === all.readFile',
    'import data from "../deno.json" with { type: "json" }; typeof data.tasks',
    'const text = `\nimport { sise } from "URL";\n`; text.length > 30',
    "// import { sise } from 'URL'\nsize + 6",
    'import { size as one } from "URL"\n[one].length + 7',
    'import * as shapes from "URL"; import "URL"; Object.keys(shapes).length + 7',
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
  ];
  shown.forEach((pattern, i) => {
    assert.match(found[i], pattern, cells[i]);
    assert.doesNotMatch(found[i], /error/, cells[i]);
  });
});
