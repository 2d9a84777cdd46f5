/**
 * The thread of kernel_queue.ts: listens to a kernel, as one more front end, and
 * notes in shared memory the newest mark that came by.
 */

import { workerData } from "node:worker_threads";
import { type ListenerJob, MARK, NEWS } from "./kernel_queue.ts";
import { encode, EVERYTHING, shakeHands } from "./relay/zmtp.ts";

const { address, name, heard } = workerData as ListenerJob;

const socket = await Deno.connect(address);
socket.setNoDelay();
const { writer } = await shakeHands(socket, "SUB");
await writer.write(encode([EVERYTHING]));
const bytes = new Uint8Array(65_536);
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
