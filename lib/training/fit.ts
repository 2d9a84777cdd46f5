import type * as tf from "@tensorflow/tfjs";
import type { EpochEvent } from "./events.ts";
import { checkFitOptions, type FitOptions } from "./fit_options.ts";
import { stopSignal } from "../notebook/notebook.ts";
import { train } from "./train.ts";
import type { NoisyImages } from "./training_data.ts";
import { watchLong } from "./watch_training.ts";

// Kept from before any cell runs, since a cell may declare this name itself.
const { AbortSignal } = globalThis;

export type { BatchEvent, EpochEvent } from "./events.ts";
export type { FitOptions } from "./fit_options.ts";
export type { NoisyImages } from "./training_data.ts";

/**
 * Trains a compiled model to answer inputs with targets, such as noisy images with
 * clean ones, and returns one row an epoch; epochs cut short have none. The arrays
 * hold n inputs and n targets of the model's shapes, one after the other; a target
 * may be an image, or a label's ten numbers. A function in place of the inputs is
 * asked for them before each epoch, so that every epoch can have new noise.
 *
 * Metrics that the model was compiled with stand in the rows and events beside
 * the loss: `acc` and, of the validation data, `valAcc`.
 *
 * With `checkpoint`, a training that was stopped or killed goes on where it was:
 * it ends with the same weights, bit for bit, as one that never stopped. (Noise
 * must then depend on nothing but the epoch's number, and dropout needs a seed;
 * `fit` warns of a layer that draws random numbers without one.) `onEpoch` and
 * `callbacks` are called again for the epochs before, although the model has moved on:
 * `onEpoch` gets `isPast`, and `saveModel` keeps what it saved at that time.
 *
 * A training that takes longer than three seconds shows in a line how far it is, if
 * `watch` shows nothing else. Stop in the notebook ends it, and so does `signal`: it
 * throws an AbortError, and is saved, so that it can go on. It is also saved when a
 * callback sets `model.stopTraining` in the middle of an epoch; at the end of an
 * epoch such a training is done.
 *
 * @example
 * ```ts
 * const history = await fit(model, noisy, clean, { epochs: 10, seed: 1 });
 * const watch = watchTraining({ floor: 0.0581, caption: "…", alt: "…" });
 * await fit(model, noisy, clean, { epochs: 10, seed: 1, watch });
 * const fresh = (epoch: number) => addNoise(clean, { random: new Random(epoch) });
 * await fit(model, fresh, clean, { epochs: 10, seed: 1 });
 * const callbacks = tf.callbacks.earlyStopping({ patience: 2 });
 * await fit(model, noisy, clean, {
 *   ...{ epochs: 50, validationSplit: 0.1, callbacks },
 * });
 * ```
 *
 * @throws {RangeError} when the model cannot be trained, the arrays do not fit it
 * or each other or hold values that cannot be right, or the training saved had
 * other settings, or another backend, or is not what `fit` writes, or the
 * optimizer cannot be saved, or a callback watches a number that `fit` does not have.
 * @throws {TypeError} when they are no model and no Float32Arrays, or for an
 * option that it does not know.
 * @throws {DOMException} named AbortError when Stop or `signal` has ended it.
 * @throws {Deno.errors.Busy} when the model is in training already, or another
 * training uses the checkpoint's folder.
 * @throws {Error} when no backend was chosen, the loss is no finite number any more,
 * or the checkpoint cannot be written; then the one before it is still there.
 */
export async function fit(
  model: tf.LayersModel,
  inputs: NoisyImages,
  targets: Float32Array,
  options: FitOptions = {},
): Promise<EpochEvent[]> {
  checkFitOptions(options);
  const { signal, watch = watchLong() } = options;
  const stop = stopSignal();
  return await train(model, inputs, targets, {
    ...options,
    watch,
    signal: signal ? AbortSignal.any([signal, stop]) : stop,
  });
}
