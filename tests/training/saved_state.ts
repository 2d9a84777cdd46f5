/** A training that was stopped and saved, and whether fit goes on from it. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { sha256 } from "../../lib/data/files.ts";
import { Random } from "../../lib/data/random.ts";
import { fit } from "../../lib/training/fit.ts";
import { stopped } from "../stopped.ts";

const COUNT = 12, SIZE = 4;
const random = new Random(1);
const numbers = () =>
  Float32Array.from({ length: COUNT * SIZE }, () => random.uniform());
export const noisy = numbers(), clean = numbers();

export const optimizers: Record<string, () => tf.Optimizer> = {
  Adadelta: () => tf.train.adadelta(1),
  Adam: () => tf.train.adam(0.01),
  SGD: () => tf.train.sgd(0.01),
};

export function build(optimizer: string, metrics = ["mae"]) {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 3, inputShape: [SIZE] }),
      tf.layers.dense({ units: SIZE, activation: "sigmoid" }),
    ],
  });
  model.compile({
    optimizer: optimizers[optimizer](),
    loss: "meanSquaredError",
    metrics,
  });
  return model;
}

// deno-lint-ignore no-explicit-any -- it is what it should not be
export type Json = any;

/** One state, in the third epoch of four; and the header of it. */
export async function saved(optimizer: string, folder: string) {
  const checkpoint = `${folder}/training`;
  const stop = new AbortController();
  await stopped(fit(build(optimizer), noisy, clean, {
    ...{ epochs: 4, batchSize: 4, checkpoint, signal: stop.signal },
    onBatch: ({ epoch, batch }) => {
      if (epoch === 3 && batch === 2) stop.abort();
    },
  }));
  const names = [...Deno.readDirSync(checkpoint)].map(({ name }) => name)
    .filter((name) => name.endsWith(".bin")).sort();
  await Deno.remove(`${checkpoint}/${names[0]}`);
  const path = `${checkpoint}/${names[1]}`;
  const body = Buffer.from((await Deno.readFile(path)).subarray(65));
  const end = body.indexOf(10);
  const header: Json = JSON.parse(body.toString("utf8", 0, end));
  const payload = body.subarray(end + 1);
  return { checkpoint, path, header, payload };
}

export async function write(path: string, header: string, payload: Uint8Array) {
  const body = Buffer.concat([Buffer.from(`${header}\n`), payload]);
  const sum = Buffer.from(`${sha256(body)}\n`);
  await Deno.writeFile(path, Buffer.concat([sum, body]));
}

async function valuesOf(model: tf.LayersModel) {
  const ofOptimizer = await model.optimizer.getWeights();
  return [...model.getWeights(), ...ofOptimizer.map(({ tensor }) => tensor)]
    .map((tensor) => Array.from(tensor.dataSync()));
}

/** Whether a training goes on from the state; else it was named, and nothing touched. */
export async function isTaken(
  { checkpoint, path }: { checkpoint: string; path: string },
  optimizer: string,
): Promise<boolean> {
  const model = build(optimizer);
  const before = await valuesOf(model);
  const { numTensors } = tf.memory();
  const options = { epochs: 4, batchSize: 4, checkpoint };
  const bytes = await Deno.readFile(path);
  try {
    // It would train no batch: what is of interest comes before.
    await fit(model, noisy, clean, { ...options, signal: AbortSignal.abort() });
    throw new Error("It has trained");
  } catch (error) {
    const { name, message } = error as Error;
    if (name === "AbortError") return true;
    assert.ok(error instanceof RangeError, String(error));
    assert.ok(message.startsWith(`Cannot go on from "${path}": `), message);
    assert.match(message, /; .*train anew with resume: false$/);
    assert.equal(tf.memory().numTensors, numTensors, message);
    assert.deepEqual(await valuesOf(model), before, message);
    return false;
  } finally {
    await Deno.writeFile(path, bytes);
  }
}
