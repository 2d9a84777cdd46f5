/** Checks for notebook 3. They look at a model without running it. */

import { type Checks, insist, numberIn } from "./mistake.ts";

/** The part of a TensorFlow.js model that the checks use. */
export interface Model {
  layers: { getClassName(): string; outputShape: (number | null)[] }[];
  countParams(): number;
}

export const model: Checks = {
  "03.1": (answer) => {
    const value = numberIn(answer, "The number of parameters");
    const parameters = (side: number, from: number, to: number) =>
      side * side * from * to + to;
    const right = parameters(5, 32, 64);
    if (value === right) return;
    insist(value !== right - 64, "The biases are missing.");
    insist(value !== right - 64 + 32, "A bias belongs to an output channel.");
    insist(value !== parameters(3, 32, 64), "The window is 5 × 5.");
    insist(
      value !== parameters(5, 1, 64) && value !== parameters(5, 1, 32),
      "An output channel has a window of weights for each input channel.",
    );
    insist(false, `These are too ${value > right ? "many" : "few"}.`);
  },
  "03.2": (answer) => {
    const channels = numberIn(answer, "The number of channels");
    insist(Number.isInteger(channels), "Channels are whole.");
    const numbers = (count: number) => 7 * 7 * count;
    insist(
      numbers(channels) !== 784,
      "Then it holds as many numbers as the image; fewer are asked for.",
    );
    insist(
      numbers(channels) < 784,
      `Then the code holds ${numbers(channels).toLocaleString("en-US")} ` +
        `numbers, more than the image.`,
    );
    insist(
      numbers(channels + 1) >= 784,
      "Right so far, but it may have more. The most is asked for.",
    );
  },
  "03.3": (answer) => {
    insist(isModel(answer), "The answer should be a model of TensorFlow.js.");
    const { layers } = answer;
    const other = layers.map((layer) => layer.getClassName())
      .find((name) => name !== "Conv2D" && name !== "InputLayer");
    insist(
      other === undefined,
      `There is a layer of kind ${other}; only convolutions are asked for.`,
    );
    const shapes = layers.filter((layer) => layer.getClassName() === "Conv2D")
      .map(({ outputShape }) => outputShape);
    insist(
      shapes.length === 5,
      `There are ${shapes.length} convolutions; five are asked for.`,
    );
    insist(
      shapes.every(([, height, width]) => height === 28 && width === 28),
      "An array in it is not 28 × 28: is the padding `same`?",
    );
    insist(
      shapes.every(([, , , channels], i) => channels === (i < 4 ? 32 : 1)),
      `The layers give ${
        shapes.map((shape) => shape[3]).join(", ")
      } channels; ` +
        `32 in the first four and one in the last are asked for.`,
    );
    // Only the window sizes and the biases can still be wrong.
    insist(
      answer.countParams() === 320 + 3 * 9_248 + 289,
      "The number of parameters is not that of windows of 3 × 3 with a bias " +
        "for each channel.",
    );
  },
  "03.4": (answer) => {
    const changed = numberIn(answer, "The number of pixels");
    const side = 1 + 2 * 5; // Each 3 x 3 window adds one pixel on each side.
    if (changed === side * side) return;
    insist(changed !== 0, "Is the second answer that to the changed image?");
    insist(changed !== 784, "Are both answers those of the same network?");
    insist(changed !== side, "This seems to be a side; count the pixels.");
    insist(
      changed < side * side,
      "Fewer pixels change: is the network without pooling?",
    );
    insist(
      changed < 0.9 * side * side,
      "A few more pixels change: does each layer have its own seed, and do " +
        "small changes count too?",
    );
    insist(false, "More pixels change: are there five convolutions?");
  },
};

/** Whether the answer is a model of TensorFlow.js. */
export function isModel(answer: unknown): answer is Model {
  return typeof answer === "object" && answer !== null &&
    "layers" in answer && Array.isArray(answer.layers) &&
    "countParams" in answer && typeof answer.countParams === "function";
}
