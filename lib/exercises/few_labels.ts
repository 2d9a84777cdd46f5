/** Checks for notebook 11: a balanced draw, moved digits, a frozen encoder. */

import { digitsOf, moveDigits } from "./digits.ts";
import {
  type Checks,
  imagesIn,
  insist,
  numbersIn,
  wholeNumbersIn,
} from "./mistake.ts";
import { isModel } from "./model.ts";

/** What the check of 11.3 asks of a layer. */
interface Layer {
  trainable: boolean;
  weights: unknown[];
}

export const fewLabels: Checks = {
  "11.1": (answer) => {
    const chosen = wholeNumbersIn(answer, {
      length: 50,
      below: 1_000,
      name: "The positions",
    });
    insist(
      new Set(chosen).size === 50,
      "A position is there twice: a digit drawn twice has one label.",
    );
    const { labels } = digitsOf("train", 1_000);
    for (let digit = 0; digit < 10; digit++) {
      const found = chosen.filter((i) => labels[i] === digit).length;
      insist(
        found === 5,
        `Of the digit ${digit} there are ${found}; a balanced draw has 5 of each.`,
      );
    }
  },
  "11.2": (answer) => {
    numbersIn(answer, 500 * 784);
    const images = imagesIn(answer, 500);
    const first = digitsOf("train", 100).images;
    const groups = Array.from(
      { length: 5 },
      (_, i) => images.slice(78_400 * i, 78_400 * (i + 1)),
    );
    const isSame = (a: Float32Array, b: Float32Array) =>
      a.every((value, i) => Math.abs(value - b[i]) < 1e-6);
    insist(
      isSame(groups[0], first),
      "The first 100 images are not the first 100 training digits as they are.",
    );
    const moves = { right: [0, 1], left: [0, -1], down: [1, 0], up: [-1, 0] };
    for (const [way, [down, right]] of Object.entries(moves)) {
      const wanted = moveDigits(first, { down, right });
      insist(
        groups.slice(1).some((group) => isSame(group, wanted)),
        `No group of 100 is moved one pixel ${way}, with a black edge.`,
      );
    }
  },
  "11.3": (answer) => {
    insist(isModel(answer), "The answer should be a model of TensorFlow.js.");
    const layers = answer.layers as unknown as Layer[];
    insist(
      layers.at(-1)!.trainable,
      "The last layer is frozen too, so nothing can learn.",
    );
    const learning = layers.slice(0, -1)
      .filter(({ trainable, weights }) => trainable && weights.length > 0);
    insist(
      learning.length === 0,
      `${learning.length} layers of the encoder still learn.`,
    );
    const parameters = answer.countParams();
    insist(
      parameters === 25_258,
      `It has ${parameters} parameters: are there the tutorial's encoder and a ` +
        `dense layer of ten?`,
    );
  },
};
