/** A thread of the pool: sleeps until a job is published, and helps with it. */

import { parentPort } from "node:worker_threads";
import { ALIVE, END, instantiate, type Start, WAKE, work } from "./protocol.ts";

/**
 * Looks this often for the next job before it sleeps: about 50 microseconds.
 * Between two kernels of a training step there pass 10 to 40.
 */
const LOOKS = 2_000;

function serve({ thread, ...start }: Start) {
  const tasks = instantiate(start);
  const words = new Int32Array(start.memory.buffer);
  parentPort!.postMessage("ready");
  while (true) {
    const wake = Atomics.load(words, WAKE);
    if (Atomics.load(words, END)) break;
    work(words, tasks, thread);
    for (let look = 0; look < LOOKS; look++) {
      if (Atomics.load(words, WAKE) !== wake) break;
    }
    Atomics.wait(words, WAKE, wake);
  }
  Atomics.sub(words, ALIVE, 1);
  Atomics.notify(words, ALIVE);
}

parentPort!.once("message", serve);
