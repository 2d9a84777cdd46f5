import { type Captions, checkCaptions } from "./figures.ts";
import { isCount } from "./fit_options.ts";
import { inWords } from "./in_words.ts";
import { liveOutput } from "./notebook.ts";
import { checkOptions } from "./options.ts";
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
 *
 * @throws {TypeError} for an option that it does not know, or when caption, alt or
 * `loss` is no text.
 * @throws {RangeError} when `epochs` or `floor` cannot be right.
 */
export async function watchTraining(
  options: {
    epochs: number;
    /** Loss that no network can go below. */
    floor: number;
    /** What the loss is, and its unit. */
    loss?: string;
  } & Captions,
) {
  checkOptions("watchTraining", options, [
    ...["epochs", "floor", "loss", "caption", "alt"],
  ]);
  const { epochs, floor, loss: label, ...captions } = options;
  if (!isCount(epochs) || !Number.isFinite(floor)) {
    throw new RangeError(
      `Cannot watch a training of "${inWords(epochs)}" epochs with floor ` +
        `"${inWords(floor)}": give the number of epochs, and the loss that ` +
        `none can go below`,
    );
  }
  if (label !== undefined && typeof label !== "string") {
    throw new TypeError(
      `Cannot watch the loss "${inWords(label)}": say in a text what it is, ` +
        `such as "mean squared error"`,
    );
  }
  checkCaptions(captions);
  const points: LossPoint[] = [];
  let state = { step: 0, steps: 0, elapsed: 0, first: 0 };
  let epochsDone = 0;
  let end: "done" | "stopped" | undefined;
  const draw = () =>
    trainingFigure({ points, epochs, floor, label, ...state, end }, captions);
  const live = await liveOutput(draw);
  const watch = {
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
  };
  const finish = async () => {
    end = epochsDone === epochs ? "done" : "stopped";
    await live.finish(draw);
  };
  // Not to be spread: fit would refuse an option of that name.
  return Object.defineProperty(watch, "finish", { value: finish }) as
    & typeof watch
    & { finish: typeof finish };
}
