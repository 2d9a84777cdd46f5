/** Right and wrong answers to the exercises of notebook 11. */

import * as tf from "@tensorflow/tfjs";
import { digitsOf } from "../../../lib/exercises/digits.ts";
import type { Case } from "./case.ts";

const { images, labels } = digitsOf("train", 1_000);
const balanced = Array.from(
  { length: 10 },
  (_, digit) =>
    [...labels.keys()].filter((i) => labels[i] === digit).slice(0, 5),
).flat();
const twice = [balanced[0], balanced[0], ...balanced.slice(2)];

const first = images.slice(0, 100 * 784);
const move = (down: number, right: number) =>
  first.map((_, i) => {
    const row = Math.floor(i / 28) % 28 - down, column = i % 28 - right;
    return [row, column].some((at) => at < 0 || at > 27)
      ? 0
      : first[i - 28 * down - right];
  });
const together = (...groups: Float32Array[]) => {
  const all = new Float32Array(500 * 784);
  groups.forEach((group, i) => all.set(group, i * 100 * 784));
  return all;
};
const [right, left, down, up] = [[0, 1], [0, -1], [1, 0], [-1, 0]]
  .map(([rows, columns]) => move(rows, columns));

const reader = (frozen: number[], filters = 32) => {
  const relu = { kernelSize: 3, padding: "same", activation: "relu" } as const;
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ ...relu, filters: 32, inputShape: [28, 28, 1] }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.conv2d({ ...relu, filters }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 10, activation: "softmax" }),
    ],
  });
  for (const i of frozen) model.layers[i].trainable = false;
  return model;
};

/** By the exercise's id. */
export const fewLabels: Record<string, Case> = {
  "11.1": {
    right: [balanced, balanced.toReversed()],
    wrong: [
      [/there twice/, twice],
      [/a balanced draw has 5/, Array.from({ length: 50 }, (_, i) => i)],
    ],
  },
  "11.2": {
    right: [
      together(first, right, left, down, up),
      together(first, up, down, left, right),
    ],
    wrong: [
      [/digits as they are/, together(right, first, left, down, up)],
      [/one pixel up/, together(first, right, left, down, down)],
    ],
  },
  "11.3": {
    right: [reader([0, 2]), reader([0, 1, 2, 3, 4])],
    wrong: [
      [/model of TensorFlow/, 3],
      [/last layer is frozen/, reader([0, 2, 5])],
      [/^1 layers|2 layers/, reader([])],
      [/parameters: are there/, reader([0, 2], 16)],
    ],
  },
};
