/** tfjs's RMSProp, centred, is Keras's. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { type BackendName, useBackend } from "../../../lib/backend/mod.ts";

/** One number after steps of these gradients, with a momentum of 0.5. */
function stepped(gradients: number[]): number {
  const variable = tf.variable(tf.scalar(0));
  const optimizer = tf.train.rmsprop(0.1, 0.95, 0.5, 1e-3, true);
  for (const gradient of gradients) {
    optimizer.applyGradients([
      { name: variable.name, tensor: tf.scalar(gradient) },
    ]);
  }
  return variable.dataSync()[0];
}

/** The same by Keras's formula, in numbers of double precision. */
function plain(gradients: number[]): number {
  let x = 0, squares = 0, mean = 0, moment = 0;
  for (const gradient of gradients) {
    squares = 0.95 * squares + 0.05 * gradient ** 2;
    mean = 0.95 * mean + 0.05 * gradient;
    const root = Math.sqrt(squares - mean ** 2 + 1e-3);
    moment = 0.5 * moment + 0.1 * gradient / root;
    x -= moment;
  }
  return x;
}

for (const name of ["cpu", "wasm-threads"] satisfies BackendName[]) {
  Deno.test(`centred RMSProp on ${name} steps as Keras's does`, async () => {
    await useBackend(name);
    const gradients = [0.01, -0.02, 0.5, 1, 0, -3, 0.1];
    const off = Math.abs(stepped(gradients) - plain(gradients));
    assert.ok(off < 1e-5, `off by ${off}`);
  });

  Deno.test(`one gradient without end gives a number on ${name}`, async () => {
    await useBackend(name);
    assert.ok(Number.isFinite(stepped(new Array(400).fill(99.9))));
  });
}
