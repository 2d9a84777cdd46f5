/** Right and wrong answers to the exercises of notebook 10. */

import { spreadAfter } from "../../../lib/exercises/diffusion.ts";
import type { Case } from "./case.ts";

const greys = [0, 0.5, 1], sigma = 0.3;
const cleanUnder = (noisy: number) => {
  const weights = greys.map((grey) =>
    Math.exp(-((noisy - grey) ** 2) / (2 * sigma ** 2))
  );
  const sum = weights.reduce((a, b) => a + b);
  return greys.reduce((all, grey, i) => all + grey * weights[i], 0) / sum;
};
const slope = (noisy: number) => (cleanUnder(noisy) - noisy) / sigma ** 2;

/** A thousand ends of a walk, so many of them white. */
const ends = (white: number) =>
  Array.from(
    { length: 1000 },
    (_, i) => (i < white ? 1 : 0) + 0.00001 * (i % 50),
  );
const [of5, of20, of80] = [5, 20, 80].map(spreadAfter);
const best = 80;

export const diffusion: Record<string, Case> = {
  "10.1": {
    right: [0.2],
    wrong: [
      [/equally likely/, 0.5],
      [/four times as likely/, 0.8],
      [/lies from 0 to 1/, -3],
      [/not the mean/, 0.3],
    ],
  },
  "10.2": {
    right: [slope],
    wrong: [
      [/not the slope\./, cleanUnder],
      [/wrong sign/, (noisy: number) => -slope(noisy)],
      [/not by its square/, (noisy: number) => sigma * slope(noisy)],
      [/not divided/, (noisy: number) => sigma ** 2 * slope(noisy)],
      [/not the slope of/, (noisy: number) => slope(noisy) + 1],
      [/should be a number/, () => undefined],
    ],
  },
  "10.3": {
    right: [ends(200).map(Math.round), Float32Array.from(ends(215))],
    wrong: [
      [/^.*Half of them/, ends(500)],
      [/exchanged/, ends(800)],
      [/one in five/, ends(50)],
      [/near black or white/, ends(200).map((value) => 3 * value + 0.5)],
      [/1,000 numbers; there are 10/, ends(200).slice(0, 10)],
    ],
  },
  "10.4": {
    right: [{ of5, of20, of80, best }],
    wrong: [
      [/`of5` is that of 80/, { of5: of80, of20, of80, best }],
      [/variance/, { of5: of5 ** 2, of20, of80, best }],
      [/not what 20 steps leave/, { of5, of20: 0.5, of80, best }],
      [/nearest to/, { of5, of20, of80, best: 5 }],
      [/above zero/, { of5, of20, of80: 0, best }],
    ],
  },
};
