import * as Plot from "@observablehq/plot";
import { type Captions, COLOURS, plotFigure } from "./figures.ts";
import {
  type CellOutput,
  displayable,
  escapeHtml,
} from "../notebook/cell_output.ts";

/** A loss after `epoch` epochs; 1.5 means halfway through the second epoch. */
export interface LossPoint {
  epoch: number;
  loss: number;
  series: "training" | "validation";
}

/** How a training ended. */
export type TrainingEnd = "done" | "stopped" | "failed";

/** How far a training has come. */
export interface Progress {
  /** Number of steps done, and number of steps in total. */
  step: number;
  steps: number;
  /** Milliseconds that the steps so far took. */
  elapsed: number;
  /** How it ended, if it has. */
  end?: TrainingEnd;
  /** Whether the training can continue after a stop. */
  isSaved?: boolean;
}

/** The data that a training figure shows. */
export interface DrawnTraining extends Progress {
  points: LossPoint[];
  epochs: number;
  /** The mean training loss of the epoch, the number beside its curve. */
  loss?: number;
  /** The loss that no network can go below. */
  floor?: number;
  /** The name of the loss in TensorFlow.js, or a text that describes it. */
  label?: string;
}

/** Axis labels with units, by the names of losses in TensorFlow.js. */
const LABELS: Record<string, string> = {
  binaryCrossentropy: "binary cross-entropy (nats a pixel)",
  categoricalCrossentropy: "cross-entropy (nats)",
  meanSquaredError: "mean squared error",
};

/**
 * The axis of binary cross-entropy. For our images the loss is never below the first
 * value. Larger losses than the second are cut off unless all losses are larger.
 */
const [AXIS_BOTTOM, AXIS_TOP] = [0.05, 0.3];

/** In these first epochs a loss may be so high that the rest would look flat. */
const STEEP_EPOCHS = 0.2;

/**
 * Draws both losses by epoch and the floor below them, under a line that tells how
 * far the training has come, how fast it is and how much time is left.
 */
export function trainingFigure(
  {
    points: all,
    epochs,
    loss: mean,
    floor,
    label = "loss",
    ...state
  }: DrawnTraining,
  captions: Captions,
): CellOutput {
  // Without validation data the validation loss is NaN.
  const points = all.filter(({ loss }) => !Number.isNaN(loss));
  const ends = (["validation", "training"] as const)
    .flatMap((name) => points.filter(({ series }) => series === name).slice(-1))
    .sort((a, b) => b.loss - a.loss);
  const floors = floor === undefined ? [] : [floor];
  const chart = plotFigure({
    height: 300,
    marginRight: 125,
    x: {
      label: "epochs done",
      labelAnchor: "center",
      domain: [0, epochs],
      ticks: Math.min(epochs, 10),
    },
    y: {
      label: `↑ ${Object.hasOwn(LABELS, label) ? LABELS[label] : label}`,
      domain: axisOf(points, floors, label),
      grid: true,
      clamp: true,
    },
    color: {
      domain: ["training", "validation"],
      range: [COLOURS.noisy, COLOURS.clean],
    },
    marks: [
      Plot.ruleY(floors, { stroke: COLOURS.neutral, strokeDasharray: "4 3" }),
      Plot.text(floors, {
        y: (y) => y,
        x: 0,
        text: (y) => `floor ${y.toFixed(4)}`,
        textAnchor: "start",
        dx: 6,
        dy: -8,
      }),
      Plot.line(points, {
        x: "epoch",
        y: "loss",
        z: "series", // given, because Plot would otherwise warn about few points
        stroke: "series",
      }),
      Plot.dot(points.filter(({ series }) => series === "validation"), {
        x: "epoch",
        y: "loss",
        fill: "series",
      }),
      // One label is above and one below, since the lines often end close together.
      ...ends.map((end, i) =>
        Plot.text([end], {
          x: "epoch",
          y: "loss",
          text: ({ series, loss }) => {
            const shown = series === "training" ? mean ?? loss : loss;
            return `${series} ${shown.toFixed(4)}`;
          },
          fill: "series",
          textAnchor: "start",
          dx: 6,
          dy: i === 0 ? -8 : 8,
        })
      ),
    ],
  }, captions);
  const progress = progressLine(state);
  return displayable({
    html: `<p>${bar(state)} ${progress}</p>${chart.html}`,
    text: `${progress}\n${chart.text}`,
  });
}

/** The smallest and the largest loss on the axis of the figure. */
function axisOf(points: LossPoint[], floors: number[], label: string) {
  const known = points.filter(({ loss }) => Number.isFinite(loss));
  const lowest = Math.min(...known.map(({ loss }) => loss));
  if (label === "binaryCrossentropy") {
    return [
      Math.min(AXIS_BOTTOM, lowest, ...floors),
      Math.max(AXIS_TOP, ...known.length ? [1.5 * lowest] : [], ...floors),
    ];
  }
  const later = known.filter(({ epoch }) => epoch >= STEEP_EPOCHS);
  const losses = (later.length ? later : known).map(({ loss }) => loss);
  const bottom = Math.min(0, lowest, ...floors);
  const top = Math.max(...losses, ...floors);
  return [bottom, top > bottom ? top : bottom + 1];
}

/** The progress of a training as one line, with its name and its losses. */
export function trainingLine(
  name: string,
  { loss, valLoss, ...state }: Progress & { loss?: number; valLoss?: number },
): CellOutput {
  const losses = [["; loss", loss], [", validation", valLoss]] as const;
  const known = losses.filter(([, value]) => Number.isFinite(value))
    .map(([name, value]) => `${name} ${value!.toFixed(4)}`);
  const { step, steps, end } = state;
  const place = end === "done" ? "" : `step ${step} of ${steps}, `;
  const line = `${name}: ${place}${timeOf(state)}${known.join("")}`;
  return displayable({
    html: `<p style="margin: 0.2em 0; font-size: 0.9em">` +
      `${bar(state, "width: 6em")} ${escapeHtml(line)}</p>`,
    text: line,
  });
}

function progressLine(state: Progress): string {
  const { step, steps, elapsed, end } = state;
  if (step === 0) return end ?? `step 0 of ${steps}`;
  const pace = (elapsed / step).toFixed(0);
  return `step ${step} of ${steps}, ${pace} ms a step, ${timeOf(state)}`;
}

function timeOf({ step, steps, elapsed, end, isSaved }: Progress): string {
  if (end === "done") return `done in ${duration(elapsed)}`;
  if (end) {
    return `${end} after ${duration(elapsed)}` +
      (isSaved ? "; to go on, run the cell again" : "");
  }
  const left = elapsed / step * (steps - step);
  return `${duration(elapsed)} so far` +
    (step > 0 ? `, ${duration(left)} left` : "");
}

function bar({ step, steps, end }: Progress, style = ""): string {
  const percent = end === "done" ? 100 : Math.round(100 * step / (steps || 1));
  return `<progress max="100" value="${percent}"${
    style && ` style="${style}"`
  }>${percent} %</progress>`;
}

/** Formats milliseconds as minutes and seconds. */
function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const rest = String(seconds % 60).padStart(2, "0");
  return `${Math.floor(seconds / 60)}:${rest} min`;
}
