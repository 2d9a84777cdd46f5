/**
 * The programs that Deno's kernel makes of cells have the lines from which the relay
 * tells where errors were.
 */

import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { prepare } from "../../lib/kernel/cells/cell_source.ts";
import { positionIn } from "../../lib/kernel/cells/source_positions.ts";
import { ROOT } from "../../tools/system.ts";
import { runClient } from "./cells.ts";

/** Has a debugger note each program, and prints that of each cell. */
const CLIENT = `
import json, sys
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="deno-course", cwd="notebooks")
def run(code):
    request, printed = client.execute(code), ""
    while True:
        message = client.get_iopub_msg(timeout=60)
        content = message["content"]
        if message["parent_header"].get("msg_id") != request:
            continue
        printed += content.get("text", "")
        if content.get("execution_state") == "idle":
            return printed
run('await import("../lib/mod.ts"); void 0')
run('''
const { Session } = await import("node:inspector");
const session = new Session(), programs = [];
session.connect();
session.on("Debugger.scriptParsed", ({ params: { scriptId, url } }) =>
  session.post("Debugger.getScriptSource", { scriptId }, (_, found) =>
    url.startsWith("cell:") && programs.push(found.scriptSource)));
session.post("Debugger.enable"); void 0''')
programs = []
for cell in json.load(open(sys.argv[1])):
    run("programs.length = 0")
    run(cell)
    found = json.loads(run("console.log(JSON.stringify(programs))"))
    programs.append(next(program for program in found if "throw 0" in program))
print(json.dumps(programs))
manager.shutdown_kernel(now=True)
`;

const HARD = [
  `enum A { X = 1, Y } const enum B { Z } declare enum D { E }
namespace N.M { export const q = 1; export function f() {} }
enum Big { A = 'a'.length, B = A << 1, C = \`x\`.length }`,
  `abstract class C<T> { abstract m(): void; private x?: number;
  constructor(public readonly y: T, protected z = 1) {} static { f(); }
  get size() { return 1 } declare w: string; #p = 2; static #q; [k] = 2 }`,
  `label: for (const [a, { b = 2, ...c }] of xs) {
  if (a) continue label; else { do { x++ } while (x < 3) } }
switch (x) { case 1: case 2: f(); break; default: g() }`,
  `const f = async function* <T,>(x: T, ...rest: number[]) { yield* x; }
const g = (a: number): number => ({ a, b: a! as any satisfies any });
x ??= y?.z?.[1]?.(2); let re = /a\\/[/]b/gi; let t = tag\`a\${1}b\${\`c\${2}\`}\`;`,
  `const long = { aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: 1, b: [1, 2, { c: 3 }],
  method() { return 1 }, get x() { return 1 }, async *gen() {}, ...rest };
f(a, b, {
 x: 1 }, function() { return 1 }, () => {
});`,
  `/** Doc. */
// one
function f(/* in */ a /* after */, // line
 b) { // body
 /* only */ }
if (a) { // why
  f();
} // end
else {
  // nothing
}
/* trailing */

// last`,
  `declare const z: number; declare module 'x' { }
type A<T> = { [K in keyof T]: T[K] };
interface B extends A<{}> { new (): B; (x: number): string }
function over(a: string): void;
function over(a: any) { }
let x = <any>y;`,
  `using a = b; await using c = d; const { e, f: { g } } = await h();
export const i = 1, j = 2;
export async function k() {}
export class L {}`,
  `import { a, b as c, type D, E } from './x.ts'; import F, { g } from "y"
import * as h from 'z'; import i, * as j from 'w'
import 'side'
import k from './d.json' with { type: 'json' }
import type { L } from 'l'; import { type M } from 'm'

[1].map(a)`,
  `import {
  a, // first
  b, /* second */
} from 'x';
const s = \`
  import "q"; import x from "r";
\`; // import z from 'w'
/* import y from 'v'; */ let t = "import u from 'x'"; f(s)`,
  `// import the tools
import { a } from "x"; // import more
import { b } from "y"; import * as c from "z"; // import
b(c)`,
  "let a = 1\nlet b = a\n;[a, b].forEach(f)\n;(function () {})()\n`x`.length",
  "a\n++b\nif (a)\n\n  b\n\n\nelse\n  c\n;;\n{}\n{ let y = 1 }\n",
  `const שלום = '🙂', o = { 'a-b': 1, 2: 3 }; f(שלום); /🙂/u.test(o)`,
];

/** All cells of the course, and others. */
async function allCells(): Promise<string[]> {
  const cells: string[] = [];
  for (const folder of ["notebooks", "notebooks/solutions"]) {
    for await (const { name } of Deno.readDir(`${ROOT}${folder}`)) {
      if (!name.endsWith(".ipynb")) continue;
      const text = await Deno.readTextFile(`${ROOT}${folder}/${name}`);
      for (const { cell_type, source } of JSON.parse(text).cells) {
        if (cell_type === "code") cells.push([source].flat().join(""));
      }
    }
  }
  assert.ok(cells.length > 100);
  return [...cells, ...HARD];
}

/**
 * Lines of a program. Those of imports are all alike, but not one that takes names
 * from a module without a check.
 */
function linesOf(program: string): string[] {
  const lines = program.replace(/ *\/\/# sourceURL=\S*(\n;)?/, "").trimEnd()
    .split("\n");
  // Where the comment stands, Deno adds no semicolon.
  return lines.map((line) =>
    /^(const [\w$]+ = )?await import\(|course\.import|^0;( \/\/|$)/.test(line)
      ? "import"
      : line
  ).map((line) => line.replace(/;$/, ""));
}

Deno.test("the relay knows the lines of the program that runs", async () => {
  // The rest of each is read and not run.
  const cells = (await allCells()).map((cell) => `throw 0;\n${cell}`);
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, JSON.stringify(cells));
  const programs: string[] = await runClient(CLIENT, [file])
    .finally(() => Deno.remove(file));
  cells.forEach((cell, i) => {
    const { program } = prepare(cell).program!;
    const runs = programs[i].slice("'use strict'; void 0;".length);
    // There are five lines of JSON; only their number is the same.
    const isJson = cell.includes("type: 'json'");
    const [found, expected] = [runs, program].map(linesOf);
    assert.equal(found.length, expected.length, `${runs}\n${program}`);
    if (!isJson) assert.deepEqual(found, expected);
  });
});

Deno.test("source maps of cells that ran long ago are let go", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  // Other tests of this process read the names that a new world has.
  setFlagsFromString("--no-expose-gc");
  const used = () => {
    collect();
    return Deno.memoryUsage().heapUsed / 1e6;
  };
  const before = used();
  // Each has a megabyte.
  for (let i = 0; i < 300; i++) positionIn(`AAAA${";".repeat(1e6 + i)}`, 1, 1);
  const more = used() - before;
  assert.ok(more < 200, `${more} MB`);
  assert.deepEqual(positionIn("AAAA", 1, 1), { line: 1, column: 1 });
});
