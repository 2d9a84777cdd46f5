/** A worker that ends in the middle of a step: an exception, and a new start. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { BACKEND, WasmBackend } from "../../lib/backend/backend.ts";
import { SharedHeap } from "../../lib/backend/threads/memory.ts";
import { buildAutoencoder } from "../../lib/training/model.ts";
import { Random } from "../../lib/data/random.ts";
import { fit } from "../../lib/training/fit.ts";
import { useBackend } from "../../lib/backend/mod.ts";
import { Pool } from "../../lib/backend/threads/pool.ts";
import { MORTAL } from "./mortal.ts";
import { holdNext, killAt } from "./mortal_words.ts";
import { module, negJob } from "../backend/threads/neg_job.ts";

/** Ms in which a death must be said; it was 60,000. */
const SOON = 20_000;

/** A job that writes the numbers 0, -1, -2 and so on, in 1,000 chunks. */
function countDown(heap: SharedHeap) {
  const { job, out, chunks: all, isRight } = negJob(heap, 4_000);
  return {
    run: (pool: Pick<Pool, "run">, chunks = all) =>
      pool.run("neg", job, chunks),
    isRight,
    // A division by zero in each chunk.
    trap: (pool: Pick<Pool, "run">) => pool.run("add", job, all),
    clear: () => heap.floats(out, job.length).fill(0),
  };
}

Deno.test("a worker's end in a job is thrown, soon, and 20 pools follow each other", async () => {
  const heap = new SharedHeap(), job = countDown(heap);
  const start = () =>
    Pool.start(module, { memory: heap.memory, threads: 3, ...MORTAL });
  for (let round = 0; round < 20; round++) {
    const pool = await start();
    killAt(1 + 13 * round, heap.memory);
    const begin = performance.now();
    const run = () => {
      // The caller may have done all before a worker is awake.
      for (let i = 0; i < 10_000; i++) job.run(pool);
    };
    assert.throws(run, /"neg": a thread of the backend has ended; .*again/);
    assert.ok(performance.now() - begin < SOON);
    assert.throws(() => job.run(pool, 1), /has ended/);
    assert.ok(!pool.isWhole);
    const next = await start();
    job.clear();
    job.run(next);
    assert.ok(job.isRight() && next.isWhole);
    next.terminate();
  }
});

Deno.test("a failure that nobody has heard of is no later pool's", async () => {
  const heap = new SharedHeap(), job = countDown(heap);
  const start = () =>
    Pool.start(module, { memory: heap.memory, threads: 2, ...MORTAL });
  const pool = await start();
  killAt(1, heap.memory);
  const run = () => {
    while (true) {
      try {
        job.trap(pool);
      } catch (error) {
        if (!/by zero/.test(String(error))) throw error;
      }
    }
  };
  assert.throws(run, /has ended/);
  const next = await start();
  job.run(next);
  assert.ok(job.isRight());
  next.terminate();
});

Deno.test("a worker that never answers is given up, and its memory too", async () => {
  const heap = new SharedHeap(), job = countDown(heap);
  const start = () =>
    Pool.start(module, { memory: heap.memory, threads: 2, ...MORTAL });
  const pool = await start();
  const letGo = holdNext(heap.memory);
  const run = () => {
    for (let i = 0; i < 10_000; i++) job.run(pool);
  };
  assert.throws(
    run,
    /a thread has not answered for 60 s; .*restart the program/,
  );
  // Were it to run another, the late worker would take its chunks for this one's.
  assert.throws(() => job.run(pool), /restart the program/);
  await assert.rejects(start(), /those before are still at work; restart/);
  letGo();
  pool.terminate();
  const next = await start();
  job.clear();
  job.run(next);
  assert.ok(job.isRight());
  next.terminate();
});

Deno.test("new workers take no chunk before all are there", async () => {
  const heap = new SharedHeap(), job = countDown(heap);
  const few = await Pool.start(module, {
    memory: heap.memory,
    threads: 2,
    ...MORTAL,
  });
  few.terminate();
  const starting = Pool.start(module, {
    memory: heap.memory,
    threads: 4,
    ...MORTAL,
  });
  let isThere = false;
  starting.then(() => isThere = true);
  // Were one to take a chunk of the old pool, which has no room for it, it ended.
  killAt(1, heap.memory);
  while (!isThere) {
    for (let i = 0; i < 500; i++) job.run(few);
    await new Promise((resolve) => setTimeout(resolve));
  }
  const pool = await starting;
  assert.ok(pool.isWhole);
  pool.terminate();
});

const COUNT = 96;
const random = new Random(1);
const digits = () =>
  Float32Array.from({ length: 784 * COUNT }, () => random.uniform());
const noisy = digits(), clean = digits();

/** One loss lets the network run as one, the other layer by layer. */
type Loss = "binaryCrossentropy" | "meanSquaredError";

function build(loss: Loss): tf.LayersModel {
  const model = buildAutoencoder({ seed: 1 });
  model.compile({ optimizer: tf.train.adadelta(1), loss });
  return model;
}

function train(model: tf.LayersModel, checkpoint?: string) {
  return fit(model, noisy, clean, { epochs: 4, batchSize: 32, checkpoint });
}

/** Trains until the worker that takes the `count`th chunk ends; what is said. */
async function trainUntilKilled(
  loss: Loss,
  { count, checkpoint }: { count: number; checkpoint: string },
): Promise<string> {
  while (true) {
    const model = build(loss);
    killAt(count, heap().memory);
    const begin = performance.now();
    try {
      await train(model, checkpoint); // the caller may do all chunks itself
    } catch (error) {
      assert.ok(performance.now() - begin < 2 * SOON);
      return String(error);
    } finally {
      dispose(model);
    }
  }
}

function weightsOf(model: tf.LayersModel) {
  return model.getWeights().map((weight) => weight.dataSync());
}

function dispose(model: tf.LayersModel) {
  model.optimizer.dispose();
  model.dispose();
}

function heap(): SharedHeap {
  return (tf.backend() as unknown as WasmBackend).heap;
}

function inUse() {
  const { numTensors, numBytes } = tf.memory();
  return { numTensors, numBytes, heap: heap().usedBytes };
}

// useBackend takes the one that it finds, and its workers stay mortal.
const mortal = await WasmBackend.start(4, MORTAL);
tf.registerBackend(BACKEND, () => mortal);
const start = () => useBackend(BACKEND, { threads: 4 });

/** Chunks that workers have begun when one of them ends. */
const COUNTS = {
  binaryCrossentropy: [1, 2, 5, 11, 21, 35, 50],
  meanSquaredError: [1, 10, 40, 60, 80, 100, 120, 140, 160, 300],
};

for (const [loss, counts] of Object.entries(COUNTS) as [Loss, number[]][]) {
  Deno.test(`${loss}: a training whose worker ends throws; started again it learns the same`, async () => {
    await start();
    const whole = build(loss);
    await train(whole);
    const expected = weightsOf(whole);
    const kept = tf.tensor1d([1, 2, 3]).neg();
    const before = inUse();
    // In each part of a step: forward, back, and the optimizer's.
    for (const count of counts) {
      const checkpoint = await Deno.makeTempDir();
      const problem = await trainUntilKilled(loss, { count, checkpoint });
      assert.match(
        problem,
        /a thread of the backend has ended; call useBacken/,
      );
      assert.throws(() => tf.add(kept, 1).dataSync(), /has ended/);
      assert.equal(await start(), "wasm-threads");
      assert.deepEqual([...kept.dataSync()], [-1, -2, -3]);
      // Anew, and from the checkpoint that the broken one has left.
      for (const folder of [undefined, checkpoint]) {
        const model = build(loss);
        await train(model, folder);
        assert.deepEqual(weightsOf(model), expected);
        dispose(model);
      }
      await Deno.remove(checkpoint, { recursive: true });
      assert.deepEqual(inUse(), before, `after ${count} chunks`);
    }
    dispose(whole);
    kept.dispose();
  });
}
