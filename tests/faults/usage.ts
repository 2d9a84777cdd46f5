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
  /** The backend's workers, as the system sees them, or undefined. */
  workers: number | undefined;
  /** MiB of objects in JavaScript's heap, and of memory resident beside it. */
  objects: number;
  resident: number;
}

const { os } = Deno.build;
if (os !== "linux") {
  console.error(
    `\nSKIPPED: ${os} does not list threads in /proc, so that no thread is ` +
      "lost is NOT tested.\n",
  );
}

/** Threads of this process that Deno has made for workers. */
function countWorkers(): number {
  const threads = "/proc/self/task";
  return [...Deno.readDirSync(threads)].filter(({ name }) => {
    try {
      return Deno.readTextFileSync(`${threads}/${name}/comm`)
        .startsWith("worker-");
    } catch {
      return false; // it has just ended
    }
  }).length;
}

/** Ms in which a worker that was asked to end has ended. */
const PATIENCE = 10_000;

/** What is in use now, without garbage, where the backend has `threads`. */
export async function usage(threads: number): Promise<Usage> {
  const start = performance.now();
  let workers: number | undefined;
  do {
    (globalThis as unknown as { gc: () => void }).gc();
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (os === "linux") workers = countWorkers();
  } while (
    workers !== undefined && workers > threads - 1 &&
    performance.now() - start < PATIENCE
  );
  const { numTensors, numBytes } = tf.memory();
  const { heap } = tf.backend() as unknown as WasmBackend;
  const { rss, heapTotal, heapUsed } = Deno.memoryUsage();
  return {
    tensors: numTensors,
    bytes: numBytes,
    heap: heap.usedBytes,
    pages: heap.memory.buffer.byteLength / 65_536,
    workers,
    objects: Math.round(heapUsed / 2 ** 20),
    resident: Math.round((rss - heapTotal) / 2 ** 20),
  };
}

/**
 * KiB that tfjs keeps of each model, for good: the names of its layers and
 * weights, so that no name comes twice.
 */
const NAMES = 3;

/**
 * @throws {Error} when there came to be more or less of anything; of memory more
 * than `room` (MiB) between the first half and the second, beside what tfjs keeps
 * of so many `models` a round.
 */
export function checkFlat(
  all: Usage[],
  { room, models = 0 }: { room: number; models?: number },
) {
  const parts = ({ tensors, bytes, heap, workers }: Usage) => ({
    ...{ tensors, bytes, heap, workers },
  });
  for (const used of all) assert.deepEqual(parts(used), parts(all[0]));
  const half = all.length >> 1;
  const kept = { objects: models * NAMES * half / 1024, resident: 0 };
  for (const kind of ["objects", "resident"] as const) {
    const [before, after] = [all.slice(0, half), all.slice(half)]
      .map((part) => Math.max(...part.map((used) => used[kind])));
    assert.ok(
      after <= before + kept[kind] + room,
      `${kind}: ${before}, then ${after} MiB`,
    );
  }
}
