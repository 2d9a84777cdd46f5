/** The program of a worker that can be ended from outside, or held up. */

import { serve } from "../../lib/backend/threads/serve.ts";
import { inThisSystem } from "../../lib/backend/threads/worker_system.ts";
import { COUNTDOWN, EXITS, FATE, OVERFLOWS, WAITS } from "./mortal_words.ts";

function meet(words: Int32Array) {
  // For real: without a word, as where the system kills it.
  if (words[FATE] === EXITS) globalThis.process.exit(1);
  const all: number[][] = [];
  while (words[FATE] === OVERFLOWS) all.push(new Array(100_000).fill(0.5));
  Atomics.wait(words, FATE, WAITS);
}

inThisSystem((start, place) =>
  serve(
    start,
    place,
    (tasks, words) =>
      tasks.map((task) => (job, chunk, slot) => {
        if (Atomics.sub(words, COUNTDOWN, 1) === 1) meet(words);
        task(job, chunk, slot);
      }),
  )
);
