/** Checks for notebook 1. They compute the right answers from the data. */

import { mean, meanSquaredError } from "../scores/metrics.ts";
import type { Digits } from "../data/mnist.ts";
import { digitsOf } from "./digits.ts";
import { type Checks, insist, numbersIn, wholeNumbersIn } from "./mistake.ts";

export const load: Checks = {
  "01.1": (answer) => {
    const labels = wholeNumbersIn(answer, {
      length: 10,
      below: 10,
      name: "The labels",
    });
    insist(
      differences(labels, digitsOf("t10k", 10).labels) > 0,
      "These are labels of test digits; training digits are asked for.",
    );
    const wrong = differences(labels, digitsOf("train", 10).labels);
    insist(wrong === 0, `${wrong} of the ten labels are wrong.`);
  },
  "01.2": (answer) => {
    const means = numbersIn(answer, 7_840, "`means`");
    const most = Array.from(means).reduce((a, b) => Math.max(a, b));
    insist(
      most <= 1.001,
      `The brightest pixel is ${
        most.toFixed(1)
      }, above 1: is it a sum and no ` +
        `mean, or are bytes not divided by 255?`,
    );
    const right = meanImages("train");
    const wrong = wrongImages(means, right);
    if (wrong.length === 0) return;
    insist(
      wrongImages(means, meanImages("t10k")).length > 0,
      "These are the means of test digits; training digits are asked for.",
    );
    insist(
      mean(means) > 0.5 * mean(right),
      "The images are too dark by more than half: by how many images is each " +
        "sum divided?",
    );
    insist(
      false,
      `The images of ${wrong.length} digits are wrong, the first that of digit ` +
        `${wrong[0]}. Are they in the order 0 to 9?`,
    );
  },
  "01.3": (answer) => {
    const readings = wholeNumbersIn(answer, {
      length: 10_000,
      below: 10,
      name: "The readings",
    });
    const test = digitsOf("t10k", 10_000);
    const right = 10_000 - differences(readings, test.labels);
    insist(
      right < 10_000,
      "These are the labels themselves; read the digits without them.",
    );
    insist(
      right > 2_000,
      "Fewer than one digit in five is read right: is it the least error that " +
        "wins, and is the reading the digit of that mean image?",
    );
    const other = differences(readings, nearest(test, meanImages("train")));
    insist(
      other <= 10, // Rounding may decide between two images that are equally close.
      `${
        other.toLocaleString("en-US")
      } digits are read as another than their ` +
        `nearest mean image: are the errors squared, and the mean images those ` +
        `of "01.2"?`,
    );
  },
  "01.4": (answer) => {
    const [i, j] = wholeNumbersIn(answer, {
      length: 2,
      below: 500,
      name: "The two indices",
    });
    insist(
      i !== j,
      "Each image is closest to itself; take two different ones.",
    );
    const { images } = digitsOf("t10k", 500);
    const image = (k: number) => images.subarray(784 * k, 784 * (k + 1));
    const [error] = meanSquaredError(image(i), image(j));
    const least = leastError(images);
    insist(
      error <= least * 1.0001,
      `There is a closer pair: the error of yours is ` +
        `${(error / least).toFixed(2)} times as large.`,
    );
  },
};

function differences(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).filter((value, i) => value !== b[i]).length;
}

/** The mean image of each digit, [10, 784]. */
function meanImages(set: "train" | "t10k"): Float32Array {
  const digits = digitsOf(set, set === "train" ? 60_000 : 10_000);
  const sums = new Float64Array(7_840);
  const counts = new Array(10).fill(0);
  digits.labels.forEach((label, i) => {
    counts[label]++;
    for (let k = 0; k < 784; k++) {
      sums[784 * label + k] += digits.images[784 * i + k];
    }
  });
  return Float32Array.from(sums, (sum, k) => sum / counts[Math.floor(k / 784)]);
}

/** The digits whose images differ by more than 0.001 in some pixel. */
function wrongImages(means: ArrayLike<number>, right: Float32Array): number[] {
  const far = Array.from(right.keys())
    .filter((i) => Math.abs(means[i] - right[i]) > 0.001);
  return [...new Set(far.map((i) => Math.floor(i / 784)))];
}

function nearest({ images, count }: Digits, means: Float32Array): number[] {
  return Array.from({ length: count }, (_, i) => {
    let best = 0, least = Infinity;
    for (let digit = 0; digit < 10; digit++) {
      let sum = 0;
      for (let k = 0; k < 784 && sum < least; k++) {
        sum += (images[784 * i + k] - means[784 * digit + k]) ** 2;
      }
      if (sum < least) [best, least] = [digit, sum];
    }
    return best;
  });
}

/** The mean squared error between the two closest images. */
function leastError(images: Float32Array): number {
  let least = Infinity;
  for (let a = 0; a < images.length; a += 784) {
    for (let b = 0; b < a; b += 784) {
      let sum = 0;
      for (let k = 0; k < 784 && sum < least; k++) {
        sum += (images[a + k] - images[b + k]) ** 2;
      }
      if (sum < least) least = sum;
    }
  }
  return least / 784;
}
