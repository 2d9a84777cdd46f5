/** The decoder of notebook 7 in plain TypeScript: a page so needs no TensorFlow.js. */

/** A dense layer: `kernel` has a row of weights for each input. */
export interface DenseLayer {
  kernel: Float32Array;
  bias: Float32Array;
}

/** The answer of dense layers to a code: relu after each, after the last sigmoid. */
export function decode(layers: DenseLayer[], code: number[]): number[] {
  let values = code;
  layers.forEach(({ kernel, bias }, depth) => {
    const sums = Float64Array.from(bias);
    values.forEach((value, i) => {
      for (let j = 0; j < sums.length; j++) {
        sums[j] += value * kernel[i * sums.length + j];
      }
    });
    const isLast = depth === layers.length - 1;
    values = Array.from(
      sums,
      (sum) => isLast ? 1 / (1 + Math.exp(-sum)) : Math.max(0, sum),
    );
  });
  return values;
}
