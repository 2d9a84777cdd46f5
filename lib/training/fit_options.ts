/** The options of `fit`, and their checks. */

import type * as tf from "@tensorflow/tfjs";
import { checkPath } from "../data/files.ts";
import { inWords } from "../errors/in_words.ts";
import { checkOptions } from "../errors/options.ts";
import type { BatchEvent, EpochEvent, TrainingWatch } from "./events.ts";

/** Options of `fit`, named as in Keras. */
export interface FitOptions {
  epochs?: number;
  batchSize?: number;
  /** Take the images in a new order each epoch. */
  shuffle?: boolean;
  validationData?: [noisy: Float32Array, clean: Float32Array];
  /**
   * The part of the pairs, such as 0.1, that is validation data instead: the last
   * ones, taken away before the rest is shuffled.
   */
  validationSplit?: number;
  /** Of the order of the images; the same seed gives the same bits. */
  seed?: number;
  /** Ends training after the current batch, as Stop does, with an AbortError. */
  signal?: AbortSignal;
  /** Shows the training; `watchTraining` and `watchProgress` make one. */
  watch?: TrainingWatch;
  /**
   * Folder where the training is saved after each epoch, each minute and
   * when it is stopped, until it is done. It goes on from there with the same
   * settings, and with as many epochs as you like, from the one under way up.
   */
  checkpoint?: string;
  /** Go on where that folder's training was, or else start anew; true. */
  resume?: boolean;
  onBatch?: (event: BatchEvent) => void | Promise<void>;
  /**
   * Of an epoch trained before the training went on, `isPast` is true: then the
   * model is not as it was at that epoch's end.
   */
  onEpoch?: (
    event: EpochEvent,
    epoch: { isPast: boolean },
  ) => void | Promise<void>;
  /**
   * As those of tfjs's `model.fit`: epochs and batches are counted from 0, and
   * logs hold `loss`, `val_loss` and the metrics, such as `acc` and `val_acc`.
   */
  callbacks?: tf.ModelFitArgs["callbacks"];
}

/** Which images are trained, in which order. */
export type Schedule = Required<
  Pick<FitOptions, "epochs" | "batchSize" | "shuffle" | "seed">
>;

/** The schedule of a training, with defaults where nothing is asked for. */
export function scheduleOf(
  { epochs = 1, batchSize = 32, shuffle = true, seed = 0 }: FitOptions,
): Schedule {
  return { epochs, batchSize, shuffle, seed };
}

const KNOWN = [
  ...["epochs", "batchSize", "shuffle", "validationData", "validationSplit"],
  ...["seed", "signal", "watch", "checkpoint", "resume", "onBatch", "onEpoch"],
  "callbacks",
];

/** Larger seeds would leave no bits for the number of the epoch. */
const MOST_SEED = 2 ** 32;

const KINDS: [keyof FitOptions, (value: unknown) => boolean, string][] = [
  ["epochs", isCount, "not a whole number from 1 up"],
  ["batchSize", isCount, "not a whole number from 1 up"],
  [
    "seed",
    (seed) => Number.isFinite(seed) && Math.abs(seed as number) <= MOST_SEED,
    "not a number between -2^32 and 2^32",
  ],
  ["shuffle", isBoolean, "neither true nor false"],
  ["resume", isBoolean, "neither true nor false"],
  [
    "validationSplit",
    (part) => typeof part === "number" && part > 0 && part < 1,
    "not a number between 0 and 1, such as 0.1",
  ],
  [
    "validationData",
    (pair) => Array.isArray(pair) && pair.length === 2,
    "not two arrays, as in [noisy, clean]",
  ],
  [
    "signal",
    (signal) => isBoolean((signal as AbortSignal | null)?.aborted),
    "no AbortSignal, as the signal of an AbortController is",
  ],
  [
    "watch",
    (watch) => isFunction((watch as TrainingWatch | null)?.begin),
    "not what watchTraining gives",
  ],
  ["onBatch", isFunction, "no function"],
  ["onEpoch", isFunction, "no function"],
];

/**
 * Looks whether `fit` can follow these options.
 *
 * @throws {TypeError} for an option that it does not know, or no path.
 * @throws {RangeError} for a value that cannot be right.
 */
export function checkFitOptions(options: FitOptions) {
  checkOptions("fit", options, KNOWN);
  for (const [name, isRight, state] of KINDS) {
    const value = options[name];
    if (value === undefined || isRight(value)) continue;
    throw new RangeError(
      `Cannot train with ${name} "${shown(value)}": ` +
        (typeof value === "string" ? `text, and ${state}` : state),
    );
  }
  if (options.checkpoint !== undefined) {
    checkPath("train with checkpoint", options.checkpoint, "folder");
  }
  if (options.validationData && options.validationSplit !== undefined) {
    throw new RangeError(
      `Cannot train with validationSplit "${options.validationSplit}": there ` +
        `is validationData too; leave one of them out`,
    );
  }
}

/** Arrays of many numbers are not shown in full. */
function shown(value: unknown): string {
  return typeof value === "object" ? inWords(value) : String(value);
}

/** Whether this may be a number of images or epochs. */
export function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && value as number >= 1;
}

function isBoolean(value: unknown): boolean {
  return typeof value === "boolean";
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}
