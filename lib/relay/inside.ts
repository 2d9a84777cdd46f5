/**
 * What the relay puts into Deno's kernel at its start: it hears of Stop, and ends
 * the kernel when the relay has died.
 */

import { Worker } from "node:worker_threads";

const { broadcast } = Deno.jupyter;
// Not told by a message: for that, Deno's kernel makes it wait half a second.
new Worker(new URL("./lifeline.ts", import.meta.url), {
  workerData: Number(Deno.env.get("COURSE_LIFELINE")),
}).unref();

/** Under this name lib/notebook.ts leaves what Stop is to call. */
const STOP = Symbol.for("course.stop");

void (async () => {
  for await (const _ of Deno.stdin.readable) {
    (globalThis as { [STOP]?: () => void })[STOP]?.();
    await broadcast("course_heard", {});
  }
})();
