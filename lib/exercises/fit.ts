/** Checks for notebook 4: properties that every good training has. */

import { binaryCrossentropy, mean } from "../scores/metrics.ts";
import { digitsOf } from "./digits.ts";
import {
  type Checks,
  fieldsIn,
  imagesIn,
  insist,
  numberIn,
  numbersIn,
} from "./mistake.ts";

export const fit: Checks = {
  "04.1": (answer) => {
    const grey = numberIn(answer, "The grey");
    insist(grey > 0 && grey < 1, "A grey lies between 0 and 1.");
    const { images } = digitsOf("t10k", 1_000);
    const lossOf = (value: number) =>
      mean(binaryCrossentropy(images, images.map(() => value)));
    const loss = lossOf(grey);
    const darker = Math.max(grey / 2, grey - 0.01);
    insist(lossOf(darker) >= loss, "A darker grey has a lower loss.");
    const brighter = Math.min((1 + grey) / 2, grey + 0.01);
    insist(lossOf(brighter) >= loss, "A brighter grey has a lower loss.");
  },
  "04.2": (answer) => {
    const fields = fieldsIn(answer, ["steps", "small", "large"]);
    const steps = numberIn(fields.steps, "`steps`");
    const small = validationLoss(fields.small, "`small`");
    const large = validationLoss(fields.large, "`large`");
    insist(
      steps * 8 === 12_800,
      `${steps} steps of 8 are ${
        (8 * steps).toLocaleString("en-US")
      } digits, ` +
        `not one epoch of those asked for.`,
    );
    insist(small !== large, "Both losses are equal: is it the same training?");
    insist(
      small < large,
      "The small batches end with the higher loss: are the two exchanged, or " +
        "did the network of one learn in the other's training too?",
    );
  },
  "04.3": (answer) => {
    const fields = fieldsIn(answer, ["losses", "spread"]);
    const losses = Array.from(numbersIn(fields.losses, 3, "`losses`"));
    for (const loss of losses) validationLoss(loss, "A loss");
    insist(
      new Set(losses).size > 1,
      "All losses are equal: does each network have a seed of its own?",
    );
    insist(
      new Set(losses).size === 3,
      "Two losses are equal: does each network have a seed of its own?",
    );
    const spread = numberIn(fields.spread, "`spread`");
    insist(
      Math.abs(spread - (Math.max(...losses) - Math.min(...losses))) < 1e-6,
      "`spread` is not the highest of these losses less the lowest.",
    );
  },
  "04.4": (answer) => {
    const images = imagesIn(answer, 500);
    const clean = digitsOf("t10k", 500).images;
    const where = (value: number) =>
      images.filter((_, i) => clean[i] === value);
    const [black, white] = [mean(where(0)), mean(where(1))];
    insist(
      spreadOf(where(0)) < 0.12,
      "Black pixels are answered by greys as different as noise is: is this " +
        "the network's answer, or its target?",
    );
    insist(
      black > 0.1,
      "Black pixels are answered by nearly black: this network cleans. Is the " +
        "clean image its input, and the noisy one its target?",
    );
    insist(
      black < 0.3 && white > 0.6,
      "The answers to black and white pixels are too much alike: train longer.",
    );
    insist(white < 0.95, "White pixels are answered by white, as if clean.");
  },
};

function validationLoss(answer: unknown, name: string): number {
  const loss = numberIn(answer, name);
  const { images } = digitsOf("t10k", 1_000);
  insist(
    loss > mean(binaryCrossentropy(images, images)),
    `${name} is below the floor, which no network can pass.`,
  );
  insist(
    loss < 0.5,
    `${name} is ${loss.toFixed(2)}, near that of an untrained network.`,
  );
  return loss;
}

function spreadOf(values: Float32Array): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}
