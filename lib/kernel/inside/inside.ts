/**
 * What the relay puts into Deno's kernel at its start: it hears of Stop, ends the
 * kernel when the relay has died, names lines of cells in errors, checks what cells
 * import, and shows what they write to stdout and stderr.
 */

import { Worker } from "node:worker_threads";
import { offerImport } from "./checked_import.ts";
import { nameCells } from "./error_lines.ts";
import { showLast } from "./last_value.ts";
import { mendKernel } from "./mend.ts";
import { offerNames } from "./names.ts";
import { showWritten } from "./written.ts";

const { broadcast } = Deno.jupyter;

/** Under these names lib/notebook/notebook.ts leaves what Stop and a cell's end are to call. */
const STOP = Symbol.for("course.stop"), ENDED = Symbol.for("course.ended");
interface Listeners {
  [STOP]?: () => void;
  [ENDED]?: () => void;
}

// Not told by a message: for that, Deno's kernel makes it wait half a second.
new Worker(new URL("./lifeline.ts", import.meta.url), {
  workerData: Number(Deno.env.get("COURSE_LIFELINE")),
}).unref();

const endCell = (end: number) => {
  (globalThis as Listeners)[ENDED]?.();
  void broadcast("course_sent", { end });
};
Object.assign(globalThis, { [Symbol.for("course.end")]: endCell });
const warning = mendKernel({
  tell: (thrown) => void broadcast("course_thrown", { thrown }),
});
if (warning) void broadcast("course_warns", { text: warning });
nameCells();
offerImport();
offerNames((answer) => void broadcast("course_names", answer));
showLast((text) =>
  void broadcast("display_data", {
    ...{ data: { "text/plain": text }, metadata: {}, transient: {} },
  })
);
showWritten((stream) => void broadcast("stream", stream));

void (async () => {
  const texts = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
  for await (const text of texts) {
    for (const line of text.trim().split("\n")) {
      if (line !== "stop") {
        await broadcast("course_waits", { cell: Number(line) });
        continue;
      }
      (globalThis as Listeners)[STOP]?.();
      await broadcast("course_heard", {});
    }
  }
})();
