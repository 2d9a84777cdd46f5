/**
 * Trains and asks mixed networks for as many minutes as asked, and looks whether
 * tensors, bytes and threads stay as many as they were:
 *
 *     deno run -A --v8-flags=--expose-gc tests/faults/soak.ts MINUTES
 */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import type { Contestant } from "../../bench/contestant.ts";
import { NETWORKS } from "../../bench/networks.ts";
import { useBackend } from "../../lib/backend/mod.ts";
import { buildAutoencoder } from "../../lib/training/model.ts";
import { Random } from "../../lib/data/random.ts";
import { predict } from "../../lib/training/predict.ts";
import { fit } from "../../lib/training/fit.ts";
import { readArguments, wholeNumber } from "../../tools/arguments.ts";
import { stopped } from "../stopped.ts";
import { checkFlat, type Usage, usage } from "./usage.ts";

/** Rounds after which all that is made once is made. */
const WARM = 3;

const THREADS = 3;

/** Networks that come and go in a round, beside the course's two. */
const NEW = ["autoencoder", "strided", "wide"];

const random = new Random(1);
const numbers = (length: number) =>
  Float32Array.from({ length }, () => random.uniform());

/** Images of a batch, at most. */
const MOST = 48;

/** One step on a batch of some size, at most the network's own. */
async function step(
  { batch, input, target, words, step }: Contestant,
  share = random.uniform(),
) {
  const n = Math.ceil(share * Math.min(MOST, batch)) || 1;
  const x = numbers(n * tf.util.sizeFromShape(input));
  const y = numbers(n * tf.util.sizeFromShape(target));
  const inputs = words ? x.map((value) => Math.floor(words * value)) : x;
  const loss = await step(inputs, y);
  assert.ok(Number.isFinite(loss));
}

/** Networks that come and go, by tfjs's own steps. */
async function trainNew(name: string) {
  const contestant = NETWORKS[name]();
  const [model] = contestant.models;
  for (let i = 0; i < 2; i++) await step(contestant);
  const answer = tf.tidy(() =>
    (model.predict(tf.tensor(numbers(9 * 784), [9, 28, 28, 1])) as tf.Tensor)
      .dataSync()
  );
  assert.ok(answer.every(Number.isFinite));
  model.optimizer.dispose();
  model.dispose();
}

/** A whole training as in the course: saved, validated, stopped, gone on with. */
async function trainAsTheCourse(checkpoint: string) {
  const [noisy, clean] = [numbers(60 * 784), numbers(60 * 784)];
  const stop = new AbortController();
  for (const signal of [stop.signal, undefined]) {
    const model = buildAutoencoder({ seed: 1 });
    model.compile({
      optimizer: tf.train.adadelta(1),
      loss: "binaryCrossentropy",
    });
    const training = fit(model, noisy, clean, {
      ...{ epochs: 2, batchSize: 16, checkpoint, signal },
      validationData: [noisy, clean],
      onBatch: ({ epoch }) => void (epoch === 2 && stop.abort()),
    });
    await (signal ? stopped(training) : training);
    await predict(model, noisy, { batchSize: 25 });
    model.optimizer.dispose();
    model.dispose();
  }
}

const { positionals: [length] } = readArguments(
  "deno run -A --v8-flags=--expose-gc tests/faults/soak.ts MINUTES",
  { least: 1 },
);
const minutes = wholeNumber(length);
await useBackend("wasm-threads", { threads: THREADS });
const lasting = Object.values(NETWORKS).map((build) => build());
const checkpoint = await Deno.makeTempDir();
const rounds: Usage[] = [];
const start = performance.now();
const minute = () => (performance.now() - start) / 60_000;
let next = 0;
while (rounds.length < 4 * WARM || minute() < minutes) {
  // The first round has the largest batches, so that memory need not grow later.
  const share = rounds.length === 0 ? 1 : undefined;
  for (const contestant of lasting) await step(contestant, share);
  for (const name of NEW) await trainNew(name);
  await trainAsTheCourse(checkpoint);
  rounds.push(await usage(THREADS));
  if (minute() < next) continue;
  next = minute() + minutes / 40;
  console.log(minute().toFixed(1), JSON.stringify(rounds.at(-1)));
}
await Deno.remove(checkpoint, { recursive: true });
checkFlat(rounds.slice(WARM), { room: 32, models: NEW.length + 2 });
console.log(`${rounds.length} rounds: flat`);
