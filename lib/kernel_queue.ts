/**
 * Whether Deno's kernel has sent the messages it was given. It queues them and
 * says nothing, so a thread of ours listens in, as one more front end, until one
 * that we gave the kernel last comes by. (Waiting a fixed time is not enough
 * where the processors are busy: of 1,200 cells one had its outputs under the
 * next.)
 */

import { Worker } from "node:worker_threads";

// Taken here, since a cell may give a meaning of its own to these names.
const { crypto, performance, URL } = globalThis;

/** Where a kernel publishes. */
export interface Address {
  hostname: string;
  port: number;
}

/** Ms until the first mark is sent again: the thread may not have listened. */
const AGAIN = 50;
/** Ms without any message after which we no longer wait for the kernel. */
const PATIENCE = 10_000;

/** Words of the shared memory: the newest mark, and how often anything came. */
export const MARK = 0, NEWS = 1;

/** What the thread is told. */
export interface ListenerJob {
  address: Address;
  /** How marks begin, and where to note what it hears. */
  name: string;
  heard: Int32Array<SharedArrayBuffer>;
}

/** The messages on their way from a kernel to its front ends. */
export class KernelQueue {
  #mark: (name: string) => void;
  #name = crypto.randomUUID();
  /** How many marks the kernel was given. */
  #marks = 0;
  #heard = new Int32Array(new SharedArrayBuffer(8));
  /** Nothing comes from the kernel or the thread any more. */
  #isLost = false;

  /**
   * Begins to listen. `mark` gives the kernel a message with a name in it that
   * no front end shows.
   */
  constructor(address: Address, mark: (name: string) => void) {
    this.#mark = mark;
    const url = new URL("./kernel_listener.ts", import.meta.url);
    const job: ListenerJob = {
      address,
      name: this.#name,
      heard: this.#heard,
    };
    // Not told by a message: for that, Deno's kernel makes it wait half a second.
    const thread = new Worker(url, { workerData: job });
    thread.once("error", ({ message }) => {
      this.#isLost = true;
      console.warn(`Cannot listen to Deno's kernel any more: ${message}`);
    });
  }

  /**
   * Blocks until all that was given to the kernel before is sent: a millisecond
   * or two, but half a second the first time, which is how long a thread takes to
   * start in Deno's kernel (it waits for a debugger).
   */
  waitUntilSent(): void {
    if (this.#isLost) return;
    const ours = this.#sendMark();
    let end = performance.now() + PATIENCE;
    while (true) {
      const news = Atomics.load(this.#heard, NEWS);
      const heard = Atomics.load(this.#heard, MARK);
      if (heard >= ours) return;
      if (Atomics.wait(this.#heard, NEWS, news, AGAIN) !== "timed-out") {
        end = performance.now() + PATIENCE;
      } else if (performance.now() > end) break;
      else if (heard === 0) this.#sendMark();
    }
    this.#isLost = true;
    console.warn(
      `Nothing came from Deno's kernel for ${PATIENCE / 1000} s: from now on ` +
        `outputs may be lost, or stand under another cell`,
    );
  }

  #sendMark(): number {
    this.#mark(`${this.#name}:${++this.#marks};`);
    return this.#marks;
  }
}
