/**
 * What stands before the numbers of a saved training, checked before a model is
 * touched: a checksum says that a file is whole, not that it is right.
 */

import * as tf from "@tensorflow/tfjs";
import { isCentred, powersOf } from "../backend/internals/optimizers.ts";
import { countPoints, lastPoint } from "./curve.ts";
import { metricNames, valName } from "./metric_names.ts";
import { compiledWeights } from "./model_checks.ts";
import type { TrainingSettings, TrainingState } from "./training_state.ts";

type Layer = tf.layers.Layer & { layers?: Layer[] };

// Kept from before any cell runs, since a cell may declare this name itself.
const { TextDecoder } = globalThis;

/** A tensor whose numbers, four bytes each, follow in the file. */
export interface TensorEntry {
  name: string;
  shape: number[];
  dtype: "float32" | "int32";
}

/** Told in each file, so that one of another version of the course is known. */
export const FORMAT = 4;

/** The first line of a saved training, after its checksum. */
export interface Header {
  format: typeof FORMAT;
  settings: TrainingSettings;
  state: TrainingState;
  /** In the order of the bytes that follow: weights, then the optimizer's. */
  tensors: TensorEntry[];
  weights: number;
}

/**
 * Tensors that an optimizer keeps of the shape of each weight, by its class: not
 * by the name of the class, which one of somebody's own may have from tfjs's.
 */
const SLOTS = new Map<unknown, number>([
  [tf.SGDOptimizer, 0],
  [tf.MomentumOptimizer, 1],
  [tf.AdagradOptimizer, 1],
  [tf.AdadeltaOptimizer, 2],
  [tf.AdamOptimizer, 2],
  [tf.RMSPropOptimizer, 2],
]);

/**
 * Reads the header of the file at `path`, which `bytes` bytes follow, for a model
 * that is to be trained with these settings.
 *
 * @throws {RangeError} when it is not what `fit` writes, or was of another model
 * or other settings.
 */
export function readHeader(
  line: Uint8Array,
  { path, bytes, model, settings }: {
    path: string;
    bytes: number;
    model: tf.LayersModel;
    settings: TrainingSettings;
  },
): Header {
  const refuse = (state: string, wayOut = "train anew with resume: false") =>
    new RangeError(`Cannot go on from "${path}": ${state}; ${wayOut}`);
  const demand = (isRight: boolean, what: string) => {
    if (!isRight) throw refuse(`its ${what} is not what fit writes`);
  };
  const header = parse(line);
  demand(isRecord(header), "header");
  if (header.format !== FORMAT) {
    throw refuse(
      header.format === undefined || isWhole(header.format, { to: FORMAT - 1 })
        ? "an earlier version of the course saved it"
        : "its format is not what fit writes",
    );
  }
  demand(isRecord(header.settings), "settings");
  checkSettings(header.settings, { settings, refuse });
  demand(isRecord(header.state), "state");
  checkState(header.state, { settings, demand, metrics: metricNames(model) });
  const { rate } = settingsOf(model.optimizer);
  const [first] = header.state.rates;
  if (!header.state.rates.includes(rate)) {
    throw refuse(
      `it began with learningRate ${first}, not ${rate}`,
      "compile the model with that rate and change it in onEpoch, or train " +
        "anew with resume: false",
    );
  }
  const { tensors, weights } = header;
  demand(Array.isArray(tensors) && tensors.every(isEntry), "list of tensors");
  demand(isWhole(weights, { to: tensors.length }), "number of weights");
  const needed = tensors.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  if (bytes !== needed) {
    throw refuse(`its tensors have ${bytes} bytes, not ${needed}`);
  }
  if (!isSame(tensors.slice(0, weights), model.getWeights())) {
    throw refuse("it is another model's");
  }
  const isNew = header.state.epoch === 1 && header.state.seen === 0;
  const wanted = optimizerTensors(model);
  const kept = tensors.slice(weights);
  const fits = wanted === undefined || isSame(kept, wanted.started) ||
    isNew && isSame(kept, wanted.fresh);
  demand(
    fits,
    `list of tensors of the optimizer ${model.optimizer.getClassName()}`,
  );
  return header;
}

function parse(line: Uint8Array): Header {
  try {
    return JSON.parse(new TextDecoder().decode(line));
  } catch {
    return undefined as unknown as Header; // which is no record
  }
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWhole(value: unknown, { from = 0, to = Infinity } = {}): boolean {
  return Number.isSafeInteger(value) && value as number >= from &&
    value as number <= to;
}

const NOT_FINITE = ["NaN", "Infinity", "-Infinity"];

/** Whether this is a number, as it is or by its word. */
function isNumber(value: unknown): boolean {
  return Number.isFinite(value) || NOT_FINITE.includes(value as string);
}

/** A number that may have been written as a word: JSON has no infinity and no NaN. */
export function numberOf(value: number | string): number {
  return Number(value);
}

/** The product of sizes. One that is too large to be exact would fit no file. */
function sizeOf(shape: number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function isEntry(entry: TensorEntry | null): boolean {
  return typeof entry?.name === "string" && Array.isArray(entry.shape) &&
    entry.shape.every((size) => isWhole(size)) &&
    ["float32", "int32"].includes(entry.dtype);
}

function checkSettings(
  saved: TrainingSettings,
  { settings, refuse }: {
    settings: TrainingSettings;
    refuse: (state: string, wayOut?: string) => Error;
  },
) {
  for (const [name, value] of Object.entries(settings)) {
    const before = saved[name as keyof TrainingSettings];
    if (before === value) continue;
    throw refuse(
      name === "data"
        ? "it was of other images, or had other validation data"
        : name === "network"
        ? otherNetwork(String(before), String(value))
        : `it has ${name} ${shown(before)}, not ${shown(value)}`,
      name === "backend"
        ? `choose that one with useBackend("${before}"), or train anew with ` +
          `resume: false`
        : undefined,
    );
  }
}

function otherNetwork(before: string, now: string): string {
  const [saved, lines] = [before, now].map((text) => text.split("\n"));
  const at = lines.findIndex((line, i) => line !== saved[i]);
  if (/Initializer\.config\.seed /.test(lines[at] ?? "")) {
    return "its first weights were drawn from another seed";
  }
  const [was, is] = [saved[at], lines[at]].map((line) =>
    line === undefined ? "nothing there" : clipped(line)
  );
  return `its network has ${was}, not ${is}`;
}

function clipped(line: string): string {
  return line.length > 80 ? `${line.slice(0, 80)}…` : line;
}

function shown(setting: unknown): string {
  return setting === "" ? "none" : String(setting);
}

function checkState(
  { epoch, seen, sums, seconds, rates, curve, sumSincePoint, history }:
    TrainingState,
  { settings: { count, batchSize }, metrics, demand }: {
    settings: TrainingSettings;
    metrics: string[];
    demand: (isRight: boolean, what: string) => void;
  },
) {
  demand(isWhole(epoch, { from: 1 }), "epoch");
  const isBetween = isWhole(seen, { to: count }) &&
    (seen % batchSize === 0 || seen === count);
  demand(isBetween, "number of images seen");
  const areSums = Array.isArray(sums) && sums.length === 1 + metrics.length &&
    Number.isFinite(sums[0]) && sums.every(isNumber) &&
    (seen > 0 || sums.every((sum) => sum === 0));
  demand(areSums, "sums of losses and metrics");
  demand(Number.isFinite(seconds) && seconds >= 0, "number of seconds");
  const areRates = Array.isArray(rates) && rates.length === 2 &&
    rates.every(Number.isFinite);
  demand(areRates, "rates of the optimizer");
  const batches = Math.ceil(count / batchSize);
  const batch = Math.ceil(seen / batchSize);
  const points = (epoch - 1) * countPoints(batches, batches) +
    countPoints(batch, batches);
  const isCurve = Array.isArray(curve) && curve.length === points &&
    curve.every((point) =>
      Array.isArray(point) && point.length === 2 && point.every(Number.isFinite)
    );
  demand(isCurve, "curve");
  const isAtPoint = lastPoint(batch, batches) === batch;
  const isSumSincePoint = Number.isFinite(sumSincePoint) &&
    (!isAtPoint || sumSincePoint === 0);
  demand(isSumSincePoint, "sum of losses since the curve's last point");
  const others = ["valLoss", ...metrics, ...metrics.map(valName)];
  const isHistory = Array.isArray(history) && history.length === epoch - 1 &&
    history.every((row, i) =>
      isRecord(row) && row.epoch === i + 1 && Number.isFinite(row.loss) &&
      others.every((name) => isNumber(row[name])) &&
      Number.isFinite(row.seconds) && row.seconds >= 0
    );
  demand(isHistory, "history");
}

/**
 * All that distinguishes networks: each setting of each layer on a line, by
 * its place and name, and a loss of one's own. Layers get new names whenever they
 * are built, so that a name counts by its place among them.
 */
export function networkOf(model: tf.LayersModel): string {
  const names = new Map<unknown, string>();
  const collect = ({ name, layers }: { name: string; layers?: Layer[] }) => {
    names.set(name, `#${names.size}`);
    layers?.forEach(collect);
  };
  collect(model);
  const linesOf = (value: unknown, place: string): string[] =>
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, inner]) =>
        linesOf(inner, place ? `${place}.${key}` : key)
      )
      : [`${place} ${names.get(value) ?? JSON.stringify(value)}`];
  const { loss } = model;
  return [
    ...linesOf(model.getConfig(), ""),
    ...typeof loss === "function" ? [`loss ${loss}`] : [],
  ].join("\n");
}

/** The class of an optimizer with all its settings but the rate, and the rate. */
export function settingsOf(optimizer: tf.Optimizer) {
  // Cells are not type-checked: one of somebody's own may have no getConfig.
  const { learningRate, ...rest } = optimizer.getConfig?.() ?? {};
  const words = Object.entries(rest).map(([name, value]) => `${name} ${value}`);
  return {
    optimizer: [optimizer.getClassName(), ...words].join(", "),
    rate: Number(learningRate ?? 0),
  };
}

/** What tensors must have in common to take each other's numbers. */
type Kind = Pick<tf.Tensor, "shape" | "dtype">;

function isSame(entries: TensorEntry[], tensors: Kind[]): boolean {
  return entries.length === tensors.length &&
    entries.every(({ shape, dtype }, i) =>
      dtype === tensors[i].dtype && tf.util.arraysEqual(shape, tensors[i].shape)
    );
}

/**
 * What the model's optimizer has to save after its first step and before it, or
 * undefined for a class that we do not know.
 */
function optimizerTensors(model: tf.LayersModel) {
  const { optimizer } = model;
  const known = SLOTS.get(optimizer.constructor);
  if (known === undefined) return undefined;
  const slots = Array.from({
    length: isCentred(optimizer) ? known + 1 : known,
  });
  const weights = compiledWeights(model);
  const float = (shape: number[]): Kind => ({ shape, dtype: "float32" });
  const kinds = weights.map(({ shape }) => float(shape as number[]));
  const each = slots.flatMap(() => kinds);
  const steps: Kind = { shape: [], dtype: "int32" };
  const powers = accumulators(model).map(() => float([]));
  return { started: [steps, ...each, ...powers], fresh: [steps, ...powers] };
}

/** Powers that an optimizer keeps besides, which its own setWeights rounds. */
export function accumulators({ optimizer }: tf.LayersModel) {
  return powersOf(optimizer).map((tensor) => ({ name: tensor.name, tensor }));
}
