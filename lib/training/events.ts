/** The events of a training. */

import type { TrainingEnd } from "../drawing/training_figure.ts";

export type { TrainingEnd };

/** The event after each batch. */
export interface BatchEvent {
  /** From 1. */
  epoch: number;
  epochs: number;
  /** From 1. */
  batch: number;
  batches: number;
  /** Loss of this batch, and the mean of the epoch so far. */
  batchLoss: number;
  loss: number;
  /** Milliseconds since `fit` began. */
  elapsed: number;
  /** Each metric of the compiled model by its name, the mean of the epoch so far. */
  [metric: string]: number;
}

/** The event after each epoch. */
export interface EpochEvent {
  /** From 1. */
  epoch: number;
  /** Mean training loss over the epoch's batches, while the weights moved. */
  loss: number;
  /** Loss on the validation data at the end of the epoch; NaN without any. */
  valLoss: number;
  /** Seconds it took, validation included. */
  seconds: number;
  /**
   * Each metric of the compiled model by its name, as `acc`, and that of the
   * validation data, as `valAcc`; NaN without any.
   */
  [metric: string]: number;
}

/** The event when a training begins, or goes on after a stop. */
export interface TrainingStart {
  epochs: number;
  /** Batches in an epoch. */
  batches: number;
  /** The name of the loss that the model was compiled with. */
  loss: string;
  /** Steps made before, and ms that they took. */
  step: number;
  elapsed: number;
  /** Whether it is saved, so that it can go on after a stop. */
  isSaved: boolean;
  /**
   * Points of the training curve: epochs done, as 1.5, and the mean loss of the
   * images since the point before. It grows as one trains.
   */
  curve: [epochs: number, loss: number][];
  /** The rows of the epochs; they grow as well. */
  history: EpochEvent[];
}

/** Who shows a training while it runs; `watchTraining` makes one. */
export interface TrainingWatch {
  begin(start: TrainingStart): Promise<void>;
  batch(event: BatchEvent): Promise<void>;
  epoch(event: EpochEvent): Promise<void>;
  end(end: TrainingEnd): Promise<void>;
}
