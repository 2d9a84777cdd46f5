/**
 * The thread of kernel_queue.ts: listens to a kernel, as one more front end, and
 * notes in shared memory the newest mark that came by. It tells of cells that
 * ended without one.
 */

import { parentPort, workerData } from "node:worker_threads";
import type { ListenerJob } from "./kernel_queue.ts";

/** ZMTP 3.0's greeting: signature, version, mechanism, zeros up to 64 bytes. */
const GREETING = Uint8Array.from(
  [0xff, ...zeros(8), 0x7f, 3, 0, ...letters("NULL"), ...zeros(48)],
);
/** What one says next, to listen to all that a kernel publishes. */
const SUBSCRIBE = Uint8Array.from([
  // A command of 25 bytes: READY, Socket-Type SUB.
  ...[4, 25, 5, ...letters("READY"), 11, ...letters("Socket-Type")],
  ...[0, 0, 0, 3, ...letters("SUB")],
  // A message of one byte: subscribe, to everything.
  ...[0, 1, 1],
]);

function zeros(count: number): number[] {
  return new Array(count).fill(0);
}

function letters(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

const { address, name, heard } = workerData as ListenerJob;
const socket = await Deno.connect(address);
socket.setNoDelay();
const bytes = new Uint8Array(65_536);
await socket.write(GREETING);
// Each side answers the other's greeting; else the system waits, 40 ms long.
await socket.read(bytes);
await socket.write(SUBSCRIBE);
const decoder = new TextDecoder("latin1");
// In all else that is sent, quotes have a backslash before them.
const events = new RegExp(
  `"execution_count":(\\d+)}|{"execution_state":"idle"}|${name}:(\\d+);`,
  "g",
);
/** No event is longer. */
const LONGEST = 2 * name.length;
let text = "";
/** The cell that runs and has not sent a mark, and the newest one. */
let open = 0, newest = 0;
while (true) {
  const count = await socket.read(bytes);
  if (count === null) throw new Error("The kernel hung up");
  text += decoder.decode(bytes.subarray(0, count));
  let end = 0;
  for (const event of text.matchAll(events)) {
    const [whole, cell, mark] = event;
    end = event.index + whole.length;
    if (mark) {
      Atomics.store(heard, 0, Number(mark));
      Atomics.notify(heard, 0);
      open = 0;
    } else if (cell) { // a silent request has the number of the cell before
      open = Number(cell) > newest ? Number(cell) : 0;
      newest = Math.max(newest, open);
    } else {
      if (open) parentPort!.postMessage(open);
      open = 0;
    }
  }
  // An event may come in two parts.
  text = text.slice(Math.max(end, text.length - LONGEST));
}
