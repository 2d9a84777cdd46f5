/** Turns labels into probabilities, and probabilities into labels. */

import { checkCount, checkFloats } from "./images.ts";
import { inWords } from "../errors/in_words.ts";
import { checkOptions } from "../errors/options.ts";

/** Labels are stored as bytes, so there are at most this many classes. */
const MAX_CLASSES = 256;

/**
 * Turns each label into ten numbers: 1 at the label's place and 0 elsewhere.
 * Labels [n] become [n, 10], or [n, classes].
 *
 * @example
 * ```ts
 * oneHot(Uint8Array.of(3)); // 0 0 0 1 0 0 0 0 0 0
 * oneHot(letters, { classes: 26 });
 * ```
 *
 * @throws {RangeError} when a label is not a whole number from 0 to classes - 1.
 * @throws {TypeError} when the labels are not a list.
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
 * Finds the likeliest label of each row: probabilities [n, 10], or [n, classes],
 * become labels [n]. Of equally likely labels it is the first. If `classes` is
 * given, any numbers are allowed, such as those before a softmax. Otherwise each row
 * must add up to 1, which shows that there really are ten classes.
 *
 * @example
 * ```ts
 * const read = argMax(await predict(reader, test.images));
 * const letters = argMax(answers, { classes: 26 });
 * ```
 *
 * @throws {RangeError} when the rows are not whole, a number is NaN, a whole row is
 * -Infinity, or a row does not add up to 1.
 * @throws {TypeError} when the probabilities are not a Float32Array.
 */
export function argMax(
  probabilities: Float32Array,
  options: { classes?: number } = {},
): Uint8Array {
  const classes = readClasses("argMax", options);
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
