/** Where a training stands. */

import type { EpochEvent } from "./events.ts";

/** What must be the same for a training to go on. */
export interface TrainingSettings {
  batchSize: number;
  shuffle: boolean;
  seed: number;
  /** Pairs of images, and a checksum over them and those of validation. */
  count: number;
  data: number;
  /** Each setting of each layer on its own line, seeds of the first weights included. */
  network: string;
  /** Its class with all its settings but the rate, and the name of the loss. */
  optimizer: string;
  loss: string;
  /** The name of tfjs's: others compute other bits. */
  backend: string;
  /** Their names, with commas between them. */
  metrics: string;
}

/** How far a training is. */
export interface TrainingState {
  /** The epoch under way, from 1. */
  epoch: number;
  /** Its images so far, and the sums of their losses and of each metric. */
  seen: number;
  sums: number[];
  /** That it has taken so far, until the last save. */
  seconds: number;
  /** The optimizer's rate at the start and now: a callback may have changed it. */
  rates: [first: number, last: number];
  /** Points of the training curve: epochs done, and the mean loss since the point before. */
  curve: [epochs: number, loss: number][];
  /** The sum of the losses of the epoch's images since its last point. */
  sumSincePoint: number;
  /** The epochs before. */
  history: EpochEvent[];
}
