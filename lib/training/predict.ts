import * as tf from "@tensorflow/tfjs";
import { slice, yieldsRegularly } from "./batches.ts";
import { isCount } from "./fit_options.ts";
import { withSize } from "../data/images.ts";
import { checkBackend, checkModel, shapeOf } from "./model_checks.ts";
import { checkOptions } from "../errors/options.ts";
import { countInputs } from "./data_checks.ts";

/**
 * The model's answers to inputs, such as noisy images: flat, as many numbers as the
 * model gives. The model need not be compiled.
 *
 * @example
 * ```ts
 * const denoised = await predict(model, test.noisy);
 * ```
 *
 * @throws {RangeError} when the model has no fixed size or more than one input or
 * output, or the array holds no whole number of images, or bytes.
 * @throws {TypeError} when they are no model and no Float32Array, or for an option
 * that it does not know.
 */
export async function predict(
  model: tf.LayersModel,
  inputs: Float32Array,
  options: { batchSize?: number } = {},
): Promise<Float32Array> {
  checkOptions("predict", options, ["batchSize"]);
  const { batchSize = 500 } = options;
  if (!isCount(batchSize)) {
    throw new RangeError(
      `Cannot predict with batchSize "${batchSize}": not a whole number from 1 up`,
    );
  }
  checkModel(model, "predict");
  checkBackend("predict");
  const count = countInputs(model, inputs);
  const size = tf.util.sizeFromShape(shapeOf(model.outputs[0]));
  const output = new Float32Array(count * size);
  const yieldNow = yieldsRegularly();
  for (let first = 0; first < count; first += batchSize) {
    const answer = tf.tidy(() =>
      model.predict(
        slice(inputs, {
          first,
          count: batchSize,
          shape: shapeOf(model.inputs[0]),
        }),
      ) as tf.Tensor
    );
    output.set(await answer.data(), first * size);
    answer.dispose();
    await yieldNow();
  }
  // Of other channels it is what a layer within a network makes.
  const [height, width, channels, ...more] = shapeOf(model.outputs[0]);
  const isPictures = more.length === 0 && (channels === 1 || channels === 3);
  return isPictures ? withSize(output, { height, width, channels }) : output;
}

/**
 * Means of the model's loss and metrics over all pairs, or nothing when stopped
 * on the way.
 */
export async function evaluate(
  model: tf.LayersModel,
  [noisy, clean]: [noisy: Float32Array, clean: Float32Array],
  { batchSize = 500, signal }: { batchSize?: number; signal?: AbortSignal },
): Promise<number[]> {
  const count = countInputs(model, noisy);
  const yieldNow = yieldsRegularly();
  const sums: number[] = [];
  for (let first = 0; first < count; first += batchSize) {
    if (signal?.aborted) return [];
    const images = Math.min(batchSize, count - first);
    const values = [tf.tidy(() => {
      const part = { first, count: images };
      const x = slice(noisy, { ...part, shape: shapeOf(model.inputs[0]) });
      const y = slice(clean, { ...part, shape: shapeOf(model.outputs[0]) });
      return model.evaluate(x, y, { batchSize: images });
    })].flat();
    for (const [i, value] of values.entries()) {
      sums[i] = (sums[i] ?? 0) + images * (await value.data())[0];
      value.dispose();
    }
    await yieldNow();
  }
  return sums.map((sum) => sum / count);
}
