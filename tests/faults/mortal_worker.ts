/** The program of a worker that can be ended from outside, or held up. */

import { serve } from "../../lib/backend/threads/serve.ts";
import { inThisSystem } from "../../lib/backend/threads/worker_system.ts";
import { COUNTDOWN, HELD } from "./mortal_words.ts";

inThisSystem((start, place) =>
  serve(
    start,
    place,
    (tasks, words) =>
      tasks.map((task) => (job, chunk, slot) => {
        if (Atomics.sub(words, COUNTDOWN, 1) === 1) {
          // For real: without a word, as where the system kills it.
          if (words[HELD] === 0) globalThis.process.exit(1);
          Atomics.wait(words, HELD, 1);
        }
        task(job, chunk, slot);
      }),
  )
);
