/** Labels, as numbers and as probabilities. */

import { checkCount, checkFloats } from "./images.ts";
import { inWords } from "../errors/in_words.ts";
import { checkOptions } from "../errors/options.ts";

/** Labels are bytes. */
const MAX_CLASSES = 256;

/**
 * A label as ten numbers, 1 at its place and 0 elsewhere: labels [n] to [n, 10],
 * or to [n, classes].
 *
 * @example
 * ```ts
 * oneHot(Uint8Array.of(3)); // 0 0 0 1 0 0 0 0 0 0
 * oneHot(letters, { classes: 26 });
 * ```
 *
 * @throws {RangeError} when a label is no whole number below `classes`.
 */
export function oneHot(
  labels: ArrayLike<number>,
  options: { classes?: number } = {},
): Float32Array {
  const classes = readClasses("oneHot", options);
  if (typeof labels === "string" || !Number.isInteger(labels?.length)) {
    throw new TypeError(
      `Cannot take "${
        inWords(labels)
      }" as labels: they are a list of whole numbers`,
    );
  }
  const numbers = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new RangeError(
        `Cannot take "${
          inWords(label)
        }" (number ${i}) as a label: of ${classes} ` +
          `classes the labels are whole numbers from 0 to ${classes - 1}` +
          (label >= classes && label < MAX_CLASSES
            ? `; of more say { classes: ${label + 1} } or how many there are`
            : ""),
      );
    }
    numbers[i * classes + label] = 1;
  }
  return numbers;
}

/**
 * The likeliest label of each: probabilities [n, 10] to labels [n], or [n,
 * classes] to [n]; of equal ones the first. Where `classes` is said, any numbers
 * will do, such as those before a softmax. Without it those of a row must add up
 * to 1, since of any other number of classes they would not.
 *
 * @example
 * ```ts
 * const read = likeliest(await denoise(reader, test.images));
 * const letters = likeliest(answers, { classes: 26 });
 * ```
 *
 * @throws {RangeError} when they are no whole rows, one is no number, all of a row
 * are -Infinity, or a row does not add up.
 * @throws {TypeError} when they are no Float32Array.
 */
export function likeliest(
  probabilities: Float32Array,
  options: { classes?: number } = {},
): Uint8Array {
  const classes = readClasses("likeliest", options);
  checkFloats("read", probabilities);
  if (probabilities.length % classes !== 0) {
    throw new RangeError(
      `Cannot read "${probabilities.length}" probabilities: they are no whole ` +
        `rows of ${classes} classes; say { classes: … }`,
    );
  }
  const labels = new Uint8Array(probabilities.length / classes);
  for (let row = 0; row < labels.length; row++) {
    const first = row * classes;
    let sum = 0;
    for (let i = first; i < first + classes; i++) {
      const p = probabilities[i];
      if (Number.isNaN(p)) {
        throw new RangeError(
          `Cannot read "NaN" (class ${i - first} of row ${row}): it is no ` +
            `probability`,
        );
      }
      if (p > probabilities[first + labels[row]]) labels[row] = i - first;
      sum += p;
    }
    if (probabilities[first + labels[row]] === -Infinity) {
      throw new RangeError(
        `Cannot read "-Infinity" for every class of row ${row}: none of them is ` +
          `the likeliest; look at what made these numbers`,
      );
    }
    if (options.classes === undefined && !(Math.abs(sum - 1) < 0.01)) {
      throw new RangeError(
        `Cannot read "${sum}" as the sum of row ${row}: probabilities of 10 ` +
          `classes add up to 1; of other classes, or if these are no ` +
          `probabilities, say { classes: … }`,
      );
    }
  }
  return labels;
}

function readClasses(of: string, options: { classes?: number }): number {
  checkOptions(of, options, ["classes"]);
  const { classes = 10 } = options;
  checkCount("classes", classes, MAX_CLASSES);
  return classes;
}
