/** Right and wrong answers to the exercises of notebooks 4 to 6. */

import { mean, psnr } from "../../../lib/scores/metrics.ts";
import { loadMnist } from "../../../lib/data/mnist.ts";
import { addNoise } from "../../../lib/data/noise.ts";
import { Random } from "../../../lib/data/random.ts";
import type { Case } from "./case.ts";

const { train, test } = await loadMnist({ train: 1_000, test: 1_000 });
const clean = test.images.slice(0, 500 * 784);
const noise = (images: Float32Array) =>
  addNoise(images, { random: new Random(2) });
const loud = clean.map((value) => 3 * value - 1);
const dice = new Random(9);
const some = Float64Array.from({ length: 500 }, () => 15 + dice.normal());
const variation = some.map((score) => score + 0.7 + 0.5 * dice.normal());
const order = Array.from(some.keys()).sort((a, b) => some[b] - some[a]);
const share = variation.filter((v, i) => v > some[i]).length / 500;
const labels = test.labels.slice(0, 1_000);
const misread = (every: number) =>
  labels.map((label, i) => i % every ? label : (label + 1) % 10);
const [first, second] = [3, 4].map((seed) =>
  addNoise(clean, { factor: 0.2, random: new Random(seed) })
);
const both = first.map((value, i) => (value + second[i]) / 2);
const [one, two, joint] = [first, second, both]
  .map((images) => mean(psnr(clean, images)));
const invert = (images: Float32Array) => images.map((value) => 1 - value);
const mixed = (random: () => Random, factor: (draw: Random) => number) => {
  const draw = new Random(1);
  const images = new Float32Array(1_000 * 784);
  for (let first = 0; first < images.length; first += 784) {
    const image = train.images.subarray(first, first + 784);
    const options = { factor: factor(draw), random: random() };
    images.set(addNoise(image, options), first);
  }
  return images;
};
const oneGenerator = () => {
  const random = new Random(2);
  return () => random;
};
const veil = clean.map((value) => 0.2 + 0.6 * value);

/** By the exercise's id. */
export const trained: Record<string, Case> = {
  "04.1": {
    right: [0.12, 0.123],
    wrong: [
      [/A darker grey/, 0.5],
      [/A brighter grey/, 0.1],
      [/between 0 and 1/, 0],
    ],
  },
  "04.2": {
    right: [{ steps: 1_600, small: 0.107, large: 0.185 }],
    wrong: [
      [/100 steps of 8 are 800/, { steps: 100, small: 0.107, large: 0.185 }],
      [/exchanged/, { steps: 1_600, small: 0.185, large: 0.107 }],
      [/below the floor/, { steps: 1_600, small: 0.05, large: 0.107 }],
      [/"steps" is missing/, { small: 0.1, large: 0.2 }],
      [/equal/, { steps: 1_600, small: 0.107, large: 0.107 }],
    ],
  },
  "04.3": {
    right: [{ losses: [0.18, 0.19, 0.21], spread: 0.21 - 0.18 }],
    wrong: [
      [/All losses are equal/, { losses: [0.18, 0.18, 0.18], spread: 0 }],
      [/Two losses/, { losses: [0.18, 0.18, 0.19], spread: 0.01 }],
      [/highest of these/, { losses: [0.18, 0.19, 0.21], spread: 0.02 }],
      [/untrained/, { losses: [0.18, 0.19, 0.69], spread: 0.51 }],
    ],
  },
  "04.4": {
    right: [veil],
    wrong: [
      [/as different as noise is/, noise(clean)],
      [/this network cleans/, clean.map((value) => 0.95 * value)],
      [/too much alike/, clean.map(() => 0.25)],
      [/as if clean/, clean.map((value) => 0.2 + 0.79 * value)],
      [/392,000 numbers; it is a promise: put `await`/, Promise.resolve(veil)],
    ],
  },
  "05.1": {
    right: [{ scores: some, best: order.slice(0, 10) }],
    wrong: [
      [/ten worst/, { scores: some, best: order.slice(-10) }],
      [/dB less than one/, { scores: some, best: order.slice(1, 11) }],
      [/not in order/, { scores: some, best: order.slice(0, 10).reverse() }],
      [/twice/, { scores: some, best: new Uint8Array(10) }],
      [/"best" is missing/, { scores: some }],
      [/one number an image/, {
        scores: some.slice(0, 300),
        best: order.slice(0, 10),
      }],
    ],
  },
  "05.2": {
    right: [{ variation, blurred: some, share }],
    wrong: [
      [/blur is better/, { variation, blurred: some, share: 1 - share }],
      [/per cent/, { variation, blurred: some, share: 100 * share }],
      [/in pairs/, { variation, blurred: some, share: 0 }],
      [/`blurred` is .* clipping undone/, {
        variation,
        blurred: some.map((score) => score - 3),
        share,
      }],
      [/`variation` is .* clipping undone/, {
        variation: variation.map((score) => score + 3),
        blurred: some,
        share,
      }],
      [/exchanged/, { variation: some, blurred: variation, share }],
      [/one number an image/, {
        variation: variation.slice(0, 300),
        blurred: some.slice(0, 300),
        share,
      }],
    ],
  },
  "05.3": {
    right: [misread(10)],
    wrong: [
      [/labels themselves/, labels],
      [/750 of 1,000 are read right; a reader/, misread(4)],
      [/Not a third/, misread(1)],
      [/are these clean/, misread(100)],
      [/1,000 numbers; there are 500/, misread(10).slice(500)],
    ],
  },
  "05.4": {
    right: [{ first, second, both, gain: joint - Math.max(one, two) }],
    wrong: [
      [/different seeds/, { first, second: first, both: first, gain: 0 }],
      [/pixel by pixel/, { first, second, both: first, gain: 0 }],
      [/worse of the two/, {
        first,
        second,
        both,
        gain: joint - Math.min(one, two),
      }],
      [/mean of the two/, {
        first,
        second,
        both,
        gain: joint - (one + two) / 2,
      }],
      [/below 12 dB/, {
        first: veil,
        second: noise(clean),
        both: noise(clean).map((value, i) => (value + veil[i]) / 2),
        gain: 0,
      }],
      [/not what these images give/, { first, second, both, gain: 0 }],
      [/`first` should be a list of 392,000/, {
        first: 1,
        second,
        both,
        gain: 0,
      }],
    ],
  },
  "06.1": {
    right: [invert(first)],
    wrong: [
      [/white digits on black/, first],
      [/pixel of -\d\.\d\d, outside/, loud],
      [/holds NaN \(number 0\)/, clean.with(0, NaN)],
      [/doing nothing 9.4/, noise(invert(clean))],
      [/clean images/, invert(clean)],
    ],
  },
  "06.2": {
    right: [mixed(oneGenerator(), (draw) => draw.uniform())],
    wrong: [
      [/about the same noise/, mixed(oneGenerator(), () => 0.5)],
      [/same pattern/, mixed(() => new Random(2), (draw) => draw.uniform())],
      [/much too weak/, mixed(oneGenerator(), (draw) => draw.uniform() / 10)],
      [
        /Image 0 is the first/,
        mixed(oneGenerator(), (draw) => {
          draw.uniform();
          return draw.uniform();
        }),
      ],
    ],
  },
  "06.3": {
    right: [
      { before: [23.2, 19.7, 13.6], after: [23.4, 19.5, 14.7] },
      { before: [12.3, 12.5, 12.1], after: [21.9, 18.3, 14.5] },
    ],
    wrong: [
      [/equal/, { before: [23.2, 19.7, 13.6], after: [23.2, 19.7, 13.6] }],
      [/At factor 1 /, { before: [23.2, 19.7, 13.6], after: [24, 19, 13] }],
      [/Without noise/, { before: [23.2, 19.7, 13.6], after: [21, 19, 14] }],
      [/At factor 0.5/, { before: [23.2, 19.7, 13.6], after: [23, 18, 14] }],
      [/in the order/, { before: [13, 19, 23], after: [23, 19, 14] }],
    ],
  },
  "06.4": {
    right: [
      { before: [19.7, 14.2], clothes: [17.3, 17.2], mixed: [19.2, 17] },
      { before: [12.5, 10.2], clothes: [14.2, 15.1], mixed: [13.6, 14.5] },
    ],
    wrong: [
      [/two students/, {
        before: [19.7, 14.2],
        clothes: [17.3, 17.2],
        mixed: [17.3, 17.2],
      }],
      [/are there digits in its lesson/, {
        before: [19.7, 14.2],
        clothes: [17.3, 17.2],
        mixed: [17.2, 17.1],
      }],
      [/in the order digits, clothes/, {
        before: [14.2, 19.7],
        clothes: [17.2, 17.3],
        mixed: [17, 19.2],
      }],
      [/mixed lesson taught the student nothing/, {
        before: [19.7, 14.2],
        clothes: [17.3, 17.2],
        mixed: [19.7, 14.1],
      }],
    ],
  },
};
