import * as tf from "@tensorflow/tfjs";
import { yieldsRegularly } from "./batches.ts";
import type { EpochEvent, TrainingWatch } from "./events.ts";
import { isCount } from "./fit_options.ts";
import { lastPoint } from "./curve.ts";
import { stopSignal } from "../notebook/notebook.ts";
import { stoppedError } from "../errors/stopped.ts";
import { checkOptions } from "../errors/options.ts";
import { inWords } from "../errors/in_words.ts";

// Kept from before any cell runs, since a cell may declare this name itself.
const { performance } = globalThis;

/**
 * Runs a training step of your own `epochs` times `batches` times, where `fit` does
 * not know the loss. `step` is given the number of the step, from 0, changes the
 * weights and returns the loss, a tensor of one number, which is disposed of here.
 * What it makes besides is disposed of too. `watch` shows the mean loss of each
 * epoch, and Stop ends the training. Returns a row for each epoch.
 *
 * @example
 * ```ts
 * const optimizer = tf.train.adam(0.002);
 * const step = () => optimizer.minimize(() => lossOf(model), true)!;
 * await trainSteps(step, { epochs: 2, batches: 100, watch: watchProgress("…") });
 * ```
 *
 * @throws {RangeError} when a count is no whole number from 1 up.
 * @throws {Error} when the loss is not finite any more.
 * @throws {DOMException} named AbortError after a Stop; the weights stay.
 */
export async function trainSteps(
  step: (number: number) => tf.Scalar,
  options: {
    epochs: number;
    batches: number;
    watch?: TrainingWatch;
    signal?: AbortSignal;
  },
): Promise<EpochEvent[]> {
  const known = ["epochs", "batches", "watch", "signal"];
  checkOptions("trainSteps", options, known);
  const { epochs, batches, watch, signal = stopSignal() } = options;
  for (const count of [epochs, batches]) {
    if (isCount(count)) continue;
    throw new RangeError(
      `Cannot train "${inWords(count)}" epochs or batches: give a whole ` +
        `number from 1 up`,
    );
  }
  const history: EpochEvent[] = [];
  const curve: [number, number][] = [];
  const beginning = { epochs, batches, curve, history, loss: "loss" };
  await watch?.begin({ ...beginning, step: 0, elapsed: 0, isSaved: false });
  const start = performance.now();
  const yieldNow = yieldsRegularly();
  let end: "failed" | "stopped" | "done" = "failed";
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const began = performance.now();
      let sum = 0, sumSincePoint = 0;
      for (let batch = 1; batch <= batches; batch++) {
        if (signal.aborted) {
          end = "stopped";
          throw stoppedError(
            `Stopped by you in epoch ${epoch} of ${epochs}; the model keeps ` +
              `what it has learned`,
          );
        }
        const number = (epoch - 1) * batches + batch - 1;
        const batchLoss = await lossOf(step, number);
        sum += batchLoss;
        sumSincePoint += batchLoss;
        const loss = sum / batch, elapsed = performance.now() - start;
        if (lastPoint(batch, batches) === batch) {
          const mean = sumSincePoint / (batch - lastPoint(batch - 1, batches));
          curve.push([epoch - 1 + batch / batches, mean]);
          sumSincePoint = 0;
        }
        const counts = { epoch, epochs, batch, batches };
        await watch?.batch({ ...counts, batchLoss, loss, elapsed });
        await yieldNow();
      }
      const seconds = (performance.now() - began) / 1000;
      const row = { epoch, loss: sum / batches, valLoss: NaN, seconds };
      history.push(row);
      await watch?.epoch(row);
    }
    end = "done";
  } finally {
    await watch?.end(end);
  }
  return history;
}

async function lossOf(step: (number: number) => tf.Scalar, number: number) {
  const loss: unknown = tf.tidy(() => step(number));
  if (!(loss instanceof tf.Tensor) || loss.size !== 1) {
    throw new TypeError(
      `Cannot train by "${
        inWords(loss)
      }": the step should return its loss, a ` +
        `tensor of one number`,
    );
  }
  const [value] = await loss.data();
  loss.dispose();
  if (Number.isFinite(value)) return value;
  throw new Error(
    `Cannot go on training: the loss of step ${number} is ${value}`,
  );
}
