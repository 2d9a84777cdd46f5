/** Names of a compiled model's metrics, in tfjs's words and in those of `fit`. */

import type * as tf from "@tensorflow/tfjs";
import { innerModel } from "../backend/internals/layers.ts";

/** Names that events use themselves. */
const RESERVED_NAMES = [
  ...["epoch", "epochs", "batch", "batches", "batchLoss", "loss", "valLoss"],
  ...["seconds", "elapsed", "size"],
];

/**
 * Names of the numbers that a step gives after the loss, as `acc`.
 *
 * @throws {RangeError} when one would take the place of another number.
 */
export function metricNames(model: tf.LayersModel): string[] {
  const [, ...names] = innerModel(model).getDedupedMetricsNames();
  const all = [...RESERVED_NAMES, ...names, ...names.map(valName)];
  const twice = names.find((name) =>
    name === "" || all.indexOf(name) !== all.lastIndexOf(name)
  );
  if (twice === undefined) return names;
  throw new RangeError(
    `Cannot train with the metric "${twice}": ` +
      (twice ? `fit tells something else by that name` : `it has no name`) +
      `; give the function another name`,
  );
}

/**
 * Looks whether a model still has the metrics with which its training began.
 *
 * @throws {RangeError} when it has been compiled with others since.
 */
export function checkSameMetrics(model: tf.LayersModel, metrics: string[]) {
  const [before, now] = [metrics, metricNames(model)]
    .map((names) => names.join(", ") || "none");
  if (before === now) return;
  throw new RangeError(
    `Cannot go on training "${model.name}": its metrics were ${before}, and ` +
      `are ${now} since it was compiled anew; compile it with the same ones`,
  );
}

/** The name of a metric of the validation data: `acc` is `valAcc` there. */
export function valName(name: string): string {
  return `val${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}

/** A row of the history with the names that tfjs gives callbacks: `acc`, `val_acc`. */
export function logsOf(
  row: Record<string, number>,
  { metrics, validates }: { metrics: string[]; validates: boolean },
): tf.Logs {
  const logs: tf.Logs = {};
  for (const name of ["loss", ...metrics]) {
    logs[name] = row[name];
    if (validates) logs[`val_${name}`] = row[valName(name)];
  }
  return logs;
}
