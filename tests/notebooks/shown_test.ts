/** What a cell shows besides its value: verdicts, and what is written or said. */

import assert from "node:assert/strict";
import { runCells } from "./cells.ts";

/** The texts of what a cell shows, in their order. */
function textsOf(shown: string[]): string[] {
  return shown.map((text) =>
    text.startsWith("{") ? JSON.parse(text)["text/plain"] : text
  );
}

Deno.test("a verdict is shown wherever it stands, and once; console.log prints it", async () => {
  const cells = [
    'import { check, table } from "../lib/mod.ts"; void 0',
    'check("01.1", 1); console.log("between"); check("01.2", 2)',
    'const verdict = check("01.1", 1);',
    'console.log(check("01.1", 1).right); void 0',
    "console.log([verdict])",
    "verdict",
  ];
  const [, both, kept, right, printed, again] =
    (await runCells(cells, { isWhole: true })).map(textsOf);
  assert.equal(both.length, 3);
  assert.match(both[0], /^01\.1 is not right yet/);
  assert.equal(both[1], "between\n");
  assert.match(both[2], /^01\.2 is not right yet/);
  assert.equal(kept.length, 1);
  assert.deepEqual(right.slice(1), ["false\n"]);
  assert.match(again.join(), /^01\.1 is not right yet/);
  assert.match(printed.join(), /^\[\s+01\.1 is not right yet/);
});

Deno.test("what is written to stdout and stderr is shown, in its order", async () => {
  const bytes = (text: string) =>
    `new TextEncoder().encode(${JSON.stringify(text)})`;
  const [first, second] = await runCells([
    `process.stdout.write("שלום\\n"); console.log("log");
     Deno.stdout.writeSync(${bytes("sync\n")});
     await Deno.stdout.write(${bytes("async\n")});
     alert("ready"); alert();`,
    `const child = new Deno.Command(Deno.execPath(), {
       args: ["eval", "console.log('child')"], stdout: "piped" }).spawn();
     await child.stdout.pipeTo(Deno.stdout.writable, { preventClose: true });
     process.stderr.write("err\\n");`,
  ]);
  assert.equal(first.join(""), "שלום\nlog\nsync\nasync\nready\nAlert\n");
  assert.deepEqual(second, ["child\n", "err\n"]);
});

Deno.test("a cell that ends in a number shows it, whatever number it is", async () => {
  const cells: [cell: string, shown: string[]][] = [
    ["NaN", ["NaN"]],
    ["const loss = 0 / 0;\n// why?\nloss;", ["NaN"]],
    ["const rate = 1\nrate / 0", ["Infinity"]],
    ["-0", ["-0"]],
    ["const big = 2n ** 70n; void 0\nbig", ["1180591620717411303424n"]],
    ["await Promise.resolve(NaN)", ["NaN"]],
    ["[\n  NaN,\n].at(\n  0,\n)", ["NaN"]],
    ['import { mean } from "../lib/mod.ts"\nmean([NaN])', ["NaN"]],
    ["let n: number = NaN;\nn as number", ["NaN"]],
    ["1 + 1", ["2"]],
    ["({ a: NaN })", ["{ a: NaN }"]],
    ["{ a: NaN }", ["{ a: NaN }"]],
    // What is no value, or is none to be shown.
    ["const kept = NaN;", []],
    ["NaN; void 0", []],
    ["if (true) {\n  NaN\n}\nfunction f() {}", []],
    ["class A {}", []],
    ["null", []],
  ];
  const found = await runCells(cells.map(([cell]) => cell), { isWhole: true });
  // deno-lint-ignore no-control-regex -- values are coloured
  const plain = (text: string) => text.replaceAll(/\x1b\[\d+m/g, "");
  cells.forEach(([cell, shown], i) =>
    assert.deepEqual(textsOf(found[i]).map(plain), shown, cell)
  );
});
