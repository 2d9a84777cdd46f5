/** Runs tasks of the WebAssembly module on all threads, the caller's included. */

import { Worker } from "node:worker_threads";
import {
  ALIVE,
  END,
  instantiate,
  JOB,
  JOB_WORDS,
  PENDING,
  REMAINING,
  takeFailure,
  TASK,
  type Task,
  WAKE,
  work,
} from "./protocol.ts";

/** After so many ms in which no chunk was finished, workers count as dead. */
const PATIENCE = 60_000;

/** Ms to wait for the end of a worker, which may have been killed. */
const LAST_CALL = 1_000;

/** The numbers of a job, in the order of the class that reads them in assembly/. */
export type Job = Record<string, number> | number[];

/** A pool of `threads - 1` workers beside the calling thread. */
export class Pool {
  readonly threads: number;
  readonly #words: Int32Array;
  readonly #names: string[];
  readonly #tasks: Task[];
  readonly #workers: Worker[];

  private constructor(
    memory: WebAssembly.Memory,
    names: string[],
    tasks: Task[],
    workers: Worker[],
  ) {
    this.threads = workers.length + 1;
    this.#words = new Int32Array(memory.buffer);
    this.#names = names;
    this.#tasks = tasks;
    this.#workers = workers;
  }

  /**
   * Starts the workers and waits until they answer.
   *
   * @throws {Error} when a worker cannot start.
   */
  static async start(
    module: WebAssembly.Module,
    { memory, threads }: { memory: WebAssembly.Memory; threads: number },
  ): Promise<Pool> {
    const names = WebAssembly.Module.exports(module).map(({ name }) => name);
    const workers = Array.from({ length: threads - 1 }, () => newWorker());
    try {
      await Promise.all(workers.map((worker, index) => {
        const ready = firstAnswer(worker);
        worker.postMessage({ module, memory, names, thread: index + 1 });
        return ready;
      }));
    } catch (error) {
      for (const worker of workers) worker.terminate();
      throw error;
    }
    // Sleeping workers must not keep the program alive.
    for (const worker of workers) worker.unref();
    const words = new Int32Array(memory.buffer);
    Atomics.store(words, ALIVE, workers.length);
    const tasks = instantiate({ module, memory, names });
    return new Pool(memory, names, tasks, workers);
  }

  /**
   * Runs `task` for every chunk below `chunks` and returns when all are done.
   * Chunks run in any order on any thread, so they must not touch the same
   * memory; then the result does not depend on the number of threads.
   *
   * @throws {Error} with the message of a chunk that threw.
   */
  run(task: string, job: Job, chunks: number) {
    if (chunks === 0) return;
    const words = this.#words;
    const numbers = Object.values(job);
    const index = this.#names.indexOf(task);
    if (index < 0) throw new RangeError(`Cannot run "${task}": no such task`);
    if (numbers.length > JOB_WORDS) {
      throw new RangeError(
        `Cannot run "${task}": more than ${JOB_WORDS} words`,
      );
    }
    words.set(numbers, JOB / 4);
    words[TASK] = index;
    Atomics.store(words, PENDING, chunks);
    Atomics.store(words, REMAINING, chunks);
    if (chunks > 1) {
      Atomics.add(words, WAKE, 1);
      Atomics.notify(words, WAKE, Math.min(chunks, this.threads) - 1);
    }
    work(words, this.#tasks, 0);
    this.#awaitWorkers(task);
    const failure = takeFailure(words);
    if (failure) throw new Error(`Cannot run kernel "${task}": ${failure}`);
  }

  /**
   * Ends the workers and waits until they have: then no thread touches the
   * memory but the caller's, which runs alone what is run afterwards. (Deno's
   * `worker.terminate()` returns while the worker still sleeps in Atomics.wait.)
   */
  terminate() {
    const words = this.#words;
    Atomics.store(words, END, 1);
    Atomics.add(words, WAKE, 1);
    Atomics.notify(words, WAKE);
    for (let alive; (alive = Atomics.load(words, ALIVE)) > 0;) {
      if (Atomics.wait(words, ALIVE, alive, LAST_CALL) === "timed-out") break;
    }
    for (const worker of this.#workers) worker.terminate();
    Atomics.store(words, END, 0);
  }

  #awaitWorkers(task: string) {
    const words = this.#words;
    for (let look = 0; look < 2_000; look++) {
      if (Atomics.load(words, PENDING) === 0) return;
    }
    for (let left; (left = Atomics.load(words, PENDING)) > 0;) {
      if (Atomics.wait(words, PENDING, left, PATIENCE) !== "timed-out") {
        continue;
      }
      if (Atomics.load(words, PENDING) !== left) continue;
      throw new Error(
        `Cannot finish kernel "${task}": no thread has answered for ` +
          `${PATIENCE / 1000} s; start the backend again`,
      );
    }
  }
}

function newWorker(): Worker {
  return new Worker(new URL("./worker.ts", import.meta.url));
}

function firstAnswer(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", (cause) => {
      reject(new Error("Cannot start a worker of the backend", { cause }));
    });
  });
}
