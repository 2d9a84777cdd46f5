/** A kernel never gets a flag of V8 that its Deno refuses. */

import assert from "node:assert/strict";
import { candidates, kernelFlags } from "../../tools/flags.ts";

/** Calls `run`, and answers what it gave and what was said meanwhile. */
async function listen<T>(run: () => Promise<T>) {
  const said: string[] = [];
  const { warn } = console;
  console.warn = (sentence: string) => said.push(sentence);
  try {
    return { value: await run(), said: said.join("\n") };
  } finally {
    console.warn = warn;
  }
}

Deno.test("only x86-64 is asked for vectors of 256 bits", () => {
  const asksForThem = (processor: string) =>
    candidates(processor).join().includes("revectorize");
  assert.deepEqual(["x86_64", "aarch64"].map(asksForThem), [true, false]);
});

Deno.test("the last that is tried is to have no flags", () => {
  for (const processor of ["x86_64", "aarch64"]) {
    assert.equal(candidates(processor).at(-1), "");
  }
});

Deno.test("this Deno starts with the best of its processor, and nothing is said", async () => {
  const { value, said } = await listen(() => kernelFlags());
  assert.equal(value, candidates(Deno.build.arch)[0]);
  assert.equal(said, "");
});

Deno.test("what V8 refuses is left out, and that is said", async () => {
  const tried = ["--no-such-flag", "--no-wasm-bounds-checks", ""];
  const { value, said } = await listen(() =>
    kernelFlags(Deno.execPath(), { tried })
  );
  assert.equal(value, "--no-wasm-bounds-checks");
  assert.match(said, /does not start with --no-such-flag \(.*recognize/);
  assert.match(said, /gets --no-wasm-bounds-checks/);
});

Deno.test("where all are refused the kernel starts without", async () => {
  const tried = ["--no-such-flag", "--nor-such", ""];
  const { value, said } = await listen(() =>
    kernelFlags(Deno.execPath(), { tried })
  );
  assert.equal(value, "");
  assert.match(said, /--nor-such .*gets no flags/);
});
