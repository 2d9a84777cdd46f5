/** Callbacks as tfjs's `model.fit` takes them. */

import type * as tf from "@tensorflow/tfjs";
import { checkOptions, meantBy } from "../errors/options.ts";

/** The methods that a callback may have, as tfjs names them. */
const EVENTS = [
  ...["onTrainBegin", "onTrainEnd", "onEpochBegin", "onEpochEnd"] as const,
  ...["onBatchBegin", "onBatchEnd"] as const,
];
type EventName = typeof EVENTS[number];

type Listener = Record<string, unknown>;

/** What a callback may ask of a training. */
interface Params {
  epochs: number;
  batchSize: number;
  samples: number;
  doValidation: boolean;
  metrics: string[];
}

/** Calls the callbacks of a training, one after the other. */
export class Callbacks {
  readonly #listeners: Listener[];

  /**
   * @throws {TypeError} when one is none, or has a function that `fit` would
   * never call.
   */
  constructor(callbacks: tf.ModelFitArgs["callbacks"] = []) {
    this.#listeners = [callbacks].flat() as unknown as Listener[];
    for (const listener of this.#listeners) check(listener);
  }

  /**
   * Checks that each callback watches a number that it will receive; tfjs would
   * train to the end, and only print a warning after each epoch.
   *
   * @throws {RangeError} when there is no number of that name.
   */
  checkMonitors(known: string[]) {
    for (const { monitor } of this.#listeners) {
      if (typeof monitor !== "string" || known.includes(monitor)) continue;
      const meant = meantBy(monitor, known);
      const isUnvalidated = known.includes(monitor.replace(/^val_/, ""));
      throw new RangeError(
        `Cannot watch "${monitor}" in a callback: this training tells of ` +
          `${new Intl.ListFormat("en").format(known)}` +
          (isUnvalidated
            ? `; give validationData or a validationSplit too`
            : meant
            ? `; use "${meant}"`
            : ""),
      );
    }
  }

  /** Tells each of the model, and that a training begins. */
  async begin(model: tf.LayersModel, params: Params) {
    for (const listener of this.#listeners) {
      call(listener, "setParams", { initialEpoch: 0, verbose: 0, ...params });
      call(listener, "setModel", model);
    }
    await this.tell("onTrainBegin", {});
  }

  /** Tells of a moment, which has a number if it is one of a batch or an epoch. */
  async tell(moment: EventName, logs: tf.Logs, index?: number) {
    for (const listener of this.#listeners) {
      const given = index === undefined ? [logs] : [index, logs];
      await call(listener, moment, ...given);
    }
  }
}

function call(listener: Listener, name: string, ...given: unknown[]): unknown {
  const does = listener[name];
  return typeof does === "function" ? does.apply(listener, given) : undefined;
}

function check(listener: Listener) {
  if (typeof listener !== "object" || listener === null) {
    throw new TypeError(
      `Cannot use "${String(listener)}" as a callback: write an object of ` +
        `functions, such as { onEpochEnd: (epoch, logs) => … }`,
    );
  }
  // Those of tfjs are of a class and may have more.
  if (typeof listener.setModel === "function") return;
  checkOptions("callbacks", listener, EVENTS);
  for (const [name, does] of Object.entries(listener)) {
    if (does === undefined || typeof does === "function") continue;
    throw new TypeError(
      `Cannot use "${does}" as the callback ${name}: it is no function`,
    );
  }
}
