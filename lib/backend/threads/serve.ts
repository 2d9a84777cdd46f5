/**
 * What a worker does: it sleeps until a job is published, and helps with it. Workers
 * run a copy of this file, in embedded.ts: after a change run `deno task wasm`.
 */

import {
  END,
  enter,
  instantiate,
  leave,
  SERVE,
  type Start,
  STATE,
  type Task,
  WAKE,
  work,
} from "./protocol.ts";

/**
 * A worker looks this often for the next job before it sleeps: about 50
 * microseconds. Between two kernels of a training step 10 to 40 pass.
 */
const LOOKS_BEFORE_SLEEP = 2_000;

/** How a worker of this system begins and ends. */
export interface Place {
  /** Reports to the pool that the worker is ready. */
  report(): void;
  /** Has `end` called when the worker exits, if the system can do that. */
  atExit(end: () => void): void;
}

/**
 * Serves the pool until it says END. `wrap` may put functions of a test in place of
 * the tasks.
 */
export function serve(
  { thread, ...start }: Start,
  { report, atExit }: Place,
  wrap = (tasks: Task[], _words: Int32Array): Task[] => tasks,
) {
  const words = new Int32Array(start.memory.buffer);
  const tasks = wrap(instantiate(start), words);
  enter(words, thread);
  atExit(() => leave(words, thread));
  try {
    report();
    while (true) {
      const wake = Atomics.load(words, WAKE);
      const state = Atomics.load(words, STATE);
      if (state === END) break;
      if (state === SERVE) work(words, tasks, thread);
      for (let look = 0; look < LOOKS_BEFORE_SLEEP; look++) {
        if (Atomics.load(words, WAKE) !== wake) break;
      }
      Atomics.wait(words, WAKE, wake);
    }
  } finally {
    leave(words, thread);
  }
}
