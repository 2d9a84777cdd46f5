import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import type { WasmBackend } from "../../../lib/backend/backend.ts";
import { useBackend } from "../../../lib/backend/mod.ts";
import {
  Autotuner,
  runFaster,
  setAutotuner,
  type Variant,
} from "../../../lib/backend/threads/autotune.ts";

/** An autotuner, and a run that lasts `ms` and says which variant it was. */
function tuned(maxChoices?: number) {
  let clock = 0;
  const autotuner = new Autotuner({ maxChoices, now: () => clock });
  const run = (
    key: string,
    ms: (variant: Variant) => number,
    amount = 1,
  ): Variant =>
    autotuner.run({ key, amount }, (variant) => {
      clock += ms(variant);
      return variant;
    });
  return { autotuner, run };
}

for (const faster of [0, 1] as const) {
  Deno.test(`variant ${faster} is kept when it is the faster one`, () => {
    const { run } = tuned();
    const ms = (variant: Variant) => variant === faster ? 0.2 : 1;
    const variants = Array.from({ length: 40 }, () => run("a", ms));
    assert.deepEqual(variants.slice(0, 4), [0, 1, 0, 1]);
    assert.deepEqual(new Set(variants.slice(24)), new Set([faster]));
    // Another task is tried by itself.
    assert.deepEqual([run("b", ms), run("b", ms)], [0, 1]);
  });
}

Deno.test("variants are compared by time for a unit of work", () => {
  const { run } = tuned();
  for (let i = 0; i < 24; i++) {
    run("a", (variant) => variant ? 1 : 0.3, i % 2 ? 10 : 1);
  }
  assert.equal(run("a", () => 0), 1);
});

Deno.test("of many tasks the one not used for longest is forgotten", () => {
  const { autotuner, run } = tuned(3);
  const ms = (variant: Variant) => 1 - variant;
  for (let i = 0; i < 24; i++) for (const key of ["a", "b", "c"]) run(key, ms);
  for (const key of ["c", "b", "a"]) assert.equal(run(key, ms), 1);
  assert.equal(run("d", ms), 0);
  assert.equal(autotuner.size, 3);
  assert.equal(run("a", ms), 1);
  assert.equal(run("c", ms), 0, "c is still remembered");
  for (let i = 0; i < 5_000; i++) run(`task ${i}`, ms);
  assert.equal(autotuner.size, 3);
  const usual = new Autotuner();
  for (let i = 0; i < 5_000; i++) {
    usual.run({ key: `task ${i}`, amount: 1 }, () => {});
  }
  assert.ok(usual.size < 2_000);
});

Deno.test("other threads choose anew, the same threads do not", async () => {
  await useBackend("wasm-threads", { threads: 2 });
  const backend = tf.engine().backend as WasmBackend;
  const trials = (count: number) =>
    Array.from(
      { length: count },
      () =>
        runFaster(backend.pool, { key: "a", amount: 1 }, (variant) => variant),
    );
  assert.deepEqual(trials(3), [0, 1, 0]);
  await useBackend("wasm-threads", { threads: 2 });
  assert.deepEqual(trials(2), [1, 0]);
  const [kept] = trials(30).slice(-1);
  assert.deepEqual(trials(2), [kept, kept]);
  await useBackend("wasm-threads", { threads: 3 });
  assert.deepEqual(trials(4), [0, 1, 0, 1]);
  setAutotuner(backend.pool, { run: (_task, use) => use(1) });
  assert.deepEqual(trials(2), [1, 1]);
  await useBackend();
});
