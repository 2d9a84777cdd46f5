import { type Captions, checkCaptions } from "../drawing/figures.ts";
import type { TrainingEnd, TrainingStart, TrainingWatch } from "./events.ts";
import { inWords } from "../errors/in_words.ts";
import { type LiveOutput, liveOutput } from "../notebook/notebook.ts";
import { checkOptions } from "../errors/options.ts";
import type { CellOutput } from "../notebook/cell_output.ts";
import {
  type LossPoint,
  type Progress,
  trainingFigure,
  trainingLine,
} from "../drawing/training_figure.ts";

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
    /** Loss that no network can go below, drawn as a line if it is known. */
    floor?: number;
    /** What the loss is, and its unit; if not given, the name of the model's. */
    loss?: string;
  } & Captions = {},
): TrainingWatch {
  checkOptions("watchTraining", options, ["floor", "loss", "caption", "alt"]);
  const { floor, loss: label, ...captions } = options;
  if (floor !== undefined && !Number.isFinite(floor)) {
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
  return watching(({ start, ...progress }) =>
    trainingFigure(
      {
        ...{ points: pointsOf(start), epochs: start.epochs, floor },
        ...{ label: label ?? start.loss, ...progress },
      },
      captions,
    )
  );
}

/**
 * One line with a bar that says how far a training is, how long it still takes and
 * what its loss is: give it to `fit` where several trainings follow each other.
 *
 * @example
 * ```ts
 * await fit(model, noisy, clean, { watch: watchProgress("Adam, rate 0.001") });
 * ```
 *
 * @throws {TypeError} when `name` is no text.
 */
export function watchProgress(name: string): TrainingWatch {
  if (typeof name !== "string") {
    throw new TypeError(
      `Cannot watch a training called "${inWords(name)}": give it a name, ` +
        `such as watchProgress("Adam, rate 0.001")`,
    );
  }
  return watching(lineOf(name));
}

function lineOf(name: string) {
  return ({ start, ...progress }: Drawn) => {
    const valLoss = start.history.at(-1)?.valLoss;
    return trainingLine(name, { valLoss, ...progress });
  };
}

/** A line for a training that has no watch, once it has taken three seconds. */
export function watchLong(): TrainingWatch {
  return watching(lineOf("Training"), { after: 3_000 });
}

/** How far a training is, and the mean loss of its epoch so far. */
type Drawn = Progress & { start: TrainingStart; loss?: number };

/** A watch that draws a training anew at each of its events, `after` so many ms. */
function watching(
  draw: (state: Drawn) => CellOutput,
  { after = 0 } = {},
): TrainingWatch {
  let live: LiveOutput | undefined;
  let start: TrainingStart;
  let step = 0, elapsed = 0;
  let loss: number | undefined;
  let end: TrainingEnd | undefined;
  const drawNow = () => {
    const { epochs, batches, isSaved } = start;
    const steps = epochs * batches;
    return draw({ start, step, steps, elapsed, end, isSaved, loss });
  };
  return {
    async begin(event) {
      ({ step, elapsed } = start = event);
      loss = event.history.at(-1)?.loss;
      end = live = undefined;
      if (after === 0) live = await liveOutput(drawNow);
    },
    async batch({ epoch, batch, elapsed: ms, loss: mean }) {
      loss = mean;
      step = (epoch - 1) * start.batches + batch;
      elapsed = start.elapsed + ms;
      if (ms >= after) live ??= await liveOutput(drawNow);
      await live?.update(drawNow);
    },
    async epoch() {
      await live?.update(drawNow);
    },
    async end(how) {
      end = how;
      await live?.finish(drawNow);
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
