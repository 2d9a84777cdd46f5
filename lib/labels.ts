/** Labels of digits, as numbers and as probabilities. */

const DIGITS = 10;

/**
 * A label as ten numbers, 1 at its place and 0 elsewhere: labels [n] to [n, 10].
 *
 * @example
 * ```ts
 * oneHot(Uint8Array.of(3)); // 0 0 0 1 0 0 0 0 0 0
 * ```
 */
export function oneHot(labels: Uint8Array): Float32Array {
  const numbers = new Float32Array(labels.length * DIGITS);
  labels.forEach((label, i) => numbers[i * DIGITS + label] = 1);
  return numbers;
}

/**
 * The likeliest label of each: probabilities [n, 10] to labels [n]; of equal ones
 * the first.
 *
 * @example
 * ```ts
 * const read = likeliest(await denoise(reader, test.images));
 * ```
 */
export function likeliest(probabilities: Float32Array): Uint8Array {
  const labels = new Uint8Array(probabilities.length / DIGITS);
  for (let i = 0; i < labels.length; i++) {
    const row = probabilities.subarray(i * DIGITS, (i + 1) * DIGITS);
    labels[i] = row.indexOf(row.reduce((most, p) => Math.max(most, p), -1));
  }
  return labels;
}
