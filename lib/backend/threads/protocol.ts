/**
 * How the main thread and the workers talk: a few words at the start of the
 * shared memory, below the 4 KiB where the WebAssembly keeps its constants.
 *
 * A job is published by one store to REMAINING. Whoever takes one off it and
 * gets r > 0 owns chunk r - 1 of the job that stands there, for the job cannot
 * change before PENDING, the chunks not yet finished, is zero. So a worker that
 * wakes late can take no wrong chunk, and nobody waits for it.
 *
 * Workers run a copy of this file, in embedded.ts: after a change run
 * `deno task wasm`.
 */

// Kept from before any cell runs, since a cell may declare these names itself.
const { TextDecoder, TextEncoder } = globalThis;

/** Indices into the Int32Array of control words. */
export const REMAINING = 16;
/** Chunks not finished; the main thread waits for zero, or for a worker's end. */
export const PENDING = 32;
/** Counts jobs; idle workers wait for a change. */
export const WAKE = 48;
/** Index of the job's task among the names that a worker is started with. */
export const TASK = 64;
/** What the workers shall do, one of the three below. */
export const STATE = 80;
export const SERVE = 0;
export const END = 1;
/** Take no chunk before all are there: what is run meanwhile has no room for them. */
export const WAIT = 2;
/** Workers that serve: {@linkcode enter} and {@linkcode leave} count them. */
export const ALIVE = 96;
/** 1 when a chunk has thrown. */
export const FAILED = 65;
/** 1 where a chunk's slot is its own number, 0 where it is its thread's. */
export const SLOT_OF_CHUNK = 67;
/** Length in bytes of the failure's message. */
export const MESSAGE_LENGTH = 66;
/** Byte address of the message, and the bytes there are for it. */
export const MESSAGE = 1024;
export const MESSAGE_SIZE = 2048;
/** Byte address of the job's numbers, and how many there may be. */
export const JOB = 512;
export const JOB_WORDS = 64;
/** One bit for each worker that serves, 32 to a word, up to the constants. */
export const IS_ALIVE = 768;

/** A task of the WebAssembly module. */
export type Task = (job: number, chunk: number, slot: number) => void;

/** What a worker is started with. */
export interface Start {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  names: string[];
  thread: number;
}

/** Counts a worker that begins to serve. */
export function enter(words: Int32Array, thread: number) {
  Atomics.or(words, IS_ALIVE + (thread >> 5), 1 << (thread & 31));
  Atomics.add(words, ALIVE, 1);
}

/**
 * Counts a worker out. The worker calls it when it ends, and so does the thread that
 * has started it, since a worker that is killed calls nothing; the second call does
 * nothing. In the middle of a job that thread waits and hears of no end; then the
 * pool gives up after a minute.
 */
export function leave(words: Int32Array, thread: number) {
  const bit = 1 << (thread & 31);
  const before = Atomics.and(words, IS_ALIVE + (thread >> 5), ~bit);
  if ((before & bit) === 0) return;
  Atomics.sub(words, ALIVE, 1);
  for (const word of [ALIVE, PENDING]) Atomics.notify(words, word);
}

/** Instantiates the module and lists its tasks in the order of `names`. */
export function instantiate(
  { module, memory, names }: Omit<Start, "thread">,
): Task[] {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return names.map((name) => exports[name] as Task);
}

/**
 * Runs chunks of the published job until none is left. A chunk that throws is
 * counted as finished, and its error is left where the main thread finds it.
 */
export function work(words: Int32Array, tasks: Task[], thread: number) {
  while (Atomics.load(words, REMAINING) > 0) {
    const chunk = Atomics.sub(words, REMAINING, 1) - 1;
    if (chunk < 0) return;
    try {
      tasks[words[TASK]](JOB, chunk, words[SLOT_OF_CHUNK] ? chunk : thread);
    } catch (error) {
      reportFailure(words, error);
    }
    if (Atomics.sub(words, PENDING, 1) === 1) Atomics.notify(words, PENDING);
  }
}

/** Leaves an error's message in shared memory, unless one is there already. */
export function reportFailure(words: Int32Array, error: unknown) {
  if (Atomics.compareExchange(words, FAILED, 0, 1) !== 0) return;
  const text = new TextEncoder().encode(String(error)).slice(0, MESSAGE_SIZE);
  new Uint8Array(words.buffer).set(text, MESSAGE);
  words[MESSAGE_LENGTH] = text.length;
}

/** The message left by {@linkcode reportFailure}, which is taken away. */
export function takeFailure(words: Int32Array): string | undefined {
  if (Atomics.load(words, FAILED) === 0) return undefined;
  // A copy: TextDecoder takes no shared memory.
  const bytes = new Uint8Array(words.buffer)
    .slice(MESSAGE, MESSAGE + words[MESSAGE_LENGTH]);
  Atomics.store(words, FAILED, 0);
  return new TextDecoder().decode(bytes);
}
