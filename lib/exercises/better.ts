/** Checks for notebook 8: properties that every correct training has. */

import { mean, meanSquaredError, psnr } from "../scores/metrics.ts";
import { digitsOf, moveDigits } from "./digits.ts";
import {
  type Checks,
  fieldsIn,
  imagesIn,
  insist,
  numberIn,
  numbersIn,
} from "./mistake.ts";
import { isModel } from "./model.ts";

/** Number of parameters of the tutorial's network. */
const TUTORIAL_PARAMETERS = 28_353;

export const better: Checks = {
  "08.1": (answer) => {
    const fields = fieldsIn(answer, ["constant", "dropped"]);
    const [constant, dropped] = (["constant", "dropped"] as const).map((name) =>
      Array.from(numbersIn(fields[name], 6, `\`${name}\``))
    );
    for (const loss of [...constant, ...dropped]) {
      insist(
        loss > 0.058 && loss < 0.5,
        `A loss is ${loss.toFixed(3)}, ` +
          (loss < 0.5 ? "below the floor." : "near that of no training."),
      );
    }
    const differs = constant.findIndex((loss, i) =>
      Math.abs(loss - dropped[i]) > 1e-6
    );
    insist(differs !== -1, "The lists are equal: does the rate ever drop?");
    insist(
      differs >= 4,
      `The lists differ from epoch ${differs + 1} on. Up to the drop the two ` +
        `trainings should be the same: the same seeds, the same rate.`,
    );
    insist(
      differs === 4,
      "The lists differ only in the last epoch; the last two have the low rate.",
    );
    const step = (losses: number[]) => Math.abs(losses[5] - losses[4]);
    insist(
      step(dropped) < step(constant),
      "At the low rate epoch 6 moves the loss more than at the high one: are " +
        "the two exchanged?",
    );
  },
  "08.2": (answer) => {
    const fields = fieldsIn(answer, ["fixed", "fresh"]);
    const [fixed, fresh] = (["fixed", "fresh"] as const).map((name) =>
      Array.from(numbersIn(fields[name], 2, `\`${name}\``))
    );
    insist(
      [...fixed, ...fresh].every((loss) => loss > 0.05 && loss < 0.3),
      "A loss is below the floor, or near that of no training: give those " +
        "of the last epoch, in training and in validation.",
    );
    const [apart, fair] = [fixed, fresh].map(([loss, valLoss]) =>
      valLoss - loss
    );
    insist(
      apart !== fair,
      "Both trainings end alike: does one have new noise in each epoch?",
    );
    insist(
      apart > fair,
      "With fresh noise validation falls farther behind training than with " +
        "fixed noise. Are the two exchanged?",
    );
    insist(
      apart > 0.002,
      "Fixed noise is not learned by heart yet: are there only 1,280 pairs, " +
        "and is the first number of each the loss in training?",
    );
    insist(
      fresh[1] < fixed[1],
      "On the test digits fixed noise ends better: is the fresh noise of factor " +
        "0.5 too, on the same 1,280 digits?",
    );
  },
  "08.3": (answer) => {
    const names = ["plain", "moved", "both"] as const;
    const fields = fieldsIn(answer, [...names, "gain"]);
    const [plain, moved, both] = names
      .map((name) => imagesIn(fields[name], 500, `\`${name}\``));
    const clean = digitsOf("t10k", 500).images;
    const scoreOf = (images: Float32Array) => mean(psnr(clean, images));
    insist(
      scoreOf(plain) > 14,
      `\`plain\` scores ${
        scoreOf(plain).toFixed(1)
      } dB: is it the answer of a ` +
        `trained network to the first noisy test digits?`,
    );
    insist(
      plain.some((value, i) => value !== moved[i]),
      "`plain` and `moved` are equal: were the noisy images moved?",
    );
    const apart = mean(meanSquaredError(plain, moved));
    insist(
      [-1, 1].every((by) =>
        mean(meanSquaredError(plain, moveDigits(moved, { right: by }))) > apart
      ),
      "`moved` agrees better with `plain` if it is moved by one more pixel: " +
        "was it moved back, and the right way?",
    );
    insist(
      both.every((v, i) => Math.abs(v - (plain[i] + moved[i]) / 2) < 1e-4),
      "`both` is not, pixel by pixel, the mean of `plain` and `moved`.",
    );
    const gain = numberIn(fields.gain, "`gain`");
    insist(
      Math.abs(gain - (scoreOf(both) - scoreOf(plain))) < 0.005,
      "`gain` is not the mean PSNR of `both` less that of `plain`.",
    );
  },
  "08.4": (answer) => {
    const fields = fieldsIn(answer, ["model", "uNet", "tutorial"]);
    const { model } = fields;
    insist(isModel(model), "`model` should be a model of TensorFlow.js.");
    const parameters = model.countParams();
    const shown = parameters.toLocaleString("en-US");
    const joins = model.layers
      .filter((layer) => layer.getClassName() === "Concatenate").length;
    insist(
      joins >= 2,
      `It has ${joins} skip connections; a U-Net of this depth has two.`,
    );
    insist(
      parameters <= TUTORIAL_PARAMETERS,
      `It has ${shown} parameters, more than the tutorial's network.`,
    );
    insist(
      parameters > 0.93 * TUTORIAL_PARAMETERS,
      `It has ${shown} parameters; more channels would fit.`,
    );
    const uNet = numberIn(fields.uNet, "`uNet`");
    const tutorial = numberIn(fields.tutorial, "`tutorial`");
    for (const score of [uNet, tutorial]) {
      insist(
        score > 12 && score < 22,
        `${score.toFixed(1)} is no PSNR that two such epochs reach.`,
      );
    }
    insist(
      uNet > tutorial,
      "The U-Net scores no more than the tutorial's network: are the two " +
        "exchanged, and had both Adam and two epochs?",
    );
  },
};
