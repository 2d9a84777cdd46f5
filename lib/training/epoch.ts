/** One epoch, batch by batch. */

import * as tf from "@tensorflow/tfjs";
import { gather, orderOf } from "./batches.ts";
import { brokenLoss } from "./broken_loss.ts";
import type { Callbacks } from "./callbacks.ts";
import type { Schedule } from "./fit_options.ts";
import { checkSameMetrics } from "./metric_names.ts";
import { checkFunctions, shapeOf } from "./model_checks.ts";
import type { TrainingState } from "./training_state.ts";
import type { TrainingData } from "./training_data.ts";
import { lastPoint } from "./curve.ts";

/** What an epoch needs. */
export interface Epoch {
  model: tf.LayersModel;
  data: TrainingData;
  /** It goes on with every batch. */
  state: TrainingState;
  /** Names of the model's metrics. */
  metrics: string[];
  callbacks: Callbacks;
  schedule: Schedule;
  /** Whether the next batch is still to be trained. */
  isWanted: () => boolean;
}

/** A batch that was trained. */
export interface Batch {
  /** From 1, of so many. */
  batch: number;
  batches: number;
  /** Its images. */
  size: number;
  loss: number;
  /** Its metrics, in the order of their names. */
  values: number[];
}

/** The part of a state that begins anew with each epoch. */
export function noneSeen(
  metrics: string[],
): Pick<TrainingState, "seen" | "sums" | "sumSincePoint"> {
  return { seen: 0, sums: [0, ...metrics.map(() => 0)], sumSincePoint: 0 };
}

/** The mean loss and metrics of an epoch so far. */
export function meansOf({ sums, seen }: TrainingState, metrics: string[]) {
  const means: Record<string, number> = {};
  metrics.forEach((name, i) => means[name] = sums[i + 1] / seen);
  return { loss: sums[0] / seen, ...means };
}

/**
 * Trains the batches of an epoch that are left, one after the other, and gives each
 * when it is trained.
 *
 * @throws {Error} when the loss is not finite any more.
 */
export async function* batchesOf(
  { model, data, state, metrics, callbacks, schedule, isWanted }: Epoch,
): AsyncGenerator<Batch> {
  const { batchSize } = schedule;
  const { count, clean } = data, { epoch } = state;
  const batches = Math.ceil(count / batchSize);
  const inputs = await data.inputsOf(epoch);
  const order = orderOf(count, { ...schedule, epoch });
  await callbacks.tell("onEpochBegin", {}, epoch - 1);
  while (state.seen < count && isWanted()) {
    const indices = order.subarray(state.seen, state.seen + batchSize);
    const size = indices.length;
    const batch = Math.ceil((state.seen + size) / batchSize);
    const number = { batch: batch - 1, size };
    const before = state.seen
      ? meansOf(state, []).loss
      : state.history.at(-1)?.loss;
    await callbacks.tell("onBatchBegin", number, batch - 1);
    const x = gather(inputs, indices, shapeOf(model.inputs[0]));
    const y = gather(clean, indices, shapeOf(model.outputs[0]));
    const all = [
      await model.trainOnBatch(x, y).catch((error) => {
        checkFunctions(model);
        throw error;
      }).finally(() => tf.dispose([x, y])),
    ].flat();
    if (all.length !== state.sums.length) checkSameMetrics(model, metrics);
    const [loss, ...values] = all;
    all.forEach((value, i) => state.sums[i] += value * size);
    state.seen += size;
    if (!Number.isFinite(loss)) {
      throw await brokenLoss(model, { epoch, batch, loss, before });
    }
    state.sumSincePoint += loss * size;
    if (lastPoint(batch, batches) === batch) {
      const images = state.seen - batchSize * lastPoint(batch - 1, batches);
      const mean = state.sumSincePoint / images;
      state.curve.push([epoch - 1 + batch / batches, mean]);
      state.sumSincePoint = 0;
    }
    yield { batch, batches, size, loss, values };
  }
}
