/**
 * Makes the calls of seeds from `from` up to `to`, on our backend and, in a worker
 * that never loads it, on tfjs's own: see judge.ts. It tells fuzz.ts in lines what
 * it is about to do, so that it can name a call that ends this process or lasts
 * for ever: `child.ts FROM TO`.
 */

import * as tf from "@tensorflow/tfjs";
import { setAutotuner } from "../../../lib/backend/threads/autotune.ts";
import { useBackend } from "../../../lib/backend/mod.ts";
import { startBackend } from "../../backend/start_backend.ts";
import { readArguments, wholeNumber } from "../../../tools/arguments.ts";
import { type Answer, answer } from "./answer.ts";
import { callOf, shown } from "./call.ts";
import { difference, isRefused } from "./compare.ts";
import { ENDLESS, ENDLESS_ON_CPU, KNOWN } from "./known.ts";
import { GuardedHeap } from "./guard.ts";
import { hasSlope, slopeDiffers } from "./slope.ts";
import { OPERATIONS } from "./operations.ts";

const { positionals } = readArguments("child.ts FROM TO", { least: 2 });
const [from, to] = positionals.map((text) => wholeNumber(text));
const encoder = new TextEncoder();

/** Written at once, for the process may be gone a moment later. */
function tell(line: string) {
  const bytes = encoder.encode(`${line}\n`);
  for (let at = 0; at < bytes.length;) {
    at += Deno.stdout.writeSync(bytes.subarray(at));
  }
}

tf.enableProdMode();
console.warn = () => {}; // tfjs warns of much that is meant here
const heap = new GuardedHeap();
const { pool } = await startBackend({ heap }, 3);
await useBackend("wasm-threads", { threads: 3 });
// Usually time decides which variant of a kernel runs; here the seed does.
let way: 0 | 1 = 0;
setAutotuner(pool, { run: (_task, use) => use(way) });
const judge = new Worker(new URL("./judge.ts", import.meta.url), {
  type: "module",
});

/** What tfjs's own cpu backend answers to the call of a seed. */
function ask(seed: number): Promise<Answer> {
  return new Promise((resolve) => {
    judge.onmessage = ({ data }) => resolve(data);
    judge.postMessage(seed);
  });
}

for (let seed = from; seed < to; seed++) {
  way = seed % 2 as 0 | 1;
  const call = callOf(seed);
  if (ENDLESS.some(({ isIt }) => isIt(call, ""))) {
    tell(`skipped ${seed} ${call.name}`);
    continue;
  }
  tell(`ours ${seed}`);
  const ours = await answer(call, "wasm-threads");
  if (!heap.isIntact()) ours.harm ??= "foreign memory is written";
  tell(`cpu ${seed}`);
  const { isOurs } = OPERATIONS[call.name];
  const endless = ENDLESS_ON_CPU.find(({ isIt }) =>
    isIt(call, ours.error ?? "")
  );
  const stock = isOurs || endless ? undefined : await ask(seed);
  let found = difference(ours, stock);
  const known = found ? KNOWN.find(({ isIt }) => isIt(call, found!)) : endless;
  if (known) found = undefined;
  if (hasSlope(call) && !ours.error) found ??= slopeDiffers(call);
  const outcome = found
    ? "wrong"
    : known
    ? "known"
    : isRefused(ours)
    ? "refused"
    : "answered";
  tell(`${outcome} ${seed} ${call.name}`);
  if (outcome === "wrong") {
    tell(`fault ${seed} ${shown(call)}: ${found}`.replaceAll("\n", " "));
  }
}
judge.terminate();
tell("end");
