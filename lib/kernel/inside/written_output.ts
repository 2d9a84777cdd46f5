/** Shows what a cell writes without console.log; Deno's kernel would drop it. */

import { Buffer } from "node:buffer";
import process from "node:process";

/** From now on stdout, stderr and `alert` are shown in the cell. */
export function showWritten(
  publish: (stream: { name: string; text: string }) => void,
) {
  for (const name of ["stdout", "stderr"] as const) {
    const decoder = new TextDecoder();
    const show = (text: string) => publish({ name, text });
    const writeSync = (bytes: Uint8Array) => {
      show(decoder.decode(bytes, { stream: true }));
      return bytes.length;
    };
    const write = (bytes: Uint8Array) => Promise.resolve(writeSync(bytes));
    Object.assign(Deno[name], { write, writeSync });
    const writable = new WritableStream({
      write: (bytes) => void write(bytes),
    });
    Object.defineProperty(Deno[name], "writable", { value: writable });
    process[name]._write = (chunk, encoding, done) => {
      show(Buffer.from(chunk, encoding).toString());
      done();
    };
  }
  // Deno's own `alert` would wait for a key.
  globalThis.alert = (message = "Alert") => console.log(String(message));
}
