/** A job for a pool whose every chunk leaves a trace of its own. */

import { kernelBytes } from "../../../lib/backend/backend.ts";
import type { SharedHeap } from "../../../lib/backend/threads/memory.ts";

/** The module that a pool's threads run. */
export const module = await WebAssembly.compile(kernelBytes());

/** The task "neg" that writes 0, -1, -2 and so on to `out`, four a chunk. */
export function negJob(heap: SharedHeap, length: number) {
  const a = heap.allocate(4 * length), out = heap.allocate(4 * length);
  heap.floats(a, length).forEach((_, i, numbers) => numbers[i] = i);
  const job = {
    a,
    aLength: length,
    b: 0,
    bLength: 0,
    out,
    length,
    perChunk: 4,
    low: 0,
    high: 0,
  };
  return {
    job,
    out,
    chunks: Math.ceil(length / 4),
    isRight: () => heap.floats(out, length).every((value, i) => value === -i),
  };
}
