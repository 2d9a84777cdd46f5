import { type Captions, checkCaptions } from "./figures.ts";
import type {
  TrainingEnd,
  TrainingStart,
  TrainingWatch,
} from "./fit_options.ts";
import { inWords } from "./in_words.ts";
import { type LiveOutput, liveOutput } from "./notebook.ts";
import { checkOptions } from "./options.ts";
import { type LossPoint, trainingFigure } from "./training_figure.ts";

/**
 * A live figure of a training, drawn anew in place while it runs and left as a
 * still one: give it to `fit`.
 *
 * @example
 * ```ts
 * const watch = watchTraining({ floor: 0.0581, caption: "…", alt: "…" });
 * await fit(model, noisy, clean, { epochs: 10, watch });
 * ```
 *
 * @throws {TypeError} for an option that it does not know, or when caption, alt or
 * `loss` is no text.
 * @throws {RangeError} when `floor` is no number.
 */
export function watchTraining(
  options: {
    /** Loss that no network can go below. */
    floor: number;
    /** What the loss is, and its unit. */
    loss?: string;
  } & Captions,
): TrainingWatch {
  checkOptions("watchTraining", options, ["floor", "loss", "caption", "alt"]);
  const { floor, loss: label, ...captions } = options;
  if (!Number.isFinite(floor)) {
    throw new RangeError(
      `Cannot watch a training with floor "${inWords(floor)}": give the loss ` +
        `that none can go below`,
    );
  }
  if (label !== undefined && typeof label !== "string") {
    throw new TypeError(
      `Cannot watch the loss "${inWords(label)}": say in a text what it is, ` +
        `such as "mean squared error"`,
    );
  }
  checkCaptions(captions);
  let live: LiveOutput;
  let start: TrainingStart;
  let step = 0, elapsed = 0;
  let end: TrainingEnd | undefined;
  const draw = () => {
    const { epochs, batches, isSaved } = start;
    const progress = { step, steps: epochs * batches, elapsed, end, isSaved };
    const points = pointsOf(start);
    return trainingFigure(
      { points, epochs, floor, label, ...progress },
      captions,
    );
  };
  return {
    async begin(told) {
      ({ step, elapsed } = start = told);
      end = undefined;
      live = await liveOutput(draw);
    },
    async batch({ epoch, batch, elapsed: ms }) {
      step = (epoch - 1) * start.batches + batch;
      elapsed = start.elapsed + ms;
      await live.update(draw);
    },
    async epoch() {
      await live.update(draw);
    },
    async end(how) {
      end = how;
      await live.finish(draw);
    },
  };
}

function pointsOf({ curve, history }: TrainingStart): LossPoint[] {
  return [
    ...curve.map(([epoch, loss]) =>
      ({ epoch, loss, series: "training" }) as const
    ),
    ...history.map(({ epoch, valLoss }) =>
      ({ epoch, loss: valLoss, series: "validation" }) as const
    ),
  ];
}
