/** A cell may take most names, and what we made works on; the others it may not. */

import assert from "node:assert/strict";
import { languageNames } from "../../lib/kernel/inside/reserved_names.ts";
import { runCells } from "./cells.ts";

const SETUP = [
  `import * as Plot from "@observablehq/plot";
   import * as tf from "@tensorflow/tfjs";
   import pl from "nodejs-polars";
   import * as lib from "../lib/mod.ts";
   import { useBackend } from "../lib/backend/mod.ts";
   await useBackend();
   const captions = { caption: "C", alt: "A" };
   const pause = globalThis.setTimeout;
   const images = new Float32Array(4 * 784);
   const model = lib.buildAutoencoder();
   model.compile({ optimizer: "adam", loss: "binaryCrossentropy" });
   const file = Deno.makeTempFileSync();
   void 0`,
];

/** What is made after names were taken, and what must then be shown. */
const WORK: [cell: string, shown: RegExp][] = [
  ['throw new RangeError("told")', /^error told/],
  [
    `void Promise.reject(new Error("unheard"));
     await new Promise((resolve) => pause(resolve, 50))`,
    /Uncaught \(in promise\) Error: unheard/,
  ],
  ["lib.plotFigure({ marks: [Plot.dot([1, 2])] }, captions)", /svg\+xml/],
  ['lib.table(pl.DataFrame({ a: [1, 2] }), { caption: "T" })', /<td/],
  [
    `const watch = lib.watchTraining({ floor: 0, ...captions });
     await lib.fit(model, images, images, {
       epochs: 2, batchSize: 2, watch }); void 0`,
    /step 4 of 4/,
  ],
  [
    'await lib.saveJson(file, { a: "saved" }); lib.check("01.1", 1)',
    /01\.1 is/,
  ],
  ["model.summary()", /Output shape/],
  ["tf.ones([2]).print()", /\[1, 1\]/],
  ["tf.ones([2])", /Tensor.*\[1, 1\]/s],
  ["let y = (1 + ;", /^error Expression expected/],
  ['"the last one"', /the last one/],
];

/** Runs cells that take names, and then the work. */
async function work(taking: string[]) {
  const cells = [...SETUP, ...taking, ...WORK.map(([cell]) => cell)];
  const found = await runCells(cells, { isWhole: true });
  const taken = found.slice(SETUP.length, -WORK.length).map((it) => it.join());
  WORK.forEach(([cell, shown], i) => {
    const texts = found[found.length - WORK.length + i].join();
    assert.match(texts, shown, `after ${taking.join("\n")}\n${cell}`);
  });
  return taken;
}

/** Names of the system that a cell may well give a meaning of its own. */
const TAKEN = [
  "performance crypto navigator process Buffer global window self name location",
  "setTimeout clearTimeout setInterval setImmediate queueMicrotask",
  "Worker TextEncoder TextDecoder AbortController AbortSignal Event EventTarget",
  "addEventListener fetch Request Response Headers Blob structuredClone escape",
].join(" ").split(" ");

Deno.test("all works on when a cell has taken names of the system", async () => {
  const taken = await work(TAKEN.map((name) => `const ${name} = 0.93;`));
  assert.deepEqual(taken, TAKEN.map(() => ""));
});

Deno.test("it does when they were taken by imports and functions, or for good", async () => {
  const taken = await work([
    'import * as crypto from "node:crypto";',
    'import process from "node:process";',
    "function setTimeout() {}",
    "function fetch() {}",
    "class Worker {}",
    "var name = 1;",
    "globalThis.performance = 0.93; void 0",
    "globalThis.addEventListener = 1; void 0",
  ]);
  assert.deepEqual(taken, taken.map(() => ""));
});

Deno.test("URL is taken without harm to what is shown", async () => {
  assert.deepEqual(await work(["const URL = 1;"]), [""]);
});

Deno.test("a cell that takes a name of the language is refused", async () => {
  const names = languageNames().concat("Deno", "GPUTexture", "GPUBuffer");
  const own = ["JSON", "Object", "Map", "Promise", "Math", "Error", "console"];
  for (const name of [...own, "Float32Array", "isNaN"]) {
    assert.ok(names.includes(name), name);
  }
  const taken = await work([
    ...names.map((name) => `const ${name} = 1;`),
    // Packages replace Promise.
    ...own.filter((name) => name !== "Promise")
      .map((name) => `globalThis.${name} = 1;`),
  ]);
  taken.forEach((texts, i) => assert.match(texts, /^error /, `${i}: ${texts}`));
});

Deno.test("what a cell tagged parameters declares, papermill's cell can change", async () => {
  const [, , printed] = await runCells([
    "var epochs = 10;",
    "// Parameters\nvar epochs = 3;\n",
    "console.log(epochs);",
  ]);
  assert.deepEqual(printed, ["3\n"]);
});
