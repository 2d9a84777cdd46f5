/** What a training is given, checked before its first step. */

import * as tf from "@tensorflow/tfjs";
import {
  countPictures,
  knownSize,
  MAX_VALUE,
  readSize,
  type Size,
  textOf,
  wayOutOf,
} from "../data/images.ts";
import { inWords } from "../errors/in_words.ts";
import { mean, psnr } from "../scores/metrics.ts";
import { lossName, needsProbabilities, shapeOf } from "./model_checks.ts";
import { whyOtherSize } from "./picture_sizes.ts";

/** Probabilities may leave [0, 1] by what rounding does. */
const ROUNDING = 1e-4;

/**
 * How many images of the model's input an array holds. `what` names them in
 * errors; with `trains` they are looked at more closely.
 *
 * @throws {RangeError} when it holds no whole number of them, or numbers that
 * cannot be right.
 * @throws {TypeError} when it is no Float32Array.
 */
export function countInputs(
  model: tf.LayersModel,
  images: Float32Array,
  { what = "images", trains = false } = {},
): number {
  checkArray(what, images);
  const shape = shapeOf(model.inputs[0]);
  const size = tf.util.sizeFromShape(shape);
  const count = images.length / size;
  if (!Number.isInteger(count) || count === 0) {
    throw new RangeError(
      `Cannot use "${images.length}" numbers as ${what}: the model takes ` +
        `${
          sizes(shape)
        }, ${size} numbers each, and that is no whole number of ` +
        `them`,
    );
  }
  checkKnownSize(what, images, { shape, verb: "takes" });
  const embedding = embeddingOf(model);
  if (embedding) checkIndices(what, images, embedding);
  else {checkValues(what, images, {
      ...{ low: -MAX_VALUE, high: MAX_VALUE },
      need: trains
        ? `fit takes inputs from -${MAX_VALUE} to ${MAX_VALUE}; scale them first`
        : undefined,
    });}
  return count;
}

/**
 * How many targets of the model an array holds.
 *
 * @throws {RangeError} when it holds no whole number of them, or numbers that
 * cannot be right for the model's loss.
 * @throws {TypeError} when it is no Float32Array.
 */
export function countTargets(
  model: tf.LayersModel,
  targets: Float32Array,
  { what = "clean images", images }: {
    what?: string;
    /** How many images there are, where that is known. */
    images?: number;
  } = {},
): number {
  const shape = shapeOf(model.outputs[0]);
  const size = tf.util.sizeFromShape(shape);
  if (size > 1 && isLabels(targets, { images, shape })) {
    throw new TypeError(
      `Cannot use "${targets.length}" labels as ${what}: the model answers ` +
        `with ${size} numbers for each image; give oneHot(labels)`,
    );
  }
  checkArray(what, targets);
  const count = targets.length / size;
  if (!Number.isInteger(count) || count === 0 || count !== (images ?? count)) {
    const counted = images === undefined
      ? `Cannot use "${targets.length}" numbers as ${what}`
      : `Cannot pair "${images}" images with ${targets.length} numbers as ${what}`;
    throw new RangeError(
      `${counted}: ${whyNotPaired(model, targets, images)}`,
    );
  }
  checkKnownSize(what, targets, { shape, verb: "makes" });
  checkValues(
    what,
    targets,
    needsProbabilities(model)
      ? {
        ...{ low: -ROUNDING, high: 1 + ROUNDING },
        need:
          `the loss "${lossName(model)}" is for targets from 0 to 1; scale ` +
          `them, or compile the model with "meanSquaredError"`,
      }
      : {
        ...{ low: -MAX_VALUE, high: MAX_VALUE },
        need:
          `fit takes targets from -${MAX_VALUE} to ${MAX_VALUE}; scale them first`,
      },
  );
  return count;
}

/**
 * How many pairs two arrays hold.
 *
 * @throws {RangeError} when lengths do not fit, or values cannot be right.
 * @throws {TypeError} when one is no Float32Array.
 */
export function countPairs(
  model: tf.LayersModel,
  [inputs, targets]: [Float32Array, Float32Array],
  { noisy = "noisy images", clean = "clean images" } = {},
): number {
  const images = countInputs(model, inputs, { what: noisy, trains: true });
  return countTargets(model, targets, { what: clean, images });
}

function whyNotPaired(
  model: tf.LayersModel,
  targets: Float32Array,
  images?: number,
): string {
  const [taken, given] = [model.inputs[0], model.outputs[0]].map(shapeOf);
  const size = tf.util.sizeFromShape(given);
  const pictures = targets.length / tf.util.sizeFromShape(taken);
  const isOfInputs = pictures === (images ?? Math.floor(pictures));
  const why = isOfInputs && whyOtherSize(model);
  return `the model makes ${sizes(given)} of ${sizes(taken)}, ` +
    (why
      ? `since ${why}`
      : `so they are ${
        Number((targets.length / size).toFixed(2))
      } targets of ${size} numbers each; each noisy image needs its own clean one`);
}

/** Whether these are numbers of classes, one for each image. */
function isLabels(
  values: Float32Array,
  { images, shape }: { images?: number; shape: number[] },
): boolean {
  const isList = ArrayBuffer.isView(values) || Array.isArray(values);
  if (!isList || values.length === 0 || shape.length !== 1) return false;
  const isWhole = Number.isInteger(values[0]);
  return isWhole && (values.length === images ||
    images === undefined && !(values instanceof Float32Array));
}

/** Pictures of another size may have a number of pixels that divides, too. */
function checkKnownSize(
  what: string,
  images: Float32Array,
  { shape, verb }: { shape: number[]; verb: "takes" | "makes" },
) {
  const size = knownSize(images);
  if (!size) return;
  const { height, width, channels } = size;
  const length = tf.util.sizeFromShape(shape);
  const isCut = length % (height * width * channels) !== 0;
  const isTurned = shape.length === 3 &&
    length === height * width * channels &&
    !tf.util.arraysEqual(shape, [height, width, channels]);
  if (!isCut && !isTurned) return;
  throw new RangeError(
    `Cannot use images of "${textOf(size)}" as ${what}: the model ${verb} ` +
      `${sizes(shape)}; load them in that size, or build the model for theirs`,
  );
}

function sizes(shape: number[]): string {
  return shape.length === 1
    ? `rows of ${shape[0]}`
    : `images of ${shape.join(" x ")}`;
}

/** Cells of a notebook are run with their types unchecked. */
function checkArray(what: string, values: unknown) {
  if (values instanceof Float32Array) return;
  throw new TypeError(
    `Cannot use "${inWords(values)}" as ${what}: ${wayOutOf(values)}`,
  );
}

function checkValues(
  what: string,
  values: Float32Array,
  { low, high, need }: { low: number; high: number; need?: string },
) {
  const outside = firstOutside(values, { low, high });
  if (outside < 0) return;
  const refuse = (i: number, state: string) =>
    new RangeError(
      `Cannot use "${values[i]}" (number ${i}) in the ${what}: ${state}`,
    );
  const broken = firstOutside(values, {
    ...{ low: -Number.MAX_VALUE, high: Number.MAX_VALUE },
  });
  if (broken >= 0) throw refuse(broken, "it is no finite number");
  const isBytes = firstOutside(values, { low: 0, high: 255 }) < 0 &&
    firstOutside(values, { low: -MAX_VALUE, high: MAX_VALUE }) >= 0 &&
    values.every(Number.isInteger);
  if (isBytes) {
    throw refuse(
      outside,
      "all are whole numbers up to 255, as bytes are; divide them by 255",
    );
  }
  if (need) throw refuse(outside, need);
}

/** The layer that looks up a row for each number of the model's input, if one does. */
function embeddingOf(model: tf.LayersModel): tf.layers.Layer | undefined {
  const [input] = model.inputs;
  return model.layers.find((layer) =>
    layer.getClassName() === "Embedding" &&
    layer.inboundNodes.some((node) => node.inputTensors.includes(input))
  );
}

function checkIndices(
  what: string,
  values: Float32Array,
  embedding: tf.layers.Layer,
) {
  const rows = embedding.getConfig().inputDim as number;
  const outside = values.findIndex((value) =>
    !(Number.isInteger(value) && value >= 0 && value < rows)
  );
  if (outside < 0) return;
  throw new RangeError(
    `Cannot use "${values[outside]}" (number ${outside}) in the ${what}: the ` +
      `layer "${embedding.name}" takes whole numbers from 0 to ${rows - 1}`,
  );
}

/** Index of the first value below `low`, above `high` or NaN, or else -1. */
function firstOutside(
  values: Float32Array,
  { low, high }: { low: number; high: number },
): number {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!(value >= low && value <= high)) return i;
  }
  return -1;
}

/**
 * Checks that a denoiser is about to learn the right thing: its targets are the
 * clean images, and its inputs are as noisy as they should be.
 *
 * @example
 * ```ts
 * checkPair(noisy, clean, { clean, psnr: 9.4 }); // noise factor 0.5
 * ```
 *
 * @throws {RangeError} that says which of the two is wrong.
 * @throws {TypeError} when one is no Float32Array, or no PSNR is given.
 */
export function checkPair(
  input: Float32Array,
  target: Float32Array,
  options: Partial<Size> & {
    clean: Float32Array;
    /** Mean PSNR in dB of input against target, and how far off it may be. */
    psnr: number;
    within?: number;
  },
) {
  const size = readSize("checkPair", options, {
    images: [target, input],
    others: ["clean", "psnr", "within"],
  });
  const { clean, psnr: expected, within = 0.2 } = options;
  for (const [name, value] of Object.entries({ psnr: expected, within })) {
    if (!Number.isFinite(value)) {
      throw new TypeError(
        `Cannot check this "pair": ${name} is ${value}; give decibels, such as ` +
          `{ clean, psnr: 9.4 }`,
      );
    }
  }
  const count = countPictures("check the clean images", clean, size);
  const targets = countPictures("check the target", target, size);
  if (targets !== count) {
    throw new RangeError(
      `Cannot train on this "pair": there are ${targets} targets, and ${count} ` +
        `clean images`,
    );
  }
  const differs = target.findIndex((value, i) => value !== clean[i]);
  if (differs >= 0) {
    const isSwapped = input instanceof Float32Array &&
      input.length === clean.length && input.every((v, i) => v === clean[i]);
    throw new RangeError(
      'Cannot train on this "pair": the target is not the clean images; ' +
        (isSwapped
          ? "it is swapped with the input"
          : `number ${differs} is ${target[differs]}, not ${clean[differs]}`),
    );
  }
  const actual = mean(psnr(target, input, size));
  if (!(Math.abs(actual - expected) <= within)) {
    throw new RangeError(
      `Cannot train on this "pair": the input's PSNR is ` +
        `${actual.toFixed(1)} dB, not ${expected}; is its noise right?`,
    );
  }
}
