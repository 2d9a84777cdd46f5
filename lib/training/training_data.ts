/** The pairs of a training, checked, and those held back for its validation. */

import * as tf from "@tensorflow/tfjs";
import { checksum } from "./batches.ts";
import type { FitOptions } from "./fit_options.ts";
import { shapeOf } from "./model_checks.ts";
import { countInputs, countPairs, countTargets } from "./data_checks.ts";

/**
 * The noisy images of a training: the same in each epoch, or what a function
 * gives for each, epochs counted from 1.
 */
export type NoisyImages =
  | Float32Array
  | ((epoch: number) => Float32Array | Promise<Float32Array>);

/** What a training learns from. */
export interface TrainingData {
  /** Pairs in an epoch. */
  count: number;
  /** The noisy images of an epoch, checked. */
  inputsOf(epoch: number): Promise<Float32Array>;
  clean: Float32Array;
  validation?: [noisy: Float32Array, clean: Float32Array];
  /** Tells this data from other data. */
  checksum(): number;
}

/**
 * Makes a training's data of what `fit` was given.
 *
 * @throws {RangeError} when arrays do not fit the model or each other, or hold
 * values that cannot be right.
 * @throws {TypeError} when they are no Float32Arrays.
 */
export function trainingData(
  model: tf.LayersModel,
  [noisy, clean]: [NoisyImages, Float32Array],
  { validationData, validationSplit }: FitOptions,
): TrainingData {
  if (validationData) {
    countPairs(model, validationData, {
      noisy: "noisy images of validationData",
      clean: "clean images of validationData",
    });
  }
  if (typeof noisy === "function") {
    if (validationSplit !== undefined) {
      throw new RangeError(
        `Cannot use validationSplit "${validationSplit}" with a function as ` +
          `noisy images: it would make other validation images in each epoch; ` +
          `give validationData`,
      );
    }
    return fromFunction(model, noisy, { clean, validation: validationData });
  }
  const all = countPairs(model, [noisy, clean]);
  const count = validationSplit === undefined
    ? all
    : Math.floor(all * (1 - validationSplit)); // as Keras and tfjs
  if (count === 0 || validationSplit !== undefined && count === all) {
    throw new RangeError(
      `Cannot use validationSplit "${validationSplit}" of ${all} pairs: it ` +
        `leaves none for ${count ? "validation" : "training"}`,
    );
  }
  const [inputs, targets] = [
    split(noisy, { at: count, of: model.inputs[0] }),
    split(clean, { at: count, of: model.outputs[0] }),
  ];
  return {
    count,
    inputsOf: () => Promise.resolve(inputs.first),
    clean: targets.first,
    validation: count < all ? [inputs.last, targets.last] : validationData,
    checksum: () => checksum(clean, noisy, ...validationData ?? []),
  };
}

function fromFunction(
  model: tf.LayersModel,
  noisy: (epoch: number) => Float32Array | Promise<Float32Array>,
  { clean, validation }: Pick<TrainingData, "clean" | "validation">,
): TrainingData {
  const count = countTargets(model, clean);
  const inputsOf = async (epoch: number) => {
    const inputs = await noisy(epoch);
    const what = `noisy images of epoch ${epoch}`;
    const given = countInputs(model, inputs, { what, trains: true });
    if (given === count) return inputs;
    throw new RangeError(
      `Cannot pair "${given}" ${what} with ${count} targets: each noisy image ` +
        `needs its own clean one`,
    );
  };
  const sum = () => checksum(clean, ...validation ?? []);
  return { count, inputsOf, clean, validation, checksum: sum };
}

/** Views of the images before a place, and of those from there on. */
function split(
  images: Float32Array,
  { at, of }: { at: number; of: tf.SymbolicTensor },
) {
  const place = at * tf.util.sizeFromShape(shapeOf(of));
  return { first: images.subarray(0, place), last: images.subarray(place) };
}
