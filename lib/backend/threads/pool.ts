/** Runs tasks of the WebAssembly module on all threads, the caller's included. */

import { WORKER } from "./embedded.ts";
import { type Jobs, writeFields } from "./fields.ts";
import { TASKS } from "./jobs.ts";
import {
  ALIVE,
  END,
  FAILED,
  instantiate,
  JOB,
  leave,
  PENDING,
  REMAINING,
  SERVE,
  SLOT_OF_CHUNK,
  STATE,
  takeFailure,
  TASK,
  type Task,
  WAIT,
  WAKE,
  work,
} from "./protocol.ts";
import { startWorker, type Thread, whyNoWorkers } from "./worker_system.ts";

/**
 * After so many looks without progress the pool gives up: a worker that the system
 * has killed in the middle of a job cannot say so. It counts looks and not time,
 * since a program that was suspended meanwhile has not looked.
 */
const MAX_LOOKS = 60;

/** A worker starts in 40 ms, or in some seconds where the machine is busy. */
const START_MS = 60_000;

// Kept from before any cell runs, since a cell may declare these names itself.
const { clearTimeout, setTimeout } = globalThis;

/** How a pool is started. */
export interface PoolOptions {
  memory: WebAssembly.Memory;
  /** The caller's thread included. */
  threads: number;
  /** The text of the program that workers run. */
  program?: string;
  /** Ms between two looks at whether all workers are alive. */
  lookEveryMs?: number;
  /** Called before each job; what it throws is thrown by `run`. */
  onJob?: (task: keyof Jobs) => void;
}

/** Of all tasks, by whose places here the threads know them. */
const names = Object.keys(TASKS);
const indices = new Map(names.map((name, index) => [name, index]));

/** A pool of `threads - 1` workers beside the calling thread. */
export class Pool {
  readonly threads: number;
  readonly #words: Int32Array;
  readonly #view: DataView;
  readonly #tasks: Task[];
  readonly #lookEveryMs: number;
  readonly #onJob: PoolOptions["onJob"];
  #workers: Thread[];
  /** A thread may still be at work on a job that was given up. */
  #isBroken = false;

  private constructor(
    memory: WebAssembly.Memory,
    tasks: Task[],
    { workers, lookEveryMs, onJob }:
      & Pick<PoolOptions, "onJob">
      & { workers: Thread[]; lookEveryMs: number },
  ) {
    this.threads = workers.length + 1;
    this.#words = new Int32Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
    this.#tasks = tasks;
    this.#lookEveryMs = lookEveryMs;
    this.#onJob = onJob;
    this.#workers = workers;
  }

  /**
   * Starts the workers and waits until they answer.
   *
   * @throws {Error} when a worker cannot start, or one of a pool before in the
   * same memory has not ended.
   */
  static async start(
    module: WebAssembly.Module,
    { memory, threads, program = WORKER, lookEveryMs = 1_000, onJob }:
      PoolOptions,
  ): Promise<Pool> {
    const words = new Int32Array(memory.buffer);
    if (Atomics.load(words, ALIVE) > 0) {
      throw new Error(
        "Cannot start threads: some of those before are still at work; " +
          "restart the program",
      );
    }
    const reason = threads > 1 ? whyNoWorkers() : undefined;
    if (reason) throw new Error(`Cannot start "${threads}" threads: ${reason}`);
    Atomics.store(words, FAILED, 0); // in case the pool before broke off
    Atomics.store(words, STATE, WAIT);
    const workers: Thread[] = [];
    try {
      for (let thread = 1; thread < threads; thread++) {
        const worker = startWorker(program, { module, memory, names, thread });
        worker.onEnd = () => leave(words, thread);
        workers.push(worker);
      }
      await inTime(Promise.all(workers.map(({ ready }) => ready)));
    } catch (cause) {
      end(words, { workers, lookEveryMs });
      // One that was still loading must not meet the pool that follows.
      await Promise.all(workers.map((worker) => worker.terminate()));
      throw new Error(
        `Cannot start "${threads}" threads: ${(cause as Error).message}`,
        { cause },
      );
    }
    const tasks = instantiate({ module, memory, names });
    Atomics.store(words, STATE, SERVE);
    return new Pool(memory, tasks, { workers, lookEveryMs, onJob });
  }

  /** Whether all its threads are there: none has ended. */
  get isWhole(): boolean {
    return !this.#isBroken &&
      Atomics.load(this.#words, ALIVE) === this.threads - 1;
  }

  /**
   * How many slots so many chunks have among them: places for the numbers that a
   * chunk needs on its way. Any thread may take any chunk, so where there are
   * fewer chunks than threads each chunk has one, else each thread.
   */
  slots(chunks: number): number {
    return Math.min(chunks, this.threads);
  }

  /**
   * Runs `task` for every chunk below `chunks` and returns when all are done.
   * Chunks run in any order on any thread, so they must not touch the same
   * memory; then the result does not depend on the number of threads.
   *
   * @throws {Error} with the message of a chunk that threw, or when a worker has
   * ended or never answers; then this pool runs nothing more.
   */
  run<Task extends keyof Jobs>(task: Task, job: Jobs[Task], chunks: number) {
    if (chunks === 0) return;
    this.#onJob?.(task);
    const words = this.#words;
    if (this.#isBroken || this.#hasLost) this.#giveUp(task);
    const index = indices.get(task);
    if (index === undefined) {
      throw new RangeError(`Cannot run "${task}": no such task`);
    }
    writeFields(this.#view, JOB, { type: TASKS[task], fields: job });
    if (chunks === 1) return this.#runAlone(task, index);
    words[TASK] = index;
    words[SLOT_OF_CHUNK] = Number(chunks <= this.threads);
    Atomics.store(words, PENDING, chunks);
    Atomics.store(words, REMAINING, chunks);
    Atomics.add(words, WAKE, 1);
    Atomics.notify(words, WAKE, Math.min(chunks, this.threads) - 1);
    work(words, this.#tasks, 0);
    for (let look = 0; look < 2_000; look++) {
      if (Atomics.load(words, PENDING) === 0) break;
    }
    const isDone = awaitZero(words, PENDING, {
      lookEveryMs: this.#lookEveryMs,
      hasFailed: () => this.#hasLost,
    });
    if (!isDone) this.#giveUp(task);
    const failure = takeFailure(words);
    if (failure) throw new Error(`Cannot run kernel "${task}": ${failure}`);
  }

  /** Runs a task's only chunk here; the workers do not hear of it. */
  #runAlone(task: string, index: number) {
    try {
      this.#tasks[index](JOB, 0, 0);
    } catch (error) {
      throw new Error(`Cannot run kernel "${task}": ${error}`);
    }
  }

  /**
   * Ends the workers and waits until they have: then no thread touches the
   * memory but the caller's, which runs alone what is run afterwards. (Deno's
   * `worker.terminate()` returns while the worker still sleeps in Atomics.wait.)
   */
  terminate() {
    this.#end();
    this.#workers = [];
  }

  /** Whether a worker has ended without being asked to. */
  get #hasLost(): boolean {
    return Atomics.load(this.#words, ALIVE) < this.#workers.length;
  }

  #end() {
    end(this.#words, {
      workers: this.#workers,
      lookEveryMs: this.#lookEveryMs,
    });
  }

  #giveUp(task: string): never {
    const action = `Cannot finish kernel "${task}"`;
    this.#isBroken = true;
    if (!this.#hasLost) {
      throw new Error(
        `${action}: a thread has not answered for ${MAX_LOOKS} s; call ` +
          `useBackend() again, and restart the program if that fails too`,
      );
    }
    // The others too: they must not touch memory that is freed now.
    this.#end();
    throw new Error(
      `${action}: a thread of the backend has ended; call useBackend() again, ` +
        `and go on from a checkpoint or with a new model: tensors stay, but ` +
        `the weights of this one may be half-way through a step`,
    );
  }
}

/** Ends workers, which may be at work, and waits until they have. */
function end(
  words: Int32Array,
  { workers, lookEveryMs }: { workers: Thread[]; lookEveryMs: number },
) {
  Atomics.store(words, STATE, END);
  Atomics.store(words, REMAINING, 0);
  Atomics.add(words, WAKE, 1);
  Atomics.notify(words, WAKE);
  const areGone = awaitZero(words, ALIVE, { lookEveryMs });
  for (const worker of workers) {
    // Later it would count out the worker of the next pool that has its number.
    if (areGone) worker.onEnd = undefined;
    worker.terminate();
  }
}

/** Rejects where workers do not answer: a page need not be told that one failed. */
async function inTime(starting: Promise<unknown>) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise((_, reject) => {
    const say = () =>
      reject(new Error(`one has not answered in ${START_MS / 1_000} s`));
    timer = setTimeout(say, START_MS);
  });
  await Promise.race([starting, late]).finally(() => clearTimeout(timer));
}

/**
 * Waits until the count at `index` is zero. False when it does not get there:
 * `hasFailed` says so, or it has not changed for long.
 */
function awaitZero(
  words: Int32Array,
  index: number,
  { lookEveryMs, hasFailed = () => false }: {
    lookEveryMs: number;
    hasFailed?: () => boolean;
  },
): boolean {
  let looks = 0;
  for (let left; (left = Atomics.load(words, index)) > 0;) {
    if (hasFailed() || looks === MAX_LOOKS) return false;
    Atomics.wait(words, index, left, lookEveryMs);
    looks = Atomics.load(words, index) === left ? looks + 1 : 0;
  }
  return true;
}
