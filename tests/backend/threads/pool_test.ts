import assert from "node:assert/strict";
import { SharedHeap } from "../../../lib/backend/threads/memory.ts";
import { Pool } from "../../../lib/backend/threads/pool.ts";
import { module, negJob } from "./neg_job.ts";
import { outputOf } from "../../../tools/system.ts";

Deno.test("every chunk of 3,000 jobs is run once", async () => {
  const heap = new SharedHeap();
  const pool = await Pool.start(module, { memory: heap.memory, threads: 4 });
  for (let length = 1; length <= 3_000; length += 1) {
    const { job, out, chunks, isRight } = negJob(heap, length);
    pool.run("neg", job, chunks);
    assert.ok(isRight(), `of ${length}`);
    heap.free(job.a);
    heap.free(out);
  }
  pool.terminate();
});

Deno.test("a trap in any thread is thrown, and the pool goes on", async () => {
  const heap = new SharedHeap();
  const pool = await Pool.start(module, { memory: heap.memory, threads: 3 });
  const { job, chunks } = negJob(heap, 1_000);
  // A division by zero traps with V8's bounds checks and without.
  const trap = { ...job, aLength: 0, b: job.a, bLength: 1_000 };
  for (let i = 0; i < 20; i++) {
    assert.throws(
      () => pool.run("add", trap, chunks),
      /Cannot run kernel "add": RuntimeError: \w+ by zero/,
    );
    pool.run("neg", job, chunks);
  }
  pool.terminate();
});

Deno.test("an unknown task, and a job of other fields, are refused", async () => {
  const heap = new SharedHeap();
  const pool = await Pool.start(module, { memory: heap.memory, threads: 1 });
  const { job, isRight } = negJob(heap, 4);
  // @ts-expect-error: no such task
  assert.throws(() => pool.run("no", {}, 1), /Cannot run "no": no such task/);
  const { low: _, ...less } = job;
  const run = () => {
    // @ts-expect-error: a field is missing
    pool.run("neg", less, 1);
  };
  assert.throws(run, /Cannot write the field "low": it has no number/);
  // @ts-expect-error: a field is one too many
  pool.run("neg", { ...job, more: 1 }, 1);
  assert.ok(isRight());
});

Deno.test("a job is written in the order of its class, whatever its own is", async () => {
  const heap = new SharedHeap();
  const pool = await Pool.start(module, { memory: heap.memory, threads: 1 });
  const { job, isRight } = negJob(heap, 4);
  const turned = Object.fromEntries(Object.entries(job).reverse());
  pool.run("neg", turned as typeof job, 1);
  assert.ok(isRight());
});

Deno.test("a program that trained ends by itself, with no thread left", async () => {
  const script = `
    import * as tf from "@tensorflow/tfjs";
    import { useBackend } from "./lib/backend/mod.ts";
    await useBackend("wasm-threads", { threads: 3 });
    console.log(tf.matMul(tf.ones([99, 99]), tf.ones([99, 99])).dataSync()[0]);
  `;
  const printed = await outputOf(Deno.execPath(), [
    "eval",
    script,
  ], {
    cwd: new URL("../../..", import.meta.url), // An emulated processor takes half a minute.
    signal: AbortSignal.timeout(180_000),
  });
  assert.equal(printed, "99\n");
});
