import type { Captions } from "./figures.ts";
import { liveOutput } from "./notebook.ts";
import type { BatchEvent, EpochEvent } from "./train.ts";
import { type LossPoint, trainingFigure } from "./training_figure.ts";

/** Points of the training curve in an epoch. */
const POINTS = 40;

/**
 * A live figure of a training, drawn anew in place while it runs and left as a
 * still one; give its `onBatch` and `onEpoch` to `fit`, and call `finish` after.
 *
 * @example
 * ```ts
 * const watch = await watchTraining({ epochs: 10, floor: 0.0581, ...captions });
 * await fit(model, noisy, clean, { epochs: 10, ...watch });
 * await watch.finish();
 * ```
 */
export async function watchTraining(
  { epochs, floor, ...captions }: {
    epochs: number;
    /** Loss that no network can go below. */
    floor: number;
  } & Captions,
) {
  const points: LossPoint[] = [];
  let state = { step: 0, steps: 0, elapsed: 0, first: 0 };
  let epochsDone = 0;
  let end: "done" | "stopped" | undefined;
  const draw = () =>
    trainingFigure({ points, epochs, floor, ...state, end }, captions);
  const live = await liveOutput(draw);
  return {
    async onBatch({ epoch, batch, batches, loss, elapsed }: BatchEvent) {
      const step = (epoch - 1) * batches + batch;
      const steps = epochs * batches;
      // A training that goes on does not start with step 1.
      const first = state.step === 0 ? step - 1 : state.first;
      state = { step, steps, elapsed, first };
      if (batch % Math.ceil(batches / POINTS) === 0 || batch === batches) {
        const done = epoch - 1 + batch / batches;
        points.push({ epoch: done, loss, series: "training" });
      }
      await live.update(draw);
    },
    async onEpoch({ epoch, loss, valLoss }: EpochEvent) {
      if (points.at(-1)?.epoch !== epoch) { // an epoch before it went on
        points.push({ epoch, loss, series: "training" });
      }
      points.push({ epoch, loss: valLoss, series: "validation" });
      epochsDone = epoch;
      await live.update(draw);
    },
    async finish() {
      end = epochsDone === epochs ? "done" : "stopped";
      await live.finish(draw);
    },
  };
}
