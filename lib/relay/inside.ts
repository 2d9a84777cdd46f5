/**
 * What the relay puts into Deno's kernel at its start: it hears of Stop, ends the
 * kernel when the relay has died, and shows what is written to stdout and stderr.
 */

import { Buffer } from "node:buffer";
import process from "node:process";
import { Worker } from "node:worker_threads";

const { broadcast } = Deno.jupyter;
// Not told by a message: for that, Deno's kernel makes it wait half a second.
new Worker(new URL("./lifeline.ts", import.meta.url), {
  workerData: Number(Deno.env.get("COURSE_LIFELINE")),
}).unref();

// Deno's kernel shows what console.log prints, and drops what is written here.
for (const name of ["stdout", "stderr"] as const) {
  const decoder = new TextDecoder();
  const show = (text: string) => void broadcast("stream", { name, text });
  const writeSync = (bytes: Uint8Array) => {
    show(decoder.decode(bytes, { stream: true }));
    return bytes.length;
  };
  const write = (bytes: Uint8Array) => Promise.resolve(writeSync(bytes));
  Object.assign(Deno[name], { write, writeSync });
  const writable = new WritableStream({ write: (bytes) => void write(bytes) });
  Object.defineProperty(Deno[name], "writable", { value: writable });
  process[name]._write = (chunk, encoding, done) => {
    show(Buffer.from(chunk, encoding).toString());
    done();
  };
}
// It would write there too, and wait for a key.
globalThis.alert = (message = "Alert") => console.log(String(message));

/** Under this name lib/notebook.ts leaves what Stop is to call. */
const STOP = Symbol.for("course.stop");

void (async () => {
  for await (const _ of Deno.stdin.readable) {
    (globalThis as { [STOP]?: () => void })[STOP]?.();
    await broadcast("course_heard", {});
  }
})();
