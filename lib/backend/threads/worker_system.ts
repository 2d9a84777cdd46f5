/** Workers of this system: node:worker_threads in Deno, Node and Bun, or Web Workers. */

import type { Start } from "./protocol.ts";
import type { Place } from "./serve.ts";

type WorkerThreads = typeof import("node:worker_threads");

// Kept from before any cell runs, since a cell may declare these names itself.
const {
  Blob,
  crossOriginIsolated,
  document,
  process,
  URL,
  Worker,
} = globalThis as typeof globalThis & {
  // Browsers have these two; Deno's own types do not.
  crossOriginIsolated?: boolean;
  document?: object;
  process?: {
    versions?: { node?: string };
    getBuiltinModule?(name: string): unknown;
    once(event: "exit", listener: () => void): void;
  };
};

/** Not by an import, which a browser could not resolve. */
const node = process?.getBuiltinModule?.("node:worker_threads") as
  | WorkerThreads
  | undefined;

/** In a worker: runs `use` with what {@linkcode startWorker} was given. */
export function inThisSystem(use: (start: Start, place: Place) => void) {
  if (node) {
    const { parentPort, workerData } = node;
    use(workerData, {
      report: () => parentPort!.postMessage("ready"),
      // Also after an error, and by process.exit.
      atExit: (end) => process!.once("exit", end),
    });
    return;
  }
  const worker = globalThis as unknown as Worker; // that side of it is like this
  worker.onmessage = ({ data }) =>
    use(data, {
      report: () => worker.postMessage("ready"),
      atExit: () => {}, // a browser has no such event
    });
}

/** Why this system can start no workers here, if it cannot. */
export function whyNoWorkers(): string | undefined {
  if (node) return undefined;
  if (process?.versions?.node) return "threads need Node 22.3 or later";
  if (!crossOriginIsolated) {
    return "the page is not cross-origin isolated; serve it with the headers " +
      "Cross-Origin-Opener-Policy: same-origin and " +
      "Cross-Origin-Embedder-Policy: require-corp";
  }
  // A page itself may not wait for its workers.
  return document ? "use the backend in a Web Worker" : undefined;
}

/** A worker, as far as the pool needs to know. */
export interface Thread {
  /** Resolves when the worker is ready; rejects when it cannot start. */
  readonly ready: Promise<unknown>;
  terminate(): unknown;
  /** Called when the worker has ended, for whatever reason. Pages never call it. */
  onEnd?: () => void;
}

/**
 * Starts a worker that runs the text of a program. It does not keep the program
 * alive once it is ready.
 */
export function startWorker(program: string, start: Start): Thread {
  if (!node) return startWebWorker(program, start);
  // The data go with the start: in Deno's kernel a message would wait half a second.
  const worker = new node.Worker(program, { eval: true, workerData: start });
  const ready = new Promise<unknown>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("one ended at once")));
  }).then(() => worker.unref());
  const thread: Thread = { ready, terminate: () => worker.terminate() };
  worker.once("exit", () => thread.onEnd?.());
  return thread;
}

function startWebWorker(program: string, start: Start): Thread {
  const url = URL.createObjectURL(
    new Blob([program], { type: "text/javascript" }),
  );
  const worker = new Worker(url);
  const ready = new Promise<unknown>((resolve, reject) => {
    worker.onmessage = resolve;
    worker.onerror = ({ message }) =>
      reject(
        new Error(
          message || "the page's Content-Security-Policy must allow " +
              '"worker-src blob:"',
        ),
      );
  }).finally(() => URL.revokeObjectURL(url));
  worker.postMessage(start);
  return { ready, terminate: () => worker.terminate() };
}
