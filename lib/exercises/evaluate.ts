/** Checks for notebook 5: properties that hold whatever the network has learned. */

import { mean, psnr } from "../scores/metrics.ts";
import { courseSize } from "../data/course_size.ts";
import { digitsOf } from "./digits.ts";
import {
  type Checks,
  fieldsIn,
  imagesIn,
  insist,
  numberIn,
  numbersIn,
  wholeNumbersIn,
} from "./mistake.ts";

export const evaluate: Checks = {
  "05.1": (answer) => {
    const fields = fieldsIn(answer, ["scores", "best"]);
    const scores = Array.from(numbersIn(fields.scores, undefined, "`scores`"));
    insist(scores.length >= 500, "`scores` should hold one number an image.");
    const best = wholeNumbersIn(fields.best, {
      length: 10,
      below: scores.length,
      name: "`best`",
    });
    insist(new Set(best).size === 10, "An image is in `best` twice.");
    const sorted = scores.toSorted((a, b) => b - a);
    insist(
      scores[best[0]] > sorted.at(-11)!,
      "These are the ten worst.",
    );
    const places = best.map((index) => scores[index]);
    const missed = sorted[9] - Math.min(...places);
    insist(
      missed <= 0,
      `An image in \`best\` scores ${
        missed.toFixed(2)
      } dB less than one that ` +
        `is not in it.`,
    );
    insist(
      places.every((score, i) => score === sorted[i]),
      "These are the ten best, but not in order, the best first.",
    );
  },
  "05.2": (answer) => {
    const names = ["variation", "blurred", "share"] as const;
    const fields = fieldsIn(answer, names);
    const variation = Array.from(
      numbersIn(fields.variation, undefined, "`variation`"),
    );
    const blurred = Array.from(
      numbersIn(fields.blurred, variation.length, "`blurred`"),
    );
    insist(
      variation.length >= 500,
      "`variation` should hold one number an image.",
    );
    insist(
      mean(variation) > mean(blurred),
      "By its mean the blur is ahead; in Table 5.1 it is not. Are the two " +
        "exchanged?",
    );
    // The same as in Table 5.1.
    for (
      const [name, scores, dB] of [
        ["variation", variation, 15.8],
        ["blurred", blurred, 15.4],
      ] as const
    ) {
      insist(
        Math.abs(mean(scores) - dB) < 0.7,
        `The mean of \`${name}\` is ${mean(scores).toFixed(1)} dB; Table ` +
          `5.1 has another one. Is clipping undone?`,
      );
    }
    const share = numberIn(fields.share, "`share`");
    insist(
      share <= 1,
      "`share` should lie between 0 and 1; is it in per cent?",
    );
    const right = mean(variation.map((v, i) => Number(v > blurred[i])));
    if (Math.abs(share - right) < 1e-6) return;
    insist(
      Math.abs(share - (1 - right)) > 1e-6,
      "This is the share of images where the blur is better.",
    );
    insist(
      false,
      "`share` is not what these scores say. Compare them in pairs.",
    );
  },
  "05.3": (answer) => {
    const readings = wholeNumbersIn(answer, {
      length: 1_000,
      below: 10,
      name: "The readings",
    });
    const { labels } = digitsOf("t10k", 1_000);
    const right = readings.filter((label, i) => label === labels[i]).length;
    insist(right < 1_000, "These are the labels themselves.");
    insist(
      right > 300,
      "Not a third is read right: do the labels in training belong to the " +
        "cleaned digits beside them?",
    );
    // With few digits the saved network cleans less well.
    insist(
      right > (courseSize().epochs < 10 ? 600 : 850),
      `${right} of 1,000 are read right; a reader that has learned from ` +
        `cleaned digits reads more.`,
    );
    insist(
      right < 975,
      `${right} of 1,000 are read right: are these clean digits?`,
    );
  },
  "05.4": (answer) => {
    const fields = fieldsIn(answer, ["first", "second", "both", "gain"]);
    const [first, second, both] = (["first", "second", "both"] as const)
      .map((name) => imagesIn(fields[name], 500, `\`${name}\``));
    const gap = (image: (i: number) => number) =>
      both.reduce((most, v, i) => Math.max(most, Math.abs(v - image(i))), 0);
    insist(
      first.some((value, i) => value !== second[i]),
      "Both networks answer alike: do they have different seeds?",
    );
    insist(
      gap((i) => (first[i] + second[i]) / 2) < 1e-4,
      "`both` is not, pixel by pixel, the mean of `first` and `second`.",
    );
    const clean = digitsOf("t10k", 500).images;
    const [one, two, mixed] = [first, second, both]
      .map((images) => mean(psnr(clean, images)));
    insist(
      Math.min(one, two) > 12,
      "A network scores below 12 dB: is it trained, and are these its answers " +
        "to the first noisy test digits?",
    );
    const gain = numberIn(fields.gain, "`gain`");
    if (Math.abs(gain - (mixed - Math.max(one, two))) < 0.005) return;
    insist(
      Math.abs(gain - (mixed - Math.min(one, two))) > 0.005,
      "This is the gain over the worse of the two.",
    );
    insist(
      Math.abs(gain - (mixed - (one + two) / 2)) > 0.005,
      "This is the gain over the mean of the two.",
    );
    insist(false, "`gain` is not what these images give.");
  },
};
