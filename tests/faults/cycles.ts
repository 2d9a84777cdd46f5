/**
 * Starts and stops the backend so many times, and looks whether memory and
 * threads stay as many as they were:
 *
 *     deno run -A --v8-flags=--expose-gc tests/faults/cycles.ts 1000
 */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { readArguments, wholeNumber } from "../../tools/arguments.ts";
import { checkFlat, type Usage, usage } from "./usage.ts";

const THREADS = [1, 2, 3];
/** Cycles between two looks: each is at the same count of threads. */
const BETWEEN = 10 * THREADS.length;

const { positionals: [count] } = readArguments(
  "deno run -A --v8-flags=--expose-gc tests/faults/cycles.ts CYCLES",
  { least: 1 },
);
const cycles = wholeNumber(count, 1);
const all: Usage[] = [];
for (let i = 1; i <= cycles; i++) {
  const threads = THREADS[(i + 2) % THREADS.length];
  await useBackend("wasm-threads", { threads });
  const product = tf.tidy(() => {
    const ones = tf.ones([99, 99]);
    return tf.matMul(ones, ones).dataSync();
  });
  assert.ok(product.every((number) => number === 99));
  if (i % BETWEEN === 0) {
    all.push(await usage(threads));
    if (all.length % 4 === 1) console.log(i, JSON.stringify(all.at(-1)));
  }
  tf.removeBackend("wasm-threads");
}
checkFlat(all.slice(1), { room: 32 });
console.log(`${cycles} cycles: flat`);
