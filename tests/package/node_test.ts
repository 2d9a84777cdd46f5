/** The packed package in Node, installed as a user does it. */

import assert from "node:assert/strict";
import * as esbuild from "esbuild";
import { outputOf, ROOT } from "../../tools/system.ts";
import { bundleSuite } from "../conformance/bundle.ts";
import { readFixtures } from "../fixture.ts";
import { digits, expected } from "./digits.ts";
import { folder, inFolder } from "./installed.ts";

const known = await readFixtures();

await esbuild.build({
  entryPoints: [`${ROOT}tests/package/node_program.ts`],
  outfile: `${folder}/program.mjs`,
  bundle: true,
  format: "esm",
  platform: "node",
  external: ["@tensorflow/*", "@denoise/*"],
  // Fixtures are found beside the module that reads them.
  define: {
    "import.meta.url": JSON.stringify(`file://${ROOT}tests/fixture.ts`),
  },
});
await esbuild.build({
  entryPoints: [`${ROOT}tests/package/deaths_program.ts`],
  outfile: `${folder}/deaths.mjs`,
  bundle: true,
  format: "esm",
  platform: "node",
  external: ["@tensorflow/*"],
});
await bundleSuite(`${folder}/suite.mjs`, `${ROOT}.package/mod.js`);
await esbuild.stop();
for (const [name, values] of Object.entries(digits)) {
  await Deno.writeFile(`${folder}/${name}`, new Uint8Array(values.buffer));
}

for (const version of [22, 24]) {
  const node = ["-y", `node@${version}`];
  for (const threads of ["1", "2"]) {
    Deno.test(`Node ${version}, threads: ${threads}: networks as in Keras, a training as in Deno`, async () => {
      const args = [...node, "program.mjs", "noisy", "clean", threads];
      const { networks, trained } = JSON.parse(await inFolder("npx", args));
      assert.equal(networks, known.length);
      assert.deepEqual(trained, expected);
    });
  }
  Deno.test(`Node ${version}: tfjs-core's own tests`, async () => {
    const said = await inFolder("npx", [
      ...node,
      "suite.mjs",
      "wasm-threads",
      "2",
    ]);
    assert.match(said, /^4224 passed, 0 failed, 5 pending\n$/m);
  });
}

Deno.test("README's program is example/train.ts, and runs in Node and in Deno", async () => {
  const backend = `${ROOT}lib/backend/`;
  const readme = await Deno.readTextFile(`${backend}README.md`);
  const program = await Deno.readTextFile(`${backend}example/train.ts`);
  assert.ok(readme.includes("```ts\n" + program + "```"));
  const said = /^wasm-threads\n\[ 0\.\d+, 0\.\d+ \]\n$/;
  await Deno.writeTextFile(`${folder}/train.mjs`, program);
  assert.match(await inFolder("npx", ["-y", "node@24", "train.mjs"]), said);
  // Deno has it from the folder: the package is a member of the workspace.
  const path = `${backend}example/train.ts`;
  const options = { cwd: ROOT, env: { NO_COLOR: "1" } };
  const stdout = await outputOf(Deno.execPath(), ["run", "-A", path], options);
  assert.match(stdout, said);
});

Deno.test("Node tells the pool of a worker that ends, in whatever way", async () => {
  // Not before: it ends esbuild, which the modules above may be using.
  const { MORTAL: { program } } = await import("../faults/mortal.ts");
  await Deno.writeTextFile(`${folder}/worker.js`, program);
  const args = ["-y", "node@24", "deaths.mjs", "worker.js"];
  const said = await inFolder("npx", args);
  const after = "whole: false\nnext: true\n";
  const unanswered = "a thread has not answered for 60 s; call useBackend() " +
    "again, and restart the program if that fails too";
  const ended = "a thread of the backend has ended; call useBackend() again, " +
    "and go on from a checkpoint or with a new model: tensors stay, but the " +
    "weights of this one may be half-way through a step";
  const cannot = 'Cannot finish kernel "neg":';
  assert.equal(
    said,
    `exits: ${cannot} ${ended}\n${after}` +
      `overflows: ${cannot} ${unanswered}\n${after}` +
      `terminated: ${cannot} ${ended}\n${after}`,
  );
});

Deno.test("Node 22.2, which does not show its threads, uses one and says so", async () => {
  const program = 'import "@tensorflow/tfjs";' +
    'import { useBackend } from "@denoise/tfjs-wasm-threads";' +
    "console.warn = console.log;" +
    "console.log(await useBackend());" +
    'await useBackend("wasm-threads", { threads: 2 })' +
    ".catch((e) => console.log(e.message));";
  await Deno.writeTextFile(`${folder}/early.mjs`, program);
  const said = await inFolder("npx", ["-y", "node@22.2.0", "early.mjs"]);
  const cannot = /Cannot start "\d+" threads: threads need Node 22\.3 or later/;
  const lines = said.trim().split("\n");
  assert.match(lines[0], new RegExp(`^${cannot.source}; one is used$`));
  assert.equal(lines[1], "wasm-threads");
  assert.match(lines[2], new RegExp(`^${cannot.source}$`));
});

Deno.test("Node 20, which cannot run the kernels, says so", async () => {
  const program = 'import "@tensorflow/tfjs";' +
    'import { useBackend } from "@denoise/tfjs-wasm-threads";' +
    'await useBackend("wasm-threads").catch((e) => console.log(e.message));';
  await Deno.writeTextFile(`${folder}/old.mjs`, program);
  const said = await inFolder("npx", ["-y", "node@20", "old.mjs"]);
  assert.match(said, /no relaxed SIMD in WebAssembly; use "cpu"/);
});
