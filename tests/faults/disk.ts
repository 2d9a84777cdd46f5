/**
 * Trains and saves at a mounted place that fills up, is emptied, may not be
 * written, and may be again:
 *
 *     deno run -A tests/faults/disk.ts PLACE
 */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { loadModel, saveModel } from "../../lib/training/saved_model.ts";
import { Random } from "../../lib/data/random.ts";
import { fit, type FitOptions } from "../../lib/training/fit.ts";
import { readArguments } from "../../tools/arguments.ts";
import { capture } from "../../tools/system.ts";

const { positionals: [place] } = readArguments(
  "deno run -A tests/faults/disk.ts PLACE",
  { least: 1 },
);
const [checkpoint, folder] = [`${place}/training`, `${place}/model`];

/** 66 kB of weights, so 200 kB a state: Adadelta has two numbers a weight. */
function build(seed: number): tf.LayersModel {
  const kernelInitializer = tf.initializers.glorotUniform({ seed });
  const model = tf.sequential({
    layers: [tf.layers.dense({
      ...{ units: 128, inputShape: [128], kernelInitializer },
    })],
  });
  const optimizer = tf.train.adadelta(1);
  model.compile({ optimizer, loss: "meanSquaredError" });
  return model;
}

const random = new Random(1);
const numbers = () =>
  Float32Array.from({ length: 16 * 128 }, () => random.uniform());
const [noisy, clean] = [numbers(), numbers()];

function train(model: tf.LayersModel, options: FitOptions = {}) {
  return fit(model, noisy, clean, { epochs: 4, batchSize: 8, ...options });
}

function weightsOf(model: tf.LayersModel) {
  return model.getWeights().map((weight) => weight.dataSync());
}

function namesIn(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

function fill() {
  try {
    using file = Deno.openSync(`${place}/filler`, {
      append: true,
      create: true,
    });
    while (true) file.writeSync(new Uint8Array(512));
  } catch (error) {
    assert.match(String(error), /No space left/);
  }
}

async function remount(how: "ro" | "rw") {
  const args = ["-o", `remount,${how}`, place];
  assert.ok((await capture("mount", args)).success);
}

await useBackend("wasm-threads", { threads: 2 });
const first = build(1), second = build(2);
await saveModel(first, folder);
const isFirst = async () =>
  assert.deepEqual(weightsOf(await loadModel(folder)), weightsOf(first));
const whole = build(3);
await train(whole);

// It fills up while the third epoch is trained.
const full = /^Error: Cannot write ".*": the disk is full; make room there; /;
let states: string[] = [];
const stopped = train(build(3), {
  checkpoint,
  onEpoch: ({ epoch }) => {
    if (epoch !== 2) return;
    states = namesIn(checkpoint);
    fill();
  },
});
await assert.rejects(stopped, full);
assert.equal(states.length, 3); // the lock, and two states
assert.deepEqual(namesIn(checkpoint), states);
await assert.rejects(saveModel(second, folder), full);
await isFirst();
assert.equal(namesIn(folder).length, 2);

// It may not be written.
await Deno.remove(`${place}/filler`);
await remount("ro");
const denied = /^Error: Cannot write ".*": nothing can be written there; copy /;
let steps = 0;
const onBatch = () => void steps++;
for (const path of [checkpoint, `${place}/new`]) {
  await assert.rejects(train(build(3), { checkpoint: path, onBatch }), denied);
}
assert.equal(steps, 0);
for (const path of [folder, `${place}/new`]) {
  await assert.rejects(saveModel(second, path), denied);
}
await isFirst();

// All is well again.
await remount("rw");
const resumed = build(3);
const heard: number[] = [];
await train(resumed, {
  checkpoint,
  onBatch: ({ epoch }) => void heard.push(epoch),
});
assert.equal(heard[0], 3);
assert.deepEqual(weightsOf(resumed), weightsOf(whole));
await saveModel(second, folder);
assert.deepEqual(weightsOf(await loadModel(folder)), weightsOf(second));
console.log("nothing was lost");
