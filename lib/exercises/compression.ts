/** Checks for notebook 7: properties of codes that do not depend on the network. */

import { mean, meanSquaredError, psnr } from "../scores/metrics.ts";
import { digitsOf } from "./digits.ts";
import {
  type Checks,
  fieldsIn,
  imagesIn,
  insist,
  numberIn,
} from "./mistake.ts";

/** PSNR in dB of ten principal components, from Table 7.1. */
const TEN_COMPONENTS = 15.1;

export const compression: Checks = {
  "07.1": (answer) => {
    const fields = fieldsIn(answer, ["fewer", "enough"]);
    const fewer = imagesIn(fields.fewer, 500, "`fewer`");
    const enough = imagesIn(fields.enough, 500, "`enough`");
    const clean = digitsOf("t10k", 500).images;
    const [below, above] = [fewer, enough]
      .map((images) => mean(psnr(clean, images)));
    insist(
      below < above,
      "`fewer` scores no less than `enough`: are they exchanged?",
    );
    insist(
      above > 20,
      `\`enough\` scores ${above.toFixed(2)} dB, which is not yet above 20.`,
    );
    insist(
      below <= 20,
      `\`fewer\` scores ${below.toFixed(2)} dB: even fewer components do.`,
    );
    insist(
      above - below < 0.2, // One more component adds about 0.1 dB here.
      `${(above - below).toFixed(2)} dB lie between the two: more than one ` +
        `component.`,
    );
  },
  "07.2": (answer) => {
    const fields = fieldsIn(answer, ["cleanTaught", "noisyTaught"]);
    const { images } = digitsOf("t10k", 500);
    const scoreOf = (name: "cleanTaught" | "noisyTaught") =>
      mean(psnr(images, imagesIn(fields[name], 500, `\`${name}\``)));
    const [clean, noisy] = [scoreOf("cleanTaught"), scoreOf("noisyTaught")];
    insist(
      clean < 16,
      `\`cleanTaught\` scores ${clean.toFixed(1)} dB, as a network does that ` +
        `is given clean digits. Are both given the noisy ones?`,
    );
    insist(
      clean !== noisy,
      "Both answers are equal: are they two networks?",
    );
    insist(
      noisy > clean,
      "The network that was taught with noise is worse than the other: are " +
        "the two exchanged, or are its targets noisy?",
    );
    insist(
      noisy > clean + 1.5,
      "The network that was taught with noise is hardly better: was it taught " +
        "with noisy inputs, for as many epochs?",
    );
  },
  "07.3": (answer) => {
    const names = ["first", "second", "middle"] as const;
    const fields = fieldsIn(answer, [...names, "gap"]);
    const [first, second, middle] = names
      .map((name) => imagesIn(fields[name], 1, `\`${name}\``));
    const { images } = digitsOf("t10k", 2);
    const errorOf = (image: Float32Array, digit: number) =>
      meanSquaredError(images.slice(784 * digit, 784 * (digit + 1)), image)[0];
    insist(
      errorOf(first, 0) < errorOf(first, 1),
      "`first` is closer to test digit 1 than to test digit 0.",
    );
    insist(
      errorOf(second, 1) < errorOf(second, 0),
      "`second` is closer to test digit 0 than to test digit 1.",
    );
    const mixed = first.map((value, i) => (value + second[i]) / 2);
    const [right] = meanSquaredError(mixed, middle);
    insist(
      right > 1e-6,
      "`middle` is the mean of the two images. Take the mean of their codes, " +
        "and let the decoder draw it.",
    );
    const gap = numberIn(fields.gap, "`gap`");
    if (Math.abs(gap - right) < 1e-6) return;
    insist(
      Math.abs(gap - Math.sqrt(right)) > 1e-6,
      "`gap` is a root; the mean squared error itself is asked for.",
    );
    insist(
      false,
      "`gap` is not the mean squared error between `middle` and the mean of " +
        "`first` and `second`.",
    );
  },
  "07.4": (answer) => {
    const fields = fieldsIn(answer, ["linear", "pca"]);
    const { images } = digitsOf("train", 500);
    const [linear, pca] = (["linear", "pca"] as const).map((name) =>
      mean(meanSquaredError(images, imagesIn(fields[name], 500, `\`${name}\``)))
    );
    insist(
      Math.abs(-10 * Math.log10(pca) - TEN_COMPONENTS) < 0.7,
      "`pca` is not as far from the first 500 training digits as ten " +
        "components bring it (Table 7.1).",
    );
    insist(linear !== pca, "`linear` and `pca` are equal: is one a network?");
    insist(
      linear > 0.97 * pca,
      "`linear` is closer to the digits than PCA, which no linear network can " +
        "be. Did an activation stay in, or is the code larger?",
    );
    insist(
      linear < 1.1 * pca,
      `The error of \`linear\` is ${(linear / pca).toFixed(2)} times that of ` +
        `PCA: train longer. (Was the loss the squared error?)`,
    );
  },
};
