/**
 * The program that the relay runs in Deno's kernel before any cell: it listens for
 * Stop, ends the kernel when the relay has died, names lines of cells in errors,
 * checks imports of cells, and shows what they write to stdout and stderr.
 */

import { Worker } from "node:worker_threads";
import { offerImport } from "./checked_import.ts";
import { nameCells } from "./error_lines.ts";
import { showLast } from "../cells/last_value.ts";
import { fixKernel } from "./kernel_fixes.ts";
import { offerNames } from "./member_names.ts";
import { showWritten } from "./written_output.ts";

const { broadcast } = Deno.jupyter;

/** Keys of globalThis: lib/notebook/notebook.ts puts functions there. */
const STOP = Symbol.for("course.stop"), ENDED = Symbol.for("course.ended");
interface Listeners {
  [STOP]?: () => void;
  [ENDED]?: () => void;
}

// Not by a message: in Deno's kernel a message to a worker waits half a second.
new Worker(new URL("./lifeline.ts", import.meta.url), {
  workerData: Number(Deno.env.get("COURSE_LIFELINE")),
}).unref();

const endCell = (end: number) => {
  (globalThis as Listeners)[ENDED]?.();
  void broadcast("course_sent", { end });
};
Object.assign(globalThis, { [Symbol.for("course.end")]: endCell });
const warning = fixKernel({
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
