/**
 * Every gradient against central differences. tfjs's own suite compares most
 * gradients with numbers that tfjs once gave; wrong ones pass it.
 */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { type GradientCase, gradientCases } from "./gradient_cases.ts";
import { randomGradientCases } from "./random_gradients.ts";

/** Of the inputs; differences in float32 are then good to about 1e-3. */
const STEP = 0.01;
/** A wrong gradient is off by several percent at least. */
const TOLERANCE = 5e-3;

/**
 * Inputs whose numbers all differ by more than two steps, so that no largest
 * of a window changes on the way; shuffled in a fixed way.
 */
function inputsOf({ shapes, low = -1, high = 1 }: GradientCase): tf.Tensor[] {
  return shapes.map((shape, input) => {
    const size = tf.util.sizeFromShape(shape);
    // The golden ratio's multiples modulo 1 are spread as evenly as can be.
    const values = Float32Array.from({ length: size }, (_, i) => {
      return low + (high - low) * ((i + 1 + 0.37 * input) * 0.6180339887 % 1);
    });
    return tf.tensor(values, shape);
  });
}

/** A fixed weight for every number of a tensor, so that one loss is made of them all. */
const weightsOf = ({ size, shape }: tf.Tensor) =>
  tf.sin(tf.range(1, size + 1)).reshape(shape);

/**
 * The gradients by all inputs, as one list of numbers: its own gradient is a second
 * derivative. The loss is not linear in the operation's outputs y, nor in their roots.
 */
function differentiated(test: GradientCase): GradientCase {
  const loss = (...xs: tf.Tensor[]) => {
    const y = test.operation(...xs);
    return tf.sum(tf.mul(tf.mul(y, tf.add(y, 1)), weightsOf(y))) as tf.Scalar;
  };
  const operation = (...xs: tf.Tensor[]) =>
    tf.concat(tf.grads(loss)(xs).map((gradient) => gradient.flatten()));
  return { ...test, operation };
}

/** Relative distance of the gradient from differences, over all inputs. */
function gradientError(test: GradientCase): number {
  const inputs = inputsOf(test);
  const weights = weightsOf(test.operation(...inputs));
  const loss = (...xs: tf.Tensor[]) =>
    tf.sum(tf.mul(test.operation(...xs), weights)) as tf.Scalar;
  const lossOf = (i: number, x: tf.Tensor) => {
    const value = test.operation(...inputs.with(i, x));
    // Summed in float64: the difference of two losses is small.
    const numbers = value.dataSync<"float32">();
    const w = weights.dataSync<"float32">();
    return numbers.reduce((sum, number, k) => sum + number * w[k], 0);
  };
  let wrong = 0, whole = 0;
  tf.grads(loss)(inputs).forEach((gradient, i) => {
    const exact = gradient.dataSync<"float32">();
    const x = inputs[i].dataSync<"float32">();
    // Up to 40 numbers of each input, evenly spread.
    for (let k = 0; k < x.length; k += Math.ceil(x.length / 40)) {
      const moved = (by: number) =>
        lossOf(
          i,
          tf.tensor(x.map((v, j) => j === k ? v + by : v), inputs[i].shape),
        );
      const difference = (moved(STEP) - moved(-STEP)) / (2 * STEP);
      wrong += (exact[k] - difference) ** 2;
      whole += difference ** 2;
    }
  });
  return Math.sqrt(wrong / Math.max(whole, 1e-6));
}

function wrongOnes(cases: GradientCase[]): string[] {
  return cases.flatMap((test) => {
    try {
      const error = tf.tidy(() => gradientError(test));
      return error < TOLERANCE ? [] : [`${test.name}: off by ${error}`];
    } catch (error) {
      return [`${test.name}: ${error}`];
    }
  });
}

const twice = gradientCases.filter(({ isOnceOnly }) => !isOnceOnly);

for (const backend of ["wasm-threads", "cpu"] as const) {
  Deno.test(`${gradientCases.length} gradients equal differences on ${backend}`, async () => {
    await useBackend(backend);
    assert.deepEqual(wrongOnes(gradientCases), []);
  });

  Deno.test(`${twice.length} gradients of gradients equal differences on ${backend}`, async () => {
    await useBackend(backend);
    assert.deepEqual(wrongOnes(twice.map(differentiated)), []);
  });

  Deno.test(`gradients of random shapes equal differences on ${backend}`, async () => {
    await useBackend(backend);
    const cases = randomGradientCases(80);
    assert.ok(cases.length > 400);
    assert.deepEqual(wrongOnes(cases), []);
    assert.deepEqual(wrongOnes(cases.map(differentiated)), []);
  });
}
