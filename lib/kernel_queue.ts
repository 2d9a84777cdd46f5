/**
 * Whether Deno's kernel has sent the messages it was given. It queues them and
 * says nothing, so a thread of ours listens in, as one more front end, until one
 * that we gave the kernel last comes by. (Waiting a fixed time is not enough
 * where the processors are busy: of 1,200 cells one had its outputs under the
 * next.)
 */

import { Worker } from "node:worker_threads";

/** Ms until a mark is sent again: the thread may not have listened before. */
const AGAIN = 50;
/** Ms after which we no longer wait for a kernel that does not answer. */
const LONGEST = 10_000;

/** Where a kernel publishes. */
export interface Address {
  hostname: string;
  port: number;
}

/** What the thread is told: how marks begin, and where to note their numbers. */
export interface ListenerJob {
  address: Address;
  name: string;
  heard: Int32Array<SharedArrayBuffer>;
}

/**
 * Where the kernel that runs this publishes.
 *
 * @throws {Error} where there is no kernel, or the system does not tell.
 */
export async function findAddress(): Promise<Address> {
  const line = await commandLine();
  const path = line.match(/--conn[ =](.+?\.json)/)?.[1];
  if (!path) throw new Error(`Cannot find "--conn" in "${line}"`);
  const { transport, ip, iopub_port } = JSON.parse(
    await Deno.readTextFile(path),
  );
  if (transport !== "tcp") {
    throw new Error(`Cannot listen to "${transport}": not tcp`);
  }
  return { hostname: ip, port: iopub_port };
}

async function commandLine(): Promise<string> {
  if (Deno.build.os === "linux") {
    const line = await Deno.readTextFile("/proc/self/cmdline");
    return line.replaceAll("\0", " ");
  }
  const args = ["-ww", "-o", "args=", "-p", String(Deno.pid)];
  const { stdout } = await new Deno.Command("ps", { args }).output();
  return new TextDecoder().decode(stdout);
}

/** The messages on their way from a kernel to its front ends. */
export class KernelQueue {
  #mark: (name: string) => void;
  #name = crypto.randomUUID();
  /** How many marks the kernel was given. */
  #marks = 0;
  /** The number of the newest mark that the kernel has sent. */
  #heard = new Int32Array(new SharedArrayBuffer(4));

  /**
   * Begins to listen. `mark` gives the kernel a message with a name in it that
   * no front end shows.
   */
  constructor(address: Address, mark: (name: string) => void) {
    this.#mark = mark;
    const url = new URL("./kernel_listener.ts", import.meta.url);
    const job: ListenerJob = { address, name: this.#name, heard: this.#heard };
    // Not told by a message: for that, Deno's kernel makes it wait half a second.
    const thread = new Worker(url, { workerData: job });
    thread.once("error", (error) => {
      console.warn(`Cannot listen to Deno's kernel: ${error.message}`);
    });
    thread.on("message", (cell: number) => {
      console.error(
        `SyntaxError: Deno's kernel cannot read cell [${cell}] and has run ` +
          `nothing of it. Is a bracket or a quote missing, or an import wrong?`,
      );
    });
  }

  /**
   * Blocks until all that was given to the kernel before is sent: a millisecond
   * or two, but half a second the first time, which is how long a thread takes to
   * start in Deno's kernel (it waits for a debugger).
   */
  waitUntilSent(): void {
    const ours = this.#marks + 1;
    const end = performance.now() + LONGEST;
    while (performance.now() < end) {
      const heard = Atomics.load(this.#heard, 0);
      this.#mark(`${this.#name}:${++this.#marks};`);
      Atomics.wait(this.#heard, 0, heard, AGAIN);
      if (Atomics.load(this.#heard, 0) >= ours) return;
    }
    console.warn(
      `Deno's kernel did not answer within ${LONGEST / 1000} s: ` +
        `outputs of this cell may be lost, or stand under another`,
    );
  }
}
