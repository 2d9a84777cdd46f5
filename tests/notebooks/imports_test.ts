/** Imports of a cell: names that a module does not have, and modules that changed. */

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { cellSource, prepare } from "../../lib/kernel/cells/cell_source.ts";
import { modulesOf } from "../../lib/kernel/cells/imports.ts";
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
    ['import shapes from "HERE"; shapes', /mean import \* as shapes\?/],
    ['import size, * as all from "HERE"; size', /mean import \{ size \}\?/],
    ['import { psnrr } from "../lib/mod.ts"; psnrr', /mean 'psnr'\?/],
    ['import { tensr } from "@tensorflow/tfjs"; tensr', /mean 'tensor'\?/],
    ['import { readFil } from "node:fs"; readFil', /mean 'readFile'\?/],
    [
      'import { add } from "data:text/javascript,export default { add: 1 }"; add',
      /named 'add'; its default export has 'add'/,
    ],
  ];
  const found = await runWithModule(refused.map(([cell]) => cell));
  refused.forEach(([, told], i) => assert.match(found[i], told));
});

/** Notes when something is said on stderr. */
const LISTEN = `const { error } = console, told = Promise.withResolvers();
console.error = (...all) => { error(...all); told.resolve(); }; void 0`;
/** Waits for that, and a while longer for what else there may be. */
const UNTIL_TOLD =
  "await told.promise; await new Promise((go) => setTimeout(go, 3000)); void 0";

Deno.test("a package's missing name that is not used is reported, and the cell goes on", async () => {
  const [, found] = await runWithModule([
    LISTEN,
    `import { tensor, tensr, Tensor3D, nothing } from "@tensorflow/tfjs";
     ${UNTIL_TOLD}`,
  ]);
  assert.match(found, /named 'tensr'; did you mean 'tensor'\?\n/);
  assert.match(found, /named 'nothing'\n/);
  assert.doesNotMatch(found, /Tensor3D|named 'tensor'|^error/m);
});

Deno.test("of a file's missing name the cell itself says so, though it is not used", async () => {
  const found = await runWithModule([
    'import { sise } from "HERE";',
    'import { size, Shape, nothing } from "HERE";',
    'import { psnrr } from "../lib/mod.ts";',
    'import { psnr, NoisyImages } from "../lib/mod.ts"; "fine"',
  ]);
  const told = [/^error .*named 'sise'; did you mean 'size'\?/]
    .concat(
      /^error .*named 'nothing'/,
      /^error .*did you mean 'psnr'\?/,
      /fine/,
    );
  told.forEach((one, i) => assert.match(found[i], one));
});

/** What a cell's imports become, each as the names that it checks. */
const checkedIn = (cell: string) =>
  [...prepare(cell).text.matchAll(/\), ["'](.*?)["'], "(.*?)", "(.*?)"\)/g)]
    .map(([, from, ...names]) => `${from}: ${names.filter(Boolean).join()}`);

Deno.test("each import is found, and nothing that only looks like one", () => {
  const cells: [cell: string, found: string[]][] = [
    ['// import the tools\nimport { a } from "x"', ["x: a as a"]],
    [
      'import { a } from "x"; // import more\nimport { b } from "y"; b',
      ["x: a as a", "y: b as b"],
    ],
    ['import { a } from "x";\n// import { b } from "y"', ["x: a as a"]],
    ['/* import /* */ import { a } from "x" /* import */', ["x: a as a"]],
    [
      'import a from "x"; import b, { c } from "y"; import d, * as e from "z"',
      ["x: default as a", "y: default as b,c as c", "z: default as d"],
    ],
    [
      "import {\r\n  a, // import one, don't stop\r\n  b as c,\r\n} from 'x';\r\nc;\r\n",
      ["x: b as c,a as a"],
    ],
    [
      'import /* 1 */ a /* 2 */, /* 3 */ { /* } from "y" */\n b // }\n } from // 4\n "x"',
      ["x: default as a,b as b"],
    ],
    [
      'import type { A } from "x"; import type B from "y"; import { type C, d } from "z"',
      ["z: d as d"],
    ],
    [
      'import type from "x"; import type, { type as as } from "y"',
      ["x: default as type", "y: default as type,type as as"],
    ],
    ['import a from "x" with { type: "json" }; a', ["x: default as a"]],
    ['import a from "x" with { "type": "json" }; a', ["x: default as a"]],
    ['import a from "x"\nassert(a)', ["x: default as a"]],
    [`const s = 'import { b } from "y"', t = "\\" import c from 'z'"; s`, []],
    [
      'const s = "\\\\"; import { a } from "x"; const glob = "y/*"',
      ["x: a as a"],
    ],
    [
      'const t = `\nimport { b } from "y";\n${`\nimport { c } from "z";\n`}`; import { a } from "x"',
      ["x: a as a"],
    ],
    [
      'const r = [/["`]/, /[/"]*/, /\\/*`/]; import { a } from "x"',
      ["x: a as a"],
    ],
    ['const r = /import { b } from "y"/; r', []],
    [
      `const s = 'import "0";'; const t = \`import a from "y"\`; import b from "x"`,
      ["x: default as b"],
    ],
    ["const o = { import: 1, from: 2 }; o.import; o\n.import", []],
    ['const m = await import("x"); import.meta.url; import "y"', []],
  ];
  for (const [cell, found] of cells) {
    assert.deepEqual(checkedIn(cell), found, cell);
    assert.ok(prepare(cell).program, cell);
  }
});

Deno.test("an import that Deno alone knows stays as it is", () => {
  const cells = [
    'import defer * as m from "x"; m',
    'import source m from "x"; m',
    'import { "a b" as m } from "x"; m',
    'import m from "x" with { type: "json", other: "1" }; m',
    'const t = `import a from "y"`; import defer * as m from "x"; m + t',
  ];
  for (const cell of cells) assert.equal(prepare(cell).text, cell);
});

Deno.test("modules that a cell imports are found, but not those of types", () => {
  const cell = `// import "a"
import { b } from "b"; import "c"; await import( /* "d" */ "e");
import type { F } from "f"; import { type G } from "g"; "import 'h'";
import defer * as i from "i"; import(j, "k")`;
  assert.deepEqual(modulesOf(cell), ["b", "c", "e", "g", "i"]);
  assert.deepEqual(
    modulesOf(cellSource('// import it\nimport { a } from "b"; a', 1)),
    ["b"],
  );
});

/** Ms in which any cell is prepared, however slow the machine. */
const PREPARED = 1000;

function prepareInTime(cell: string) {
  const start = performance.now();
  cellSource(cell, 1);
  modulesOf(cell); // also of what nobody can read
  const needed = performance.now() - start;
  assert.ok(needed < PREPARED, `${needed} ms: ${cell.slice(0, 300)}`);
}

Deno.test("no text makes the relay wait", () => {
  prepareInTime("1"); // the first takes longer
  const many = (text: string, times = 20_000) => text.repeat(times);
  const prose = `// In this cell we load the digits. The names that we import
// stay known in all later cells so there is no need to write them
// again below. Each picture has 28 rows and 28 columns and each
// pixel is a number between zero and one where zero stands for
// black and one stands for white. The labels say which digit a
// picture shows and we use them only to count how many there are
// of each digit
`;
  const texts = [
    `${prose}const count = 10;\n`,
    `${many(prose, 50)}const count = 10;\n`,
    `// import\n${many("/* a */ ", 30)}\nconst x = 1;`,
    `// import\n${many("/* a */ ")}\n1`,
    `\`${many("import a\n")}\`.length`,
    `\`import ${many("word ")}\`.length`,
    `import {${many("a, ")} // import`,
    many("import "),
    many("import /* "),
    many("import {/**/"),
    many('\\"import'),
    many("=/[import "),
    many("/*/import"),
    `import a from "x"${many("\n")}`,
    `\`${many("\n")}x\`.length // import`,
    `\`\n [${many("a ")}\n\`.length`,
    `\`\n${many(" ")}[${many("*")}${many("[")}\`.length`,
    `const d = "${many("import ", 200_000)}"; d.length`,
  ];
  texts.forEach(prepareInTime);
});

Deno.test("random texts are prepared at once", () => {
  const parts = [
    ...["import", "{", "}", "//", "/*", "*/", '"', "'", "`", "\n", "from"],
    ...[
      "as",
      "*",
      "/",
      "a",
      "b",
      "type",
      '"x"',
      ",",
      ";",
      "\r\n",
      "\\",
      "(",
      "[",
    ],
  ];
  let seed = 1;
  const random = (below: number) => {
    seed = seed * 48271 % 2147483647;
    return seed % below;
  };
  for (let i = 0; i < 200; i++) {
    const text = Array.from(
      { length: 20 + random(400) },
      () => parts[random(parts.length)],
    );
    prepareInTime(text.join(random(2) ? " " : ""));
    // As a comment and as a text it can be read, so that all of it is prepared.
    prepareInTime(`/* ${text.join(" ").replaceAll("*/", "")} */ 1`);
    prepareInTime(`\`${text.join(" ").replaceAll(/[`\\]/g, "")}\`.length`);
    prepareInTime(`const s = ${JSON.stringify(text.join(" "))}; // import\ns`);
  }
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
  const [, ...found] = await runWithModule([
    LISTEN,
    ...cells,
    `import { missing } from "@tensorflow/tfjs"; ${UNTIL_TOLD}`,
  ]);
  const told = found.join("").match(/does not provide.*/g);
  assert.deepEqual(told, ["does not provide an export named 'missing'"]);
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
