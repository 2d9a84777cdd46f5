/**
 * The thread of kernel_queue.ts: listens to a kernel, as one more front end, and
 * notes in shared memory the newest mark that came by.
 */

import { workerData } from "node:worker_threads";
import { type ListenerJob, MARK, NEWS } from "./kernel_queue.ts";

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
const marks = new RegExp(`${name}:(\\d+);`, "g");
/** No mark is longer: its number has at most 16 digits. */
const LONGEST = name.length + 20;
let text = "";
while (true) {
  const count = await socket.read(bytes);
  if (count === null) throw new Error("it hung up");
  text += decoder.decode(bytes.subarray(0, count));
  for (const [, mark] of text.matchAll(marks)) {
    Atomics.store(heard, MARK, Number(mark));
  }
  // A mark may come in two parts.
  text = text.slice(-LONGEST);
  Atomics.add(heard, NEWS, 1);
  Atomics.notify(heard, NEWS);
}
