import type * as tf from "@tensorflow/tfjs";
import { yieldsRegularly } from "./batches.ts";
import { Callbacks } from "./callbacks.ts";
import { evaluate } from "./predict.ts";
import {
  type Batch,
  batchesOf,
  type Epoch,
  meansOf,
  noneSeen,
} from "./epoch.ts";
import type { EpochEvent, TrainingEnd, TrainingStart } from "./events.ts";
import { type FitOptions, scheduleOf } from "./fit_options.ts";
import {
  checkSameMetrics,
  logsOf,
  metricNames,
  valName,
} from "./metric_names.ts";
import {
  alone,
  checkBackend,
  checkModel,
  checkTrainable,
  lossName,
  takeOptimizer,
} from "./model_checks.ts";
import { stoppedError } from "../errors/stopped.ts";
import { SavedTraining } from "./saved_training.ts";
import type { TrainingState } from "./training_state.ts";
import {
  type NoisyImages,
  type TrainingData,
  trainingData,
} from "./training_data.ts";
import {
  checkOptimizer,
  TrainingFolder,
  warnOfNoSeed,
} from "./training_folder.ts";

/** Trains as `fit` does, where there is no notebook: nothing is shown. */
export async function train(
  model: tf.LayersModel,
  noisy: NoisyImages,
  clean: Float32Array,
  options: FitOptions = {},
): Promise<EpochEvent[]> {
  checkModel(model, "fit");
  checkBackend("train");
  return await alone(model, async () => {
    await checkTrainable(model);
    const callbacks = new Callbacks(options.callbacks);
    const data = trainingData(model, [noisy, clean], options);
    if (options.checkpoint) {
      await checkOptimizer(model);
      warnOfNoSeed(model);
    }
    takeOptimizer(model);
    return await run(model, { ...options, data, callbacks });
  });
}

async function run(
  model: tf.LayersModel,
  { data, callbacks, ...options }: Omit<FitOptions, "callbacks"> & {
    data: TrainingData;
    callbacks: Callbacks;
  },
): Promise<EpochEvent[]> {
  const { signal, watch, checkpoint, resume } = options;
  const schedule = scheduleOf(options), { epochs, batchSize } = schedule;
  const metrics = metricNames(model);
  const logged = { metrics, validates: data.validation !== undefined };
  const names = Object.keys(logsOf({}, logged));
  callbacks.checkMonitors(names);
  using folder = checkpoint ? await TrainingFolder.open(checkpoint) : undefined;
  const saved = await SavedTraining.open(model, {
    ...{ data, metrics, folder, resume, schedule },
  });
  const { state } = saved;
  await callbacks.begin(model, {
    ...{ epochs, batchSize, samples: data.count },
    ...{ doValidation: logged.validates, metrics: names },
  });
  model.stopTraining = false;
  const tellEpoch = async (row: EpochEvent, { isPast = false } = {}) => {
    if (!isPast) await watch?.epoch({ ...row });
    await options.onEpoch?.({ ...row }, { isPast });
    await callbacks.tell("onEpochEnd", logsOf(row, logged), row.epoch - 1);
  };
  await saved.retell(async (row) => {
    await callbacks.tell("onEpochBegin", {}, row.epoch - 1);
    await tellEpoch(row, { isPast: true });
  });
  const parts = {
    ...{ model, data, state, metrics, callbacks, saved },
    ...{ schedule, signal, watch, onBatch: options.onBatch },
    yieldNow: yieldsRegularly(),
    isWanted: () => !signal?.aborted && !model.stopTraining,
  };
  saved.begin();
  await watch?.begin(startOf(parts, folder !== undefined));
  let end: TrainingEnd = "failed";
  try {
    while (state.epoch <= epochs && parts.isWanted()) {
      const row = await trainEpoch(parts);
      if (!row) break;
      await tellEpoch(row);
    }
    const canGoOn = state.epoch <= epochs &&
      (signal?.aborted || state.seen > 0);
    if (!canGoOn) await folder?.clear();
    end = canGoOn ? "stopped" : "done";
  } finally {
    await watch?.end(end);
  }
  await callbacks.tell("onTrainEnd", {});
  if (end === "stopped" && signal?.aborted) {
    const isSaved = folder !== undefined;
    throw stoppedBySignal(state, { epochs, count: data.count, isSaved });
  }
  return state.history;
}

/** What a training is made of. */
type Parts = Epoch & Pick<FitOptions, "signal" | "watch" | "onBatch"> & {
  saved: SavedTraining;
  /** Lets other work of the program run, every 50 ms. */
  yieldNow: () => Promise<void>;
};

/** The event that begins a training, with what is done already. */
function startOf(
  { model, data, state, schedule: { epochs, batchSize } }: Parts,
  isSaved: boolean,
): TrainingStart {
  const { history, curve } = state;
  const batches = Math.ceil(data.count / batchSize);
  const seconds = history.reduce(
    (sum, row) => sum + row.seconds,
    state.seconds,
  );
  return {
    ...{ epochs, batches, curve, history, loss: lossName(model) },
    step: (state.epoch - 1) * batches + Math.ceil(state.seen / batchSize),
    elapsed: 1000 * seconds,
    isSaved,
  };
}

/**
 * Trains the rest of an epoch, validates and saves. Returns the epoch's row, or
 * undefined if it was stopped on the way.
 */
async function trainEpoch(parts: Parts): Promise<EpochEvent | undefined> {
  const { model, data, state, metrics, schedule, saved } = parts;
  const { epoch } = state;
  checkSameMetrics(model, metrics);
  saved.beginEpoch();
  for await (const batch of batchesOf(parts)) {
    await tellBatch(parts, batch);
    await parts.yieldNow();
    await saved.saveInTime();
  }
  const validated = state.seen === data.count && data.validation
    ? await evaluate(model, data.validation, { signal: parts.signal })
    : [];
  const isValidated = !data.validation || validated.length > 0;
  if (state.seen < data.count || !isValidated) {
    await saved.save();
    return undefined;
  }
  const [valLoss = NaN, ...valMetrics] = validated;
  const row: EpochEvent = {
    ...{ epoch, ...meansOf(state, metrics), valLoss },
    seconds: saved.secondsOfEpoch,
  };
  metrics.forEach((m, i) => row[valName(m)] = valMetrics[i] ?? NaN);
  state.history.push(row);
  Object.assign(state, { epoch: epoch + 1, ...noneSeen(metrics), seconds: 0 });
  saved.beginEpoch();
  if (state.epoch <= schedule.epochs) await saved.save();
  return row;
}

/** Tells the watch, `onBatch` and the callbacks of a batch. */
async function tellBatch(
  { state, metrics, callbacks, schedule: { epochs }, saved, ...parts }: Parts,
  { batch, batches, size, loss, values }: Batch,
) {
  const event = {
    ...{ epoch: state.epoch, epochs, batch, batches },
    ...{ elapsed: saved.elapsed, batchLoss: loss },
    ...meansOf(state, metrics),
  };
  await parts.watch?.batch({ ...event });
  await parts.onBatch?.(event);
  const named = Object.fromEntries(metrics.map((m, i) => [m, values[i]]));
  const logs = { batch: batch - 1, size, loss, ...named };
  await callbacks.tell("onBatchEnd", logs, batch - 1);
}

/** What `fit` ends with after a signal. */
function stoppedBySignal(
  { epoch, seen }: TrainingState,
  { epochs, count, isSaved }: {
    epochs: number;
    count: number;
    isSaved: boolean;
  },
): Error {
  const done = Number((epoch - 1 + seen / count).toFixed(2));
  return stoppedError(
    `Stopped by you after ${done} of ${epochs} epochs; ` +
      (isSaved
        ? "run this again, and it goes on there"
        : "the model keeps what it has learned"),
  );
}
