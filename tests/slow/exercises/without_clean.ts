/** Right and wrong answers to the exercises of notebook 9. */

import { addNoise } from "../../../lib/data/noise.ts";
import { Random } from "../../../lib/data/random.ts";
import { digitsOf } from "../../../lib/exercises/digits.ts";
import { gaussianBlur } from "../../../lib/scores/baselines.ts";
import { mean, meanSquaredError } from "../../../lib/scores/metrics.ts";
import type { Case } from "./case.ts";

const { images } = digitsOf("t10k", 500);
const noisy = addNoise(images, { random: new Random(2) });
const repeated = noisy.map((value) => 0.9 * value + 0.05);
const veiled = images.map((value) => 0.2 + 0.6 * value);

const random = new Random(2);
const free = images.map((value) => value + 0.5 * random.normal());
const other = new Random(4);
const normals = images.map(() => other.normal());
const sigmas = [0.5, 0.75, 1, 1.5];
const distance = (blurred: Float32Array, from: Float32Array) =>
  mean(meanSquaredError(from, blurred));
const blurs = sigmas.map((sigma) => gaussianBlur(free, { sigma }));
const errors = blurs.map((blurred) => distance(blurred, images));
const weights = sigmas.map((sigma) =>
  mean(gaussianBlur(normals, { sigma }).map((value, i) => value * normals[i]))
);
const estimatesWith = (less: number, times: number) =>
  blurs.map((blurred, k) =>
    distance(blurred, free) - less + times * weights[k]
  );
const estimates = estimatesWith(0.25, 0.5);
const best = sigmas[estimates.indexOf(Math.min(...estimates))];

/** By the exercise's id. */
export const withoutClean: Record<string, Case> = {
  "09.1": {
    right: [{ black: 0.1951, white: 0.805 }],
    wrong: [
      [/without clipping/, { black: 0.001, white: 0.999 }],
      [/exchanged/, { black: 0.805, white: 0.195 }],
      [/`black` is not/, { black: 0.12, white: 0.805 }],
      [/`white` is not/, { black: 0.195, white: 0.9 }],
    ],
  },
  "09.2": {
    right: [{ same: repeated, second: veiled }],
    wrong: [
      [/noisy input, not/, { same: noisy, second: veiled }],
      [/Both are equal/, { same: repeated, second: repeated }],
      [/exchanged/, { same: veiled, second: repeated }],
      [/targets clean/, { same: repeated, second: images }],
    ],
  },
  "09.3": {
    right: [{ estimates, errors, best }],
    wrong: [
      [/mean of \(blurred/, { estimates, errors: estimatesWith(0, 0), best }],
      [/without the clean/, { estimates: errors, errors, best }],
      [/is not subtracted/, { estimates: estimatesWith(0, 0.5), errors, best }],
      [/is not SURE/, { estimates: estimatesWith(0.25, 0.25), errors, best }],
      [/smallest estimate/, { estimates, errors, best: 0.5 }],
    ],
  },
};
