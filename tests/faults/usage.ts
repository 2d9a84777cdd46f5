/**
 * What this process holds of the machine, for programs that want it flat. They
 * are run with `--v8-flags=--expose-gc`, so that garbage does not count.
 */

import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import type { WasmBackend } from "../../lib/backend/backend.ts";

/** What {@linkcode usage} tells. */
export interface Usage {
  tensors: number;
  /** Bytes of those tensors. */
  bytes: number;
  /** Bytes handed out by the backend's heap, and pages (64 KiB) that it has. */
  heap: number;
  pages: number;
  /** Threads of the process; 0 where the system does not say. */
  threads: number;
  /** Resident memory in MiB. */
  resident: number;
}

/** Only Linux lists a process's threads for all to read. */
export const COUNTS_THREADS = Deno.build.os === "linux";

if (!COUNTS_THREADS) {
  console.error(
    `\nSKIPPED: ${Deno.build.os} does not list threads in /proc, so that none ` +
      "is lost is NOT tested.\n",
  );
}

/** What is in use now, without garbage. */
export async function usage(): Promise<Usage> {
  for (let i = 0; i < 2; i++) {
    (globalThis as unknown as { gc: () => void }).gc();
    await new Promise((resolve) => setTimeout(resolve));
  }
  const { numTensors, numBytes } = tf.memory();
  const { heap } = tf.backend() as unknown as WasmBackend;
  const threads = COUNTS_THREADS
    ? [...Deno.readDirSync("/proc/self/task")].length
    : 0;
  return {
    tensors: numTensors,
    bytes: numBytes,
    heap: heap.usedBytes,
    pages: heap.memory.buffer.byteLength / 65_536,
    threads,
    resident: Math.round(Deno.memoryUsage().rss / 2 ** 20),
  };
}

/** Deno has a few threads of its own that come and go. */
const OTHERS = 4;

/**
 * @throws {Error} when there came to be more of anything: of threads more than
 * come and go, of memory more than `room` (MiB) between the first half and the
 * second.
 */
export function checkFlat(all: Usage[], { room }: { room: number }) {
  const [first] = all;
  for (const { tensors, bytes, heap, threads } of all) {
    assert.deepEqual(
      { tensors, bytes, heap },
      { tensors: first.tensors, bytes: first.bytes, heap: first.heap },
    );
    const others = Math.abs(threads - first.threads);
    assert.ok(others <= OTHERS, `${first.threads}, then ${threads} threads`);
  }
  const half = all.length >> 1;
  const [before, after] = [all.slice(0, half), all.slice(half)]
    .map((part) => Math.max(...part.map(({ resident }) => resident)));
  assert.ok(after <= before + room, `${before}, then ${after} MiB`);
}
