/** Checks for notebook 13: a field by hand, filters without means, no relu. */

import { mean, psnr } from "../scores/metrics.ts";
import { digitsOf } from "./digits.ts";
import {
  type Checks,
  fieldsIn,
  imagesIn,
  insist,
  numberIn,
  numbersIn,
} from "./mistake.ts";

/** Filters of the tutorial's first layer, each of 3 × 3 weights. */
const FILTERS = 32;

export const inside: Checks = {
  "13.1": (answer) => {
    const fields = fieldsIn(answer, ["first", "last"]);
    const first = numberIn(fields.first, "`first`");
    const last = numberIn(fields.last, "`last`");
    const isRange = (from: number, to: number) => first === from && last === to;
    if (isRange(5, 22)) return;
    insist(first <= last, "The first row comes before the last.");
    insist(
      !isRange(1, 26),
      "That is the whole network: two layers are left out here.",
    );
    insist(
      !isRange(9, 19),
      "That is a network without any pooling; one of two is left.",
    );
    insist(
      !isRange(6, 21),
      "The first convolution of all adds a row on either side.",
    );
    insist(
      !isRange(9, 18) && !isRange(7, 20),
      "All five convolutions stay; three of them are at 14 × 14.",
    );
    insist(
      last - first !== 22 - 5,
      "So many rows, but not these: upsampled row r is row r / 2, rounded " +
        "down, and pooled row r is made of rows 2r and 2r + 1.",
    );
    insist(
      false,
      `These are too ${last - first < 22 - 5 ? "few" : "many"} rows.`,
    );
  },
  "13.2": (answer) => {
    const names = ["kernel", "before", "after", "drop"] as const;
    const fields = fieldsIn(answer, names);
    const kernel = Array.from(
      numbersIn(fields.kernel, 9 * FILTERS, "`kernel`"),
    );
    insist(kernel.some((weight) => weight !== 0), "`kernel` is all zeros.");
    const means = Array.from(
      { length: FILTERS },
      (_, filter) => mean(kernel.filter((_, i) => i % FILTERS === filter)),
    );
    const isZero = (value: number) => Math.abs(value) < 1e-5;
    insist(
      means.every(isZero) || !isZero(mean(kernel)),
      "The mean of all weights is zero, but not that of each filter: each " +
        "has a mean of its own.",
    );
    const other = means.findIndex((value) => !isZero(value));
    insist(
      means.every(isZero),
      `Filter ${other + 1} still has a mean of ${means[other]?.toFixed(3)}.`,
    );
    const clean = digitsOf("t10k", 500).images;
    const [before, after] = (["before", "after"] as const).map((name) =>
      imagesIn(fields[name], 500, `\`${name}\``)
    );
    const [first, second] = [before, after]
      .map((images) => mean(psnr(clean, images)));
    insist(
      first > 11,
      `\`before\` scores ${first.toFixed(1)} dB: is it the answer of a ` +
        `trained network to the first noisy test digits?`,
    );
    insist(
      before.some((value, i) => value !== after[i]),
      "`before` and `after` are equal: were the new filters set?",
    );
    insist(
      Math.abs(numberIn(fields.drop, "`drop`") - (first - second)) < 0.005,
      "`drop` is not the mean PSNR of `before` less that of `after`.",
    );
  },
  "13.3": (answer) => {
    const fields = fieldsIn(answer, ["relu", "linear", "parameters"]);
    const relu = numberIn(fields.relu, "`relu`");
    const linear = numberIn(fields.linear, "`linear`");
    const parameters = numberIn(fields.parameters, "`parameters`");
    for (const score of [relu, linear]) {
      insist(
        score > 12 && score < 22,
        `${score.toFixed(1)} is no PSNR that a hundred such steps reach.`,
      );
    }
    insist(relu !== linear, "Both scores are equal: has one network no relu?");
    insist(
      relu > linear,
      "Without relu it scores more: are the two exchanged, and had both " +
        "networks no pooling?",
    );
    const side = 11; // five windows of 3 × 3 in a row
    if (parameters === side ** 2 + 1) return;
    insist(parameters !== side ** 2, "The bias is missing.");
    insist(
      parameters !== 7_265,
      "So many have the five; one that does the same has fewer.",
    );
    insist(
      parameters !== 26 ** 2 + 1,
      "That is the field with pooling; here is none.",
    );
    insist(
      false,
      `These are too ${parameters < side ** 2 ? "few" : "many"}: how far do ` +
        `five windows of 3 × 3 in a row see?`,
    );
  },
};
