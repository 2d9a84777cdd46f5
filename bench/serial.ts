/**
 * What of each network's step runs on one thread only, and so how fast it can become
 * with eight (Amdahl's law): tfjs's engine and other JavaScript, and jobs of a single
 * chunk. The rest is taken to grow with the threads, memory and all:
 *
 *     deno run -A bench/serial.ts [lstm unet ...]
 *
 * Start it with the V8 flags of the course's kernel (DENO_V8_FLAGS) for its times.
 */

import * as tf from "@tensorflow/tfjs";
import { useBackend } from "../lib/backend/mod.ts";
import { Pool } from "../lib/backend/threads/pool.ts";
import { NETWORKS } from "./networks.ts";
import { ALL_NETWORKS } from "./unseen_networks.ts";

const THREADS = 2, MOST = 8;
const WARMING = 40, STEPS = 200;

/** Milliseconds of jobs on all threads, how many there are, and how many in all. */
const seen = { together: 0, shared: 0, jobs: 0 };

const { run } = Pool.prototype;
Pool.prototype.run = function (task, job, chunks) {
  const start = performance.now();
  run.call(this, task, job, chunks);
  seen.jobs++;
  if (chunks < 2) return;
  seen.together += performance.now() - start;
  seen.shared++;
};

await useBackend("wasm-threads", { threads: THREADS });
console.log(
  `| network | ms a step | jobs | on all threads | ms on one thread | ` +
    `at most with ${MOST} threads |\n| --- | --- | --- | --- | --- | --- |`,
);
for (const name of Deno.args.length ? Deno.args : Object.keys(NETWORKS)) {
  const { batch, input, target, words, step } = ALL_NETWORKS[name]();
  const x = Float32Array.from(
    { length: batch * tf.util.sizeFromShape(input) },
    (_, i) => words ? i * 7919 % words : i * 7919 % 1009 / 1009,
  );
  const y = Float32Array.from(
    { length: batch * tf.util.sizeFromShape(target) },
    (_, i) => Number(i % (target.at(-1)! + 1) === 0),
  );
  for (let i = 0; i < WARMING; i++) await step(x, y);
  Object.assign(seen, { together: 0, shared: 0, jobs: 0 });
  const start = performance.now();
  for (let i = 0; i < STEPS; i++) await step(x, y);
  const ms = (performance.now() - start) / STEPS;
  const together = seen.together / STEPS, alone = ms - together;
  const least = alone + together * THREADS / MOST;
  const cells = [
    ...[name, ms.toFixed(2), Math.round(seen.jobs / STEPS)],
    ...[Math.round(seen.shared / STEPS), alone.toFixed(2)],
    `${(ms / least).toFixed(1)} times as fast`,
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
Deno.exit();
