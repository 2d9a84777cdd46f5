/**
 * The faults of tfjs that lib/backend/fixes/README.md tells of: tfjs as
 * it comes still has them, and the backends started by useBackend() do not.
 */

import assert from "node:assert/strict";
import { capture, ROOT } from "../../tools/system.ts";

const page = await Deno.readTextFile(`${ROOT}lib/backend/fixes/README.md`);

/** Programs with what stands in their last lines. */
const faults = [...page.matchAll(/^## (.*)\n[\s\S]*?```ts\n([\s\S]*?)```/gm)]
  .map(([, title, program]) => ({
    title,
    program,
    prints: program.match(/^\/\/ prints (.*)$/m)![1],
    right: program.match(/^\/\/ right (.*)$/m)![1],
  }));

/** What the programs print after `start`, each on a line; Deno would use several. */
async function outputs(start: string): Promise<string[]> {
  const parts = faults.map(({ program }) =>
    `try {
      const console = { log: print };
      ${program}
    } catch (error) { print(error); }\n`
  );
  const { stdout, stderr } = await capture(
    Deno.execPath(),
    [
      "eval",
      "--ext=js",
      `import * as tf from "@tensorflow/tfjs";
      import { useBackend } from "./lib/backend/mod.ts";
      const print = (value) => console.log(String(value));
      tf.enableProdMode();
      ${start}
      ${parts.join("")}`,
    ],
    { cwd: ROOT, env: { NO_COLOR: "1" } },
  );
  const lines = stdout.trim().split("\n")
    .filter((line) => !/^=+$|^Hi, looks/.test(line));
  assert.equal(lines.length, faults.length, stderr);
  return lines;
}

Deno.test("the page names the file that corrects each", async () => {
  const places = [...page.matchAll(/^Corrected in (.*)\.$/gm)];
  assert.equal(places.length, faults.length);
  for (const [, names] of places) {
    const files = [...names.matchAll(/`([^`]+)`/g)];
    assert.ok(files.length > 0, names);
    for (const [, name] of files) {
      assert.ok((await Deno.stat(`${ROOT}lib/backend/fixes/${name}`)).isFile);
    }
  }
});

Deno.test("tfjs as it comes has the faults", async () => {
  assert.equal(faults.length, 34);
  const lines = await outputs('await tf.setBackend("cpu");');
  faults.forEach(({ title, prints }, i) => {
    assert.ok(lines[i].startsWith(prints), `${title}: ${lines[i]}`);
  });
});

for (const name of ["cpu", "wasm-threads"]) {
  Deno.test(`useBackend("${name}") has none of them`, async () => {
    const lines = await outputs(`await useBackend("${name}");`);
    faults.forEach(({ title, right }, i) => {
      const numbers = lines[i].split(",").map(Number);
      right.split(",").forEach((number, k) => {
        const off = Math.abs(numbers[k] - Number(number));
        assert.ok(off < 1e-6, `${title}: ${lines[i]}`);
      });
    });
  });
}
