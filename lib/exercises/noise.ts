/** Checks for notebook 2. */

import { mean, psnr } from "../scores/metrics.ts";
import { addNoise } from "../data/noise.ts";
import { Random } from "../data/random.ts";
import { digitsOf } from "./digits.ts";
import { type Checks, insist, numberIn, numbersIn } from "./mistake.ts";

/** Mean of a standard normal number when negative values count as 0. */
const HALF = 1 / Math.sqrt(2 * Math.PI);

export const noise: Checks = {
  "02.1": (answer) => {
    const factor = numberIn(answer, "The noise factor");
    insist(factor > 0, "The noise factor should be above 0.");
    const { images } = digitsOf("t10k", 1_000);
    const noisy = addNoise(images, { factor, random: new Random(2) });
    const gap = mean(psnr(images, noisy)) -
      mean(psnr(images, new Float32Array(images.length)));
    insist(
      gap < 0.1, // Changing the factor by 0.01 changes this by 0.16 dB.
      "With this factor, on the first 1,000 test digits, doing nothing still " +
        "scores better than all black.",
    );
    insist(
      gap > -0.1,
      "With this factor, on the first 1,000 test digits, doing nothing " +
        "already scores worse than all black.",
    );
  },
  "02.2": (answer) => {
    const numbers = numbersIn(answer, 2);
    const [black, white] = Array.from(numbers);
    insist(
      black !== white,
      "Both means are the same: take one over the noisy pixels that are black " +
        "in the clean image, the other over those that are white.",
    );
    insist(black < white, "Black and white are in the wrong order.");
    insist(
      black < 0.1,
      "The mean over black pixels is too high by more than a tenth: are " +
        "numbers below 0 still moved to 0?",
    );
    insist(
      white > 0.9,
      "The mean over white pixels is too low by more than a tenth: are " +
        "numbers above 1 still moved to 1?",
    );
    insist(
      black !== 0 || white !== 1,
      "Exactly this is what one expects. Measure it on the noisy pixels.",
    );
    insist(
      Math.abs(black) < 0.01 && Math.abs(white - 1) < 0.03,
      "One of the means is further off than chance can explain: is it taken " +
        "over the pixels that are exactly 0 (or 1) in the clean image?",
    );
  },
  "02.3": (answer) => {
    const value = numberIn(answer, "The mean");
    const isNear = (other: number) => Math.abs(value - other) < 0.0015;
    if (Math.abs(value - HALF / 2) < 0.0001) return;
    insist(!isNear(HALF / 2), "This is close. Give four decimals.");
    insist(
      !isNear(meanOfBlack(0.5)),
      "This is what Table 2.1 measures. Paper gives a slightly different " +
        "number if, as asked, only numbers below 0 are moved.",
    );
    insist(!isNear(HALF), "This is right for noise of factor 1.");
    insist(
      !isNear(HALF * 2) && !isNear(HALF / 4),
      "This is off by a factor of two: how many of the pixels count as 0, " +
        "and is the 0.5 in the noise taken once?",
    );
    insist(false, `This is too ${value > HALF / 2 ? "high" : "low"}.`);
  },
  "02.4": (answer) => {
    insist(
      typeof answer === "function",
      "The answer should be a function that takes a noise factor; give " +
        "the function itself, without calling it.",
    );
    const ask = (factor: number) =>
      numberIn(answer(factor), `For factor ${factor} the answer`);
    insist(
      ask(0.7) === ask(0.7),
      "Asked twice for the same factor, it gives two numbers: chance has no " +
        "part in a mean.",
    );
    const isRight = (factor: number) =>
      Math.abs(ask(factor) - meanOfBlack(factor)) < 0.001;
    for (const factor of [0.05, 0.2]) {
      insist(isRight(factor), `For factor ${factor} the mean is wrong.`);
    }
    for (const factor of [0.5, 1, 2]) {
      insist(
        isRight(factor),
        `For small factors it is right, for factor ${factor} the mean is too ` +
          `${ask(factor) > meanOfBlack(factor) ? "high" : "low"}: what does ` +
          `clipping do at the other end?`,
      );
    }
    insist(isRight(0), "For factor 0, no noise at all, the mean is wrong.");
  },
};

/** Mean of clip(factor * z) for a standard normal z, by the midpoint rule. */
function meanOfBlack(factor: number): number {
  const steps = 20_000, reach = 8;
  let sum = 0;
  for (let i = 0; i < steps; i++) {
    const z = reach * (i + 0.5) / steps;
    sum += Math.min(1, factor * z) * Math.exp(-z * z / 2);
  }
  return HALF * sum * reach / steps;
}
