/** Checks for notebook 9: clipped noise, a pair with equal noise, a blur chosen by SURE. */

import { mean, meanSquaredError } from "../scores/metrics.ts";
import { gaussianBlur } from "../scores/baselines.ts";
import { addNoise } from "../data/noise.ts";
import { Random } from "../data/random.ts";
import { digitsOf } from "./digits.ts";
import {
  type Checks,
  fieldsIn,
  imagesIn,
  insist,
  numberIn,
  numbersIn,
} from "./mistake.ts";

/** The mean of black after noise of factor 0.5 and clipping to [0, 1]. */
const BLACK = 0.1953;
/** The blurs of exercise 9.3, in pixels. */
const SIGMAS = [0.5, 0.75, 1, 1.5];
/** The factor of the noise. */
const FACTOR = 0.5;

export const withoutClean: Checks = {
  "09.1": (answer) => {
    const fields = fieldsIn(answer, ["black", "white"]);
    const [black, white] = (["black", "white"] as const)
      .map((name) => numberIn(fields[name], `\`${name}\``));
    insist(
      Math.abs(black) > 0.01 || Math.abs(white - 1) > 0.01,
      "These are the means without clipping.",
    );
    insist(black < white, "Black is brighter than white: are they exchanged?");
    insist(
      Math.abs(black - BLACK) < 0.004,
      "`black` is not the mean of normal noise of factor 0.5, clipped to [0, 1].",
    );
    insist(
      Math.abs(white - (1 - BLACK)) < 0.004,
      "`white` is not the mean of 1 plus noise of factor 0.5, clipped to [0, 1].",
    );
  },
  "09.2": (answer) => {
    const fields = fieldsIn(answer, ["same", "second"]);
    const same = imagesIn(fields.same, 500, "`same`");
    const second = imagesIn(fields.second, 500, "`second`");
    const { images } = digitsOf("t10k", 500);
    const noisy = addNoise(images, { random: new Random(2) });
    const far = (answers: Float32Array) =>
      mean(meanSquaredError(noisy, answers));
    insist(far(same) > 0, "`same` is the noisy input, not a network's answer.");
    insist(
      far(same) !== far(second),
      "Both are equal: does the second network have other targets?",
    );
    insist(
      far(same) < far(second),
      "`second` lies nearer to the noisy input than `same`: are they exchanged?",
    );
    const black = mean(second.filter((_, i) => images[i] === 0));
    insist(
      black > 0.1,
      "Black is answered as black by `second`; clipped targets leave a veil of " +
        "about 0.2. Were its targets clean?",
    );
  },
  "09.3": (answer) => {
    const fields = fieldsIn(answer, ["estimates", "errors", "best"]);
    const [estimates, errors] = (["estimates", "errors"] as const).map((name) =>
      Array.from(numbersIn(fields[name], SIGMAS.length, `\`${name}\``))
    );
    const right = blurs();
    right.forEach(({ error, estimate }, i) => {
      const sigma = SIGMAS[i];
      insist(
        Math.abs(errors[i] / error - 1) < 0.02,
        `The error for sigma ${sigma} is not the mean of (blurred − clean)², ` +
          "with noise that is not clipped.",
      );
      insist(
        Math.abs(estimates[i] - errors[i]) > 1e-9,
        `The estimate for sigma ${sigma} equals the error: it is to be made ` +
          "without the clean images.",
      );
      const isOff = (by: number) =>
        Math.abs(estimates[i] + by - estimate) < 0.02 * estimate;
      insist(
        !isOff(-(FACTOR ** 2)),
        `In the estimate for sigma ${sigma} the variance 0.25 of the noise ` +
          "is not subtracted.",
      );
      insist(
        isOff(0),
        `The estimate for sigma ${sigma} is not SURE: is the weight the ` +
          "mean of b times the blurred b?",
      );
    });
    const lowest = Math.min(...right.map(({ estimate }) => estimate));
    const best = SIGMAS[right.findIndex(({ estimate }) => estimate === lowest)];
    insist(
      numberIn(fields.best, "`best`") === best,
      "`best` is the sigma with the smallest estimate.",
    );
  },
};

/** The true error of each blur of exercise 9.3, and its estimate by SURE. */
function blurs() {
  const { images } = digitsOf("t10k", 500);
  const random = new Random(2), other = new Random(4);
  const noisy = images.map((pixel) => pixel + FACTOR * random.normal());
  const normals = images.map(() => other.normal());
  return SIGMAS.map((sigma) => {
    const blurred = gaussianBlur(noisy, { sigma });
    const weight = mean(
      gaussianBlur(normals, { sigma }).map((value, i) => value * normals[i]),
    );
    return {
      error: mean(meanSquaredError(images, blurred)),
      estimate: mean(meanSquaredError(noisy, blurred)) +
        FACTOR ** 2 * (2 * weight - 1),
    };
  });
}
