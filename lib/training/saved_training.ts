/** How a training is saved on its way, and how it goes on from there. */

import * as tf from "@tensorflow/tfjs";
import { setRate } from "../backend/internals/optimizers.ts";
import { noneSeen } from "./epoch.ts";
import type { EpochEvent } from "./events.ts";
import type { Schedule } from "./fit_options.ts";
import { lossName, recalling } from "./model_checks.ts";
import type { TrainingSettings, TrainingState } from "./training_state.ts";
import type { TrainingData } from "./training_data.ts";
import { networkOf, settingsOf } from "./saved_header.ts";
import type { TrainingFolder } from "./training_folder.ts";

// Kept from before any cell runs, since a cell may declare this name itself.
const { performance } = globalThis;

/** Within an epoch a training is saved so often. */
const SAVE_EVERY_MS = 60_000;

/** A training's state and clock, and the folder where it is saved, if it is. */
export class SavedTraining {
  /** Where the training stands; it goes on with every batch. */
  readonly state: TrainingState;
  #start = 0;
  #epochStart = 0;
  #lastSave = 0;

  private constructor(
    private readonly model: tf.LayersModel,
    state: TrainingState,
    private readonly settings: TrainingSettings,
    private readonly folder: TrainingFolder | undefined,
  ) {
    this.state = state;
  }

  /**
   * Goes on from what the folder has, and brings it into the model; or begins anew.
   *
   * @throws {RangeError} when the saved training has other settings, or is longer
   * than this one.
   */
  static async open(
    model: tf.LayersModel,
    { data, metrics, folder, resume, schedule: { epochs, ...schedule } }: {
      data: TrainingData;
      metrics: string[];
      folder?: TrainingFolder;
      resume?: boolean;
      schedule: Schedule;
    },
  ): Promise<SavedTraining> {
    const { optimizer, rate } = settingsOf(model.optimizer);
    const settings = {
      ...{ ...schedule, count: data.count },
      data: folder ? data.checksum() : 0,
      network: folder ? networkOf(model) : "",
      ...{ optimizer, loss: lossName(model), backend: tf.getBackend() },
      metrics: metrics.join(", "),
    };
    if (resume === false) await folder?.clear();
    const state = await folder?.restore(
      model,
      settings,
      (saved) => checkLength(epochs, saved),
    ) ?? {
      ...{ epoch: 1, ...noneSeen(metrics), seconds: 0 },
      rates: [rate, rate] satisfies TrainingState["rates"],
      ...{ curve: [], history: [] },
    };
    return new SavedTraining(model, state, settings, folder);
  }

  /**
   * Has `tell` called for each epoch that was trained before. The learning rate is
   * set back first, since a callback may change it again, epoch by epoch.
   */
  async retell(tell: (row: EpochEvent) => Promise<void>) {
    const [first, last] = this.state.rates;
    this.#setRate(first);
    await recalling(this.model, async () => {
      for (const row of this.state.history) await tell(row);
    });
    this.#setRate(last);
  }

  #setRate(rate: number) {
    const { optimizer } = this.model;
    if (settingsOf(optimizer).rate !== rate) setRate(optimizer, rate);
  }

  /** Starts the clock of the training. */
  begin() {
    this.#start = this.#lastSave = this.#epochStart = performance.now();
  }

  /** Starts the clock of an epoch, from the seconds that it took before. */
  beginEpoch() {
    this.#epochStart = performance.now() - 1000 * this.state.seconds;
  }

  /** Ms since the training began, or went on. */
  get elapsed(): number {
    return performance.now() - this.#start;
  }

  /** Seconds that the epoch has taken so far. */
  get secondsOfEpoch(): number {
    return (performance.now() - this.#epochStart) / 1000;
  }

  /** Saves, if there is a folder. */
  async save() {
    this.state.seconds = this.secondsOfEpoch;
    this.state.rates[1] = settingsOf(this.model.optimizer).rate;
    await this.folder?.save(this.model, this.settings, this.state);
    this.#lastSave = performance.now();
  }

  /** Saves, if the last time is a minute ago. */
  async saveInTime() {
    if (performance.now() - this.#lastSave > SAVE_EVERY_MS) await this.save();
  }
}

/** A training cannot be made shorter than it is. */
function checkLength(epochs: number, { epoch, seen }: TrainingState) {
  if (epoch <= epochs || epoch === epochs + 1 && seen === 0) return;
  throw new RangeError(
    `Cannot train ${epochs} epochs: the training saved is in epoch ${epoch} ` +
      `already; ask for ${epoch} or more, or train anew with resume: false`,
  );
}
