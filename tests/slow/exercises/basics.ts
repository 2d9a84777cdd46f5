/** Right and wrong answers to the exercises of notebooks 1 to 3. */

import * as tf from "@tensorflow/tfjs";
import { mean } from "../../../lib/scores/metrics.ts";
import { loadMnist } from "../../../lib/data/mnist.ts";
import { addNoise } from "../../../lib/data/noise.ts";
import { Random } from "../../../lib/data/random.ts";
import type { Case } from "./case.ts";

const { train, test } = await loadMnist();
const clean = test.images.slice(0, 500 * 784);
const image = (i: number) => test.images.subarray(784 * i, 784 * (i + 1));

/** Mean images, where label i may count as another and sums may stay sums. */
function meanImages({ images, labels } = train, divisor?: number) {
  const sums = new Float64Array(7_840), counts = new Float64Array(10);
  labels.forEach((label, i) => {
    counts[label]++;
    for (let k = 0; k < 784; k++) sums[784 * label + k] += images[784 * i + k];
  });
  return Float32Array.from(
    sums,
    (sum, k) => sum / (divisor ?? counts[Math.floor(k / 784)]),
  );
}

function read(means: Float32Array, distance: (d: number) => number) {
  return Array.from({ length: 10_000 }, (_, i) => {
    const errors = Array.from({ length: 10 }, (_, digit) => {
      let sum = 0;
      for (let k = 0; k < 784; k++) {
        sum += distance(means[784 * digit + k] - test.images[784 * i + k]);
      }
      return sum;
    });
    return errors.indexOf(Math.min(...errors));
  });
}

/** Indices of the pair of the first 500 that is closest, or second closest. */
function closest(place: number, distance: (d: number) => number): number[] {
  const pairs: [number, number, number][] = [];
  for (let j = 0; j < 500; j++) {
    for (let i = 0; i < j; i++) {
      const a = image(i), b = image(j);
      let sum = 0;
      for (let k = 0; k < 784; k++) sum += distance(a[k] - b[k]);
      pairs.push([sum, i, j]);
    }
  }
  return pairs.sort(([a], [b]) => a - b)[place].slice(1);
}

function network(
  channels: number[],
  { kernelSize = 3, pool = false, side = 28 } = {},
) {
  const model = tf.sequential();
  channels.forEach((filters, seed) => {
    model.add(tf.layers.conv2d({
      filters,
      kernelSize,
      padding: "same",
      inputShape: seed === 0 ? [side, side, 1] : undefined,
      kernelInitializer: tf.initializers.glorotUniform({ seed }),
    }));
  });
  if (pool) model.add(tf.layers.maxPooling2d({ poolSize: 2 }));
  return model;
}

/** Mean of clip(factor * z), clipped at 0 and, unless told, at 1. */
const meanOfBlack = (most = 1) => (factor: number) => {
  let sum = 0;
  for (let z = 0.0005; z < 8; z += 0.001) {
    sum += Math.min(most, factor * z) * Math.exp(-z * z / 2) * 0.001;
  }
  return sum / Math.sqrt(2 * Math.PI);
};

const means = meanImages();
const square = (d: number) => d * d;
const dice = new Random(9);
const unclipped = new Random(2);
const loud = clean.map((value) => value + 0.5 * unclipped.normal());
const meansOf = (images: Float32Array) =>
  [0, 1].map((wanted) => mean(images.filter((_, i) => clean[i] === wanted)));

/** By the exercise's id. */
export const basics: Record<string, Case> = {
  "01.1": {
    right: [train.labels.slice(0, 10), Array.from(train.labels.slice(0, 10))],
    wrong: [
      [/labels of test digits/, test.labels.slice(0, 10)],
      [/10 numbers; there are 9/, train.labels.slice(0, 9)],
      [/number 0 is a text/, Array.from(train.labels.slice(0, 10), String)],
      [/^01.1 is not right yet. 8 of the ten/, new Uint8Array(10).fill(4)],
      [/from 0 to 9; 10 is none/, new Uint8Array(10).fill(10)],
    ],
  },
  "01.2": {
    right: [means],
    wrong: [
      [/above 1: is it a sum/, meanImages(train, 1)],
      [/means of test digits/, meanImages(test)],
      [/too dark/, meanImages(train, 60_000)],
      [/10 digits are wrong, the first that of digit 0/, means.toReversed()],
      [/7,840 numbers; there are 784/, means.slice(0, 784)],
    ],
  },
  "01.3": {
    right: [read(means, square)],
    wrong: [
      [/labels themselves/, test.labels],
      [/digits are read as another/, read(means, Math.abs)],
      [/Fewer than one digit in five/, new Uint8Array(10_000)],
    ],
  },
  "01.4": {
    right: [closest(0, square), closest(0, square).reverse()],
    wrong: [
      [/closer pair: .* 1\.\d\d times/, closest(1, square)],
      [/closest to itself/, [7, 7]],
      [/from 0 to 499; 500 is none/, [0, 500]],
    ],
  },
  "02.1": {
    right: [0.45, 0.448],
    wrong: [
      [/still scores better/, 0.44],
      [/already scores worse/, 0.46],
      [/should be a number; it is a text/, "0.5"],
    ],
  },
  "02.2": {
    right: [meansOf(loud), Float32Array.from(meansOf(loud))],
    wrong: [
      [
        /too high by more than a tenth/,
        meansOf(addNoise(clean, { random: new Random(2) })),
      ],
      [/too low by more than a tenth/, [0.001, 0.8]],
      [/wrong order/, meansOf(loud).reverse()],
      [/Both means are the same/, [0.5, 0.5]],
      [/black pixels is too high/, [0.6, 0.9]],
      [/Measure it/, [0, 1]],
      [/further off than chance/, [0.05, 1]],
    ],
  },
  "02.3": {
    right: [0.1995, 0.19947],
    wrong: [
      [/close. Give four/, 0.2],
      [/close. Give four/, 0.199],
      [/Table 2.1/, 0.1954],
      [/factor 1\./, 0.3989],
      [/factor of two/, 0.7979],
      [/too low/, 0.15],
      [/too high/, 0.25],
    ],
  },
  "02.4": {
    right: [meanOfBlack()],
    wrong: [
      [/for factor 0.5 the mean is too high/, meanOfBlack(Infinity)],
      [/For factor 0.05 the mean is wrong/, (f: number) => f / 2],
      [/gives two numbers/, (f: number) => f * dice.uniform()],
      [/without calling it/, meanOfBlack()(0.5)],
      [/no noise at all/, (f: number) => f === 0 ? 0.5 : meanOfBlack()(f)],
      [/For factor 0.7 the answer is NaN/, () => NaN],
    ],
  },
  "03.1": {
    right: [51_264],
    wrong: [
      [/biases are missing/, 51_200],
      [/window is 5 × 5/, 18_496],
      [/each input channel/, 1_664],
      [/output channel/, 51_232],
      [/too few/, 100],
    ],
  },
  "03.2": {
    right: [15],
    wrong: [
      [/as many numbers as the image/, 16],
      [/1,568 numbers, more than/, 32],
      [/The most is asked for/, 8],
      [/whole/, 15.5],
    ],
  },
  "03.3": {
    right: [network([32, 32, 32, 32, 1])],
    wrong: [
      [/kind MaxPooling2D/, network([32, 32, 32, 32, 1], { pool: true })],
      [/There are 4 convolutions/, network([32, 32, 32, 1])],
      [/give 32, 32, 16, 32, 1 channels/, network([32, 32, 16, 32, 1])],
      [/windows of 3 × 3/, network([32, 32, 32, 32, 1], { kernelSize: 5 })],
      [/is the padding `same`/, network([32, 32, 32, 32, 1], { side: 30 })],
      [/should be a model/, 28_353],
    ],
  },
  "03.4": {
    right: [121],
    wrong: [
      [/a side; count/, 11],
      [/Fewer pixels change/, 529],
      [/More pixels change/, 25],
      [/A few more/, 119],
      [/same network/, 784],
      [/changed image/, 0],
    ],
  },
};
