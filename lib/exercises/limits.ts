/** Checks for notebook 6: properties that hold whatever the network has learned. */

import { mean, meanSquaredError, psnr } from "../scores/metrics.ts";
import { addNoise } from "../data/noise.ts";
import { Random } from "../data/random.ts";
import { digitsOf } from "./digits.ts";
import {
  type Checks,
  fieldsIn,
  imagesIn,
  insist,
  numbersIn,
} from "./mistake.ts";

export const limits: Checks = {
  "06.1": (answer) => {
    const images = imagesIn(answer, 500);
    const clean = digitsOf("t10k", 500).images;
    const inverted = clean.map((value) => 1 - value);
    const noisy = addNoise(inverted, { random: new Random(2) });
    const [score, nothing, upright] = [
      mean(psnr(inverted, images)),
      mean(psnr(inverted, noisy)),
      mean(psnr(clean, images)),
    ];
    insist(
      images.some((value, i) => value !== inverted[i]),
      "These are the clean images; the network's answer is asked for.",
    );
    insist(
      score > upright,
      "These are white digits on black. What you did before the network has " +
        "to be undone after it.",
    );
    insist(
      score > nothing + 1,
      `The answer scores ${score.toFixed(1)} dB, doing nothing ` +
        `${
          nothing.toFixed(1)
        }. What did the network see: white strokes on black?`,
    );
  },
  "06.2": (answer) => {
    const mixed = imagesIn(answer, 1_000);
    const clean = digitsOf("train", 1_000).images;
    const errors = Array.from(meanSquaredError(clean, mixed));
    insist(
      Math.max(...errors) > 2 * Math.min(...errors),
      "All images have about the same noise: does each have its own factor?",
    );
    const draw = new Random(1), random = new Random(2);
    const right = new Float32Array(mixed.length);
    const shared = new Float32Array(mixed.length);
    for (let first = 0; first < mixed.length; first += 784) {
      const image = clean.slice(first, first + 784);
      const factor = draw.uniform();
      right.set(addNoise(image, { factor, random }), first);
      const again = addNoise(image, { factor, random: new Random(2) });
      shared.set(again, first);
    }
    const isNear = (images: Float32Array) =>
      images.every((value, i) => Math.abs(value - mixed[i]) < 1e-5);
    if (isNear(right)) return;
    insist(
      !isNear(shared),
      "Each image has the same pattern of noise: make the generator of the " +
        "noise once, not anew for each image.",
    );
    insist(
      mean(errors) > 0.02,
      "The noise is much too weak: do factors go from 0 to 1?",
    );
    const wrong = errors.findIndex((_, i) => !isNearImage(right, mixed, i));
    insist(
      false,
      `Image ${wrong} is the first that is wrong: are factors drawn with seed ` +
        `1, one an image, and noise with seed 2?`,
    );
  },
  "06.3": (answer) => {
    const fields = fieldsIn(answer, ["before", "after"]);
    const [before, after] = (["before", "after"] as const).map((name) =>
      Array.from(numbersIn(fields[name], 3, `\`${name}\``))
    );
    // A network that has hardly learned, as in the quick course, may be best at
    // the noise that it was trained with.
    insist(
      Math.min(before[0], before[1]) > before[2] &&
        after[0] > after[1] && after[1] > after[2],
      "More noise should score less: are the scores in the order 0, 0.5, 1?",
    );
    insist(
      before.some((score, i) => score !== after[i]),
      "Before and after are equal: did the student learn?",
    );
    insist(
      after[2] > before[2],
      "At factor 1 the student does not gain: was it taught with factors near " +
        "1 too?",
    );
    insist(
      after[0] > before[0] - 1,
      "Without noise the student loses more than 1 dB: was it taught with " +
        "factors near 0 too?",
    );
    insist(
      after[1] > before[1] - 1,
      "At factor 0.5 the student loses more than 1 dB: are its targets clean?",
    );
  },
  "06.4": (answer) => {
    const names = ["before", "clothes", "mixed"] as const;
    const fields = fieldsIn(answer, names);
    const [before, clothes, mixed] = names.map((name) =>
      Array.from(numbersIn(fields[name], 2, `\`${name}\``))
    );
    insist(
      clothes.some((score, i) => score !== mixed[i]),
      "`clothes` and `mixed` are equal: are they two students?",
    );
    insist(
      clothes[1] > before[1],
      "Clothes alone taught the student nothing about clothes: are the scores " +
        "in the order digits, clothes?",
    );
    insist(
      mixed[1] > before[1],
      "The mixed lesson taught the student nothing about clothes.",
    );
    // A network that has hardly learned anything has nothing to forget.
    insist(
      mixed[0] > clothes[0] || clothes[0] > before[0],
      "The student of the mixed lesson does no better on digits than that of " +
        "clothes alone: are there digits in its lesson?",
    );
  },
};

function isNearImage(a: Float32Array, b: Float32Array, image: number): boolean {
  for (let i = 784 * image; i < 784 * (image + 1); i++) {
    if (Math.abs(a[i] - b[i]) > 1e-5) return false;
  }
  return true;
}
