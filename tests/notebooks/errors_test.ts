/** What a cell with a mistake shows, and what Stop ends. */

import assert from "node:assert/strict";
import { runCells } from "./cells.ts";

Deno.test("a cell that throws shows what it printed, and then the error", async () => {
  const throwing = [
    'throw new TypeError("E")',
    'throw "E"',
    "throw undefined",
    'await Promise.reject(new Error("E"))',
    "missing.length",
    "class Own extends Error {} throw new Own()",
  ];
  const found = await runCells(
    throwing.map((end) =>
      `for (let k = 0; k < 50; k++) console.log(k);\n${end}`
    ),
  );
  for (const texts of found) {
    assert.deepEqual(
      texts.slice(0, -1).join(""),
      Array.from({ length: 50 }, (_, k) => `${k}\n`).join(""),
    );
    assert.match(texts.at(-1)!, /^error /);
  }
});

Deno.test("what was thrown is shown whole", async () => {
  const found = await runCells([
    'throw { code: 7, toString: () => "short" }',
    'throw new Error("outer", { cause: new Error("inner") })',
    'throw new AggregateError([new RangeError("one of them")], "many")',
    "throw null",
    'throw new Proxy({}, { get() { throw new Error("trap") } })',
    'throw ""',
    '"still here"',
  ], { isWhole: true });
  assert.match(found[0].join(), /^error .*code: 7/s);
  assert.match(found[1].join(), /^error outer\n.*Error: inner/s);
  assert.match(found[2].join(), /^error many\n.*RangeError: one of them/s);
  assert.match(found[3].join(), /^error null\nError: null$/);
  assert.match(found[4].join(), /^error /);
  assert.match(found[5].join(), /^error ""\nError: ""$/);
  assert.match(found[6].join(), /still here/);
});

Deno.test("what throws when it is made a text is shown all the same", async () => {
  const print = "for (let k = 0; k < 50; k++) console.log(k);\n";
  const printed = Array.from({ length: 50 }, (_, k) => `${k}\n`).join("");
  const thrown: [end: string, told: RegExp][] = [
    ["throw Object.create(null)", /\[Object: null prototype\] \{\}/],
    ['throw { code: 7, toString() { throw new Error("trap") } }', /code: 7/],
    ["throw { code: 8, [Symbol.toPrimitive]: () => ({}) }", /code: 8/],
    [
      'class Own extends Error { get message(): string { throw "trap" } } throw new Own()',
      /Own/,
    ],
    [
      'const error = new Error("E"); Object.defineProperty(error, "name", { get() { throw 1 } }); throw error',
      /E/,
    ],
    [
      "const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy",
      /Proxy|looked at/,
    ],
  ];
  const found = await runCells(thrown.map(([end]) => print + end), {
    isWhole: true,
  });
  thrown.forEach(([, told], i) => {
    assert.equal(found[i].slice(0, -1).join(""), printed);
    assert.match(found[i].at(-1)!, /^error the cell threw a value that cannot/);
    assert.match(found[i].at(-1)!.split("text:")[1], told);
  });
});

Deno.test("a value is shown that the kernel's own way does not show", async () => {
  const display = 'Symbol.for("Jupyter.display")';
  const found = await runCells([
    'import * as tf from "@tensorflow/tfjs"; import pl from "nodejs-polars"; void 0',
    "pl.DataFrame({ a: [1, 2] })",
    "pl.DataFrame({ a: [12n] })",
    "tf.tensor([7, 8])",
    "tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [1] })] })",
    "[tf.train.sgd(0.25)]",
    `({ seen: 1, [${display}]() { return undefined } })`,
    `({ seen: 2, [${display}]() { throw new Error("told") } })`,
    "({ seen: 3, toSpec: 1 })",
    'new Proxy({ seen: 4 }, { has() { throw new Error("trap") } })',
  ], { isWhole: true });
  const shown = found.slice(1).map((texts) => texts.join());
  const expected = [/<td>2</, /<td>12</, /\[7, 8\]/]
    .concat(/Total params: 6\b/, /SGD .*0\.25/, /seen: 1/)
    .concat(/told.*seen: 2/s, /seen: 3/, /seen: 4/);
  expected.forEach((pattern, i) => assert.match(shown[i], pattern));
  for (const text of shown) assert.ok(!text.includes("could not run"));
});

Deno.test("a cell's own text of an error does not end it", async () => {
  const cell = `
    const { stopSignal } = await import("../lib/mod.ts");
    const signal = stopSignal();
    const { name, message, stack } = new Error("E");
    JSON.stringify({ name, message, stack });
    JSON.stringify({ name: "", message: "", stack: "" });
    const sloppy = new Function("object", "return JSON.stringify(object)");
    sloppy({ name, message, stack });
    console.log(stopSignal() === signal);
    throw 1`;
  const next = "console.log(stopSignal() === signal)";
  assert.deepEqual(await runCells([cell, next]), [
    ["true\n", "error 1"],
    ["false\n"],
  ]);
});

Deno.test("a cell that cannot be read says so", async () => {
  const unreadable: [cell: string, told: RegExp][] = [
    ["let y = (1 + ;", /^error Expression expected, line 1, column 14$/],
    ["const a =\n  ;", /^error Expression expected, line 2, column 3$/],
    // What V8 cannot read; the kernel gives no place for it.
    [
      "interface A {}\nconst f = () => {\n  await 1;\n}",
      /^error await is only valid in .*, line 3, column 3$/,
    ],
    ["await 1;\n\nbreak", /^error Illegal break statement, line 3, column 1$/],
    ["\n return 1", /^error Illegal return statement, line 2, column 2$/],
    [
      "let twice = 1;\nlet twice = 2;",
      /^error Identifier 'twice' has .* declared, line 2, column 5$/,
    ],
    ["import os", /line 1, column 1.*this is Python\. .* from "npm:NAME"$/],
    [
      "%matplotlib inline",
      /; commands with % and ! are of Python's notebooks$/,
    ],
    ["pip install x", /; a package is imported by its name/],
    ["# a comment", /; here a comment begins with \/\/$/],
    ["if x == None: x = 1", /; is this Python\?/],
    ["const s = f'{x}'", /; here a text with values in it is/],
    ["const c = `abc", /A text in backticks is not closed/],
    [
      'console.log("hello)',
      /the cell ends: is a bracket or a quote not closed\?/,
    ],
    ["function f(x) {\n  x", /is a bracket or a quote not closed\?/],
    ["const q = 5 5", /^error [^(]*, line 1, column 13$/],
    ['const s = "abc', /^error .*, line 1, column \d+$/],
    ['import x from "npm:no-such-package-of-all"', /no-such-package-of-all/],
    ['import { x } from "../lib/no-such-file.ts"', /no-such-file.ts/],
  ];
  const found = await runCells(unreadable.map(([cell]) => cell));
  unreadable.forEach(([cell, told], i) => {
    assert.equal(found[i].length, 1, cell);
    assert.match(found[i][0], told, cell);
  });
});

Deno.test("of a cell that runs, however odd, nothing of the kind is said", async () => {
  const shown = ["execution_state: 'idle'", "execution_count: 1_000"].map((
    what,
  ) =>
    `Deno.jupyter.display({ "application/json": { ${what} } }, { raw: true });
     // ,"execution_count":9} {"execution_state":"idle"}`
  );
  const odd = [...shown, "", "// nothing", "throw Object.create(null)", "2;"];
  const found = await runCells([...odd, "let y = (1 + ;"]);
  assert.match(found.pop()!.join(), /Expression expected/);
  for (const texts of found) assert.ok(!texts.join().includes("expected"));
});

Deno.test("a name that is taken comes with the way out", async () => {
  const taken = [
    ["const q = 1; void 0", "let q = 2;"],
    ["let r = 1; void 0", "const r = 2;"],
    ["var v = 1; void 0", "let v = 2;"],
    ["function f() {}", "const f = 2;"],
    ["const { a, b: [c] } = { a: 1, b: [2] }; void 0", "let [c] = [2];"],
    ["class C {}", "function C() {}"],
  ];
  const found = await runCells(taken.flat(), { isWhole: true });
  taken.forEach(([, again], i) =>
    assert.match(
      found[2 * i + 1].join(),
      /'\w' has already been .* restart the kernel/s,
      again,
    )
  );
});

Deno.test("a cell that is run again may declare its names again", async () => {
  const cell = `const q = 1; let r = 2; var v = 3; function f() {} class C {}
    const { a, b: [c] } = { a: 1, b: [2] }; enum E { A }
    import { psnr } from "../lib/mod.ts"; "done"`;
  const failing = "const late = missing;";
  const [, again, , late] = await runCells(
    [cell, cell, failing, 'const late = 4; "done"'],
    { isWhole: true },
  );
  assert.match(again.join(), /done/);
  assert.match(late.join(), /done/);
});

Deno.test("an error names the cell, however deep in a library it was thrown", async () => {
  const cells = [
    'import * as tf from "@tensorflow/tfjs"; import * as Plot from "@observablehq/plot"; void 0',
    "\ntf.tensor([1, 2, 3]).matMul(tf.tensor([1, 2]))",
    "Plot.plot({ marks: [Plot.lineY([1, 2, 3])] })",
    'print("hello")',
    "tset.images",
    "True",
    'import x from "numpy"',
    'import { fit } from "../lib/mod.ts"; await fit({}, [], [])',
  ];
  const found = await runCells(cells, { isWhole: true });
  const [, product, plot, print, name, python, module, own] = found.map((
    texts,
  ) => texts.join("\n"));
  assert.match(product, /Cell \[3\], line 2, column/);
  const [, trace] = product.split("\nError: ");
  assert.ok(trace.split("\n").length < 5, product);
  assert.match(plot, /Use plotFigure\(\{ marks/);
  assert.match(print, /console\.log\(…\) prints/);
  assert.match(name, /No cell that has run declares this name/);
  const frames = own.match(/^\s+at .*$/gm)!;
  assert.match(frames.at(-1)!, /Cell \[9\]/);
  assert.equal(frames.length, 3, own);
  assert.match(module, /a package by "npm:NAME"/);
  assert.match(python, /Here it is true\./);
});

Deno.test("an error that nobody awaits is shown", async () => {
  const found = await runCells([
    'setTimeout(() => { throw new Error("E1") }, 10); 1',
    '(async () => { throw new Error("E2") })(); 2',
    'const late = Promise.reject(new Error("E3")); late.catch(() => {}); 3',
  ]);
  assert.match(found[0].join(), /^Uncaught Error: E1/);
  assert.match(found[1].join(), /^Uncaught \(in promise\) Error: E2/);
  assert.deepEqual(found[2], []);
});

Deno.test("Stop ends all that a cell waits for with stopSignal, and no later cell", async () => {
  const cell = `
    const { stopSignal } = await import("../lib/mod.ts");
    const until = (signal) => new Promise((resolve) => {
      if (signal.aborted) return resolve("stopped");
      signal.addEventListener("abort", () => resolve("stopped"));
      setTimeout(resolve, 2_000, "went on");
    });
    `;
  const twice = `
    console.log("stop now");
    console.log(await until(stopSignal()), await until(stopSignal()));`;
  const once = "console.log(await until(stopSignal()));";
  const thrown = `stopSignal(); console.log("stop now");
    await new Promise((resolve) => setTimeout(resolve, 500)); throw 1`;
  assert.deepEqual(await runCells([cell + twice, once, thrown, once]), [
    ["stop now\n", "stopped stopped\n"],
    ["went on\n"],
    ["stop now\n", "error 1"],
    ["went on\n"],
  ]);
});
