/** A thread of the pool: sleeps until a job is published, and helps with it. */

import process from "node:process";
import { parentPort, workerData } from "node:worker_threads";
import {
  ALIVE,
  END,
  instantiate,
  PENDING,
  SERVE,
  type Start,
  STATE,
  WAKE,
  work,
} from "./protocol.ts";

/**
 * Looks this often for the next job before it sleeps: about 50 microseconds.
 * Between two kernels of a training step there pass 10 to 40.
 */
const LOOKS = 2_000;

function serve({ thread, ...start }: Start) {
  const tasks = instantiate(start);
  const words = new Int32Array(start.memory.buffer);
  Atomics.add(words, ALIVE, 1);
  // However it ends: told to, by an error, by process.exit or out of memory.
  process.once("exit", () => {
    Atomics.sub(words, ALIVE, 1);
    for (const word of [ALIVE, PENDING]) Atomics.notify(words, word);
  });
  parentPort!.postMessage("ready");
  while (true) {
    const wake = Atomics.load(words, WAKE);
    const state = Atomics.load(words, STATE);
    if (state === END) break;
    if (state === SERVE) work(words, tasks, thread);
    for (let look = 0; look < LOOKS; look++) {
      if (Atomics.load(words, WAKE) !== wake) break;
    }
    Atomics.wait(words, WAKE, wake);
  }
}

serve(workerData);
