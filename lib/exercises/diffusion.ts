/** Checks for notebook 10: the walk on one pixel, whose answer is known exactly. */

import {
  type Checks,
  fieldsIn,
  insist,
  numberIn,
  numbersIn,
} from "./mistake.ts";

/** Grey levels of the pixel of exercise 10.2, and its noise. */
const GREYS = [0, 0.5, 1];
const SIGMA = 0.3;
/** Share of white in exercises 10.1 and 10.3. */
const WHITE = 0.2;
/** Steps of the walks of exercise 10.4. */
const STEPS = [5, 20, 80] as const;

export const diffusion: Checks = {
  "10.1": (answer) => {
    const value = numberIn(answer);
    insist(
      value >= 0 && value <= 1,
      "A mean of black (0) and white (1) lies from 0 to 1.",
    );
    const [black, white] = [0, 1].map((grey) => bell(0.5 - grey, 0.5));
    insist(
      Math.abs(value - white / (white + black)) > 1e-3,
      "That is the answer when black and white are equally likely.",
    );
    const wrong = (1 - WHITE) * white / (WHITE * black + (1 - WHITE) * white);
    insist(
      Math.abs(value - wrong) > 1e-3,
      "That is the answer when white is four times as likely as black.",
    );
    const right = WHITE * white / (WHITE * white + (1 - WHITE) * black);
    insist(
      Math.abs(value - right) < 1e-3,
      "It is not the mean: weight each colour by how likely it is, times the " +
        "bell curve of the noise that it would need.",
    );
  },
  "10.2": (answer) => {
    insist(
      typeof answer === "function",
      "The answer should be a function of the noisy pixel that returns a number.",
    );
    for (const noisy of [-0.4, 0.1, 0.3, 0.5, 0.8, 1.6]) {
      const value = numberIn(answer(noisy), `The slope at ${noisy}`);
      const clean = meanOfGreys(noisy);
      const right = (clean - noisy) / SIGMA ** 2;
      if (Math.abs(value - right) < 1e-3 * Math.max(1, Math.abs(right))) {
        continue;
      }
      const is = (other: number) => Math.abs(value - other) < 1e-3;
      insist(
        !is(clean),
        `At ${noisy} it gives the mean of the clean pixel, not the slope.`,
      );
      insist(!is(-right), `At ${noisy} the slope has the wrong sign.`);
      insist(
        !is((clean - noisy) / SIGMA),
        `At ${noisy} it is divided by sigma, not by its square.`,
      );
      insist(
        !is(clean - noisy),
        `At ${noisy} it is not divided by the square of sigma.`,
      );
      insist(false, `At ${noisy} it is not the slope of the log density.`);
    }
  },
  "10.3": (answer) => {
    const values = Array.from(numbersIn(answer, 1000));
    const near = (grey: number) =>
      values.filter((value) => Math.abs(value - grey) < 0.2).length;
    const [black, white] = [near(0), near(1)];
    insist(
      black + white > 950,
      `Only ${black + white} of 1,000 ended near black or white: does the ` +
        `walk go on to the last level, and does each step go toward the answer?`,
    );
    const share = white / 1000;
    insist(
      Math.abs(share - 0.5) > 0.1,
      "Half of them are white: the denoiser should know that black is four " +
        "times as likely.",
    );
    insist(
      share < 0.5,
      "Most of them are white: are the two colours exchanged?",
    );
    insist(
      Math.abs(share - WHITE) < 0.06,
      `The share of white is far from one in five: is the first noise ` +
        `multiplied by the largest sigma?`,
    );
  },
  "10.4": (answer) => {
    const names = STEPS.map((steps) => `of${steps}`);
    const fields = fieldsIn(answer, [...names, "best"]);
    const spreads = names.map((name) => numberIn(fields[name], `\`${name}\``));
    insist(
      spreads.every((spread) => spread > 0),
      "A standard deviation is above zero: is each list one of many values?",
    );
    STEPS.forEach((steps, i) => {
      const right = spreadAfter(steps);
      insist(
        Math.abs(spreads[i] / right - 1) < 0.1 || steps === 80 ||
          Math.abs(spreads[i] / spreadAfter(80) - 1) > 0.02,
        `\`of${steps}\` is that of 80 steps.`,
      );
      insist(
        Math.abs(Math.sqrt(spreads[i]) / right - 1) > 0.02,
        `\`of${steps}\` looks like a variance; its root is asked for.`,
      );
      insist(
        Math.abs(spreads[i] / right - 1) < 0.1,
        `\`of${steps}\` is not what ${steps} steps leave: are the levels ` +
          `spaced evenly in the logarithm, from 5 to 0.05, and then 0?`,
      );
    });
    insist(
      numberIn(fields.best, "`best`") === 80,
      "`best` is the number of steps whose spread is nearest to 0.3.",
    );
  },
};

function bell(distance: number, sigma: number): number {
  return Math.exp(-(distance ** 2) / (2 * sigma ** 2));
}

function meanOfGreys(noisy: number): number {
  const weights = GREYS.map((grey) => bell(noisy - grey, SIGMA));
  const sum = weights.reduce((a, b) => a + b);
  return weights.reduce((total, w, i) => total + w * GREYS[i], 0) / sum;
}

/** The spread that a walk leaves of a Gaussian of mean 0.5 and spread 0.3. */
export function spreadAfter(steps: number): number {
  const levels = Array.from(
    { length: steps },
    (_, i) => 5 * 0.01 ** (i / (steps - 1)),
  ).concat(0);
  // Each step is linear, so the spread is multiplied at each.
  return levels.slice(0, -1).reduce((spread, sigma, i) => {
    const answer = 0.09 / (0.09 + sigma ** 2);
    return spread * (1 + (answer - 1) * (1 - levels[i + 1] / sigma));
  }, 5);
}
