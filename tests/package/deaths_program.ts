/**
 * Runs in Node: a pool's worker ends in each way there is, and a new pool follows.
 * Prints what was said each time.
 *
 *     node deaths.mjs WORKER_PROGRAM
 */

import { readFile } from "node:fs/promises";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { SharedHeap } from "../../lib/backend/threads/memory.ts";
import { Pool } from "../../lib/backend/threads/pool.ts";
import { module, negJob } from "../backend/threads/neg_job.ts";
import { EXITS, killAt, OVERFLOWS } from "../faults/mortal_words.ts";

// The pool shows its workers to nobody, so they are noted as they are made.
const workers: Worker[] = [];
const threads = process.getBuiltinModule("node:worker_threads");
const { Worker: Plain } = threads;
threads.Worker = class extends Plain {
  constructor(program: string, options: object) {
    const resourceLimits = { maxOldGenerationSizeMb: 32 };
    super(program, { ...options, resourceLimits });
    workers.push(this);
  }
};

const program = await readFile(process.argv[2], "utf8");
const heap = new SharedHeap();
const { job, chunks, isRight } = negJob(heap, 4_000);
// A minute without an answer is a second here.
const options = { memory: heap.memory, threads: 3, program, lookEveryMs: 17 };

/** Runs jobs until one throws, and returns what it says. */
function failure(pool: Pool): string {
  for (let i = 0; i < 10_000; i++) {
    try {
      pool.run("neg", job, chunks);
    } catch (error) {
      return (error as Error).message;
    }
  }
  return "no job has failed";
}

const WAYS: Record<string, (pool: Pool) => string | Promise<string>> = {
  exits(pool) {
    killAt(5, heap.memory, EXITS);
    return failure(pool);
  },
  overflows(pool) {
    killAt(5, heap.memory, OVERFLOWS);
    return failure(pool);
  },
  async terminated(pool) {
    await workers.at(-1)!.terminate();
    return failure(pool);
  },
};

for (const [way, end] of Object.entries(WAYS)) {
  workers.length = 0;
  const pool = await Pool.start(module, options);
  console.log(`${way}: ${await end(pool)}`);
  while (workers.every(({ threadId }) => threadId !== -1)) await setTimeout(10);
  await setTimeout(100); // the pool hears of it in an event
  console.log(`whole: ${pool.isWhole}`);
  pool.terminate();
  const next = await Pool.start(module, options);
  heap.floats(job.out, job.length).fill(0);
  next.run("neg", job, chunks);
  console.log(`next: ${isRight()}`);
  next.terminate();
}
