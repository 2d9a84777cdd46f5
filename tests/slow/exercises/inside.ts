/** Right and wrong answers to the exercises of notebook 13. */

import { addNoise } from "../../../lib/data/noise.ts";
import { Random } from "../../../lib/data/random.ts";
import { digitsOf } from "../../../lib/exercises/digits.ts";
import { mean, psnr } from "../../../lib/scores/metrics.ts";
import type { Case } from "./case.ts";

const clean = digitsOf("t10k", 500).images;
const noisy = addNoise(clean, { random: new Random(2) });
/** What an answer with this much of the noise left would be. */
const blend = (part: number) =>
  clean.map((value, i) => (1 - part) * value + part * noisy[i]);
const before = blend(0.2), after = blend(0.5);
const drop = mean(psnr(clean, before)) - mean(psnr(clean, after));

const random = new Random(1);
const weights = Array.from({ length: 288 }, () => random.normal());
const less = (mean: (filter: number) => number) =>
  weights.map((weight, i) => weight - mean(i % 32));
const kernel = less((filter) =>
  mean(weights.filter((_, i) => i % 32 === filter))
);
const given = { kernel, before, after, drop };

const scores = { relu: 18.1, linear: 17.6 };

/** By the exercise's id. */
export const inside: Record<string, Case> = {
  "13.1": {
    right: [{ first: 5, last: 22 }],
    wrong: [
      [/comes before/, { first: 22, last: 5 }],
      [/the whole network/, { first: 1, last: 26 }],
      [/without any pooling/, { first: 9, last: 19 }],
      [/first convolution of all/, { first: 6, last: 21 }],
      [/three of them/, { first: 7, last: 20 }],
      [/rounded down/, { first: 6, last: 23 }],
      [/too few/, { first: 8, last: 20 }],
      [/too many/, { first: 0, last: 27 }],
    ],
  },
  "13.2": {
    right: [given, { ...given, kernel: Float32Array.from(kernel) }],
    wrong: [
      [/all zeros/, { ...given, kernel: new Float32Array(288) }],
      [/of its own/, { ...given, kernel: less(() => mean(weights)) }],
      [/Filter 1 still/, { ...given, kernel: weights }],
      [/288 numbers; there are 9/, { ...given, kernel: weights.slice(0, 9) }],
      [/`before` scores 9\.\d dB/, { ...given, before: noisy }],
      [/are equal/, { ...given, after: before }],
      [/`drop` is not/, { ...given, drop: -drop }],
    ],
  },
  "13.3": {
    right: [{ ...scores, parameters: 122 }],
    wrong: [
      [/no PSNR/, { ...scores, relu: 9.4, parameters: 122 }],
      [/Both scores/, { relu: 18, linear: 18, parameters: 122 }],
      [/exchanged/, { relu: 17.6, linear: 18.1, parameters: 122 }],
      [/bias is missing/, { ...scores, parameters: 121 }],
      [/that does the same/, { ...scores, parameters: 7_265 }],
      [/with pooling/, { ...scores, parameters: 677 }],
      [/too few/, { ...scores, parameters: 10 }],
      [/too many/, { ...scores, parameters: 28_353 }],
    ],
  },
};
