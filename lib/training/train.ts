import * as tf from "@tensorflow/tfjs";
import { gather, orderOf, turns } from "./batches.ts";
import { brokenLoss } from "./broken_loss.ts";
import { Callbacks } from "./callbacks.ts";
import { evaluate } from "./denoise.ts";
import type { EpochEvent, TrainingEnd } from "./events.ts";
import type { FitOptions } from "./fit_options.ts";
import {
  checkSameMetrics,
  logsOf,
  metricNames,
  valName,
} from "./metric_names.ts";
import {
  alone,
  checkBackend,
  checkFunctions,
  checkModel,
  checkTrainable,
  lossName,
  recalling,
  shapeOf,
  takeOptimizer,
} from "./model_checks.ts";
import { stoppedError } from "../errors/stopped.ts";
import {
  type NoisyImages,
  type TrainingData,
  trainingData,
} from "./training_data.ts";
import { isPoint, networkOf, settingsOf } from "./training_header.ts";
import type { TrainingState } from "./state.ts";
import {
  checkOptimizer,
  TrainingFolder,
  warnOfNoSeed,
} from "./training_state.ts";

// Taken here, since a cell may give a meaning of its own to this name.
const { performance } = globalThis;

/** Ms between two saves within an epoch. */
const SAVE_EVERY = 60_000;

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
  {
    data,
    callbacks,
    epochs = 1,
    batchSize = 32,
    shuffle = true,
    seed = 0,
    signal,
    watch,
    checkpoint,
    resume = true,
    onBatch,
    onEpoch,
  }: Omit<FitOptions, "callbacks"> & {
    data: TrainingData;
    callbacks: Callbacks;
  },
): Promise<EpochEvent[]> {
  const { count, clean, validation } = data;
  const metrics = metricNames(model);
  const shown = { metrics, validates: validation !== undefined };
  const told = Object.keys(logsOf({}, shown));
  callbacks.checkMonitors(told);
  using folder = checkpoint ? await TrainingFolder.open(checkpoint) : undefined;
  const { optimizer, rate } = settingsOf(model.optimizer);
  const settings = {
    ...{ batchSize, shuffle, seed, count },
    data: folder ? data.checksum() : 0,
    network: folder ? networkOf(model) : "",
    optimizer,
    loss: lossName(model),
    backend: tf.getBackend(),
    metrics: metrics.join(", "),
  };
  if (!resume) await folder?.clear();
  const fresh = () => ({ seen: 0, sums: [0, ...metrics.map(() => 0)] });
  const state: TrainingState = await folder?.restore(
    model,
    settings,
    (saved) => checkLength(epochs, saved),
  ) ??
    {
      ...{ epoch: 1, ...fresh(), seconds: 0, rates: [rate, rate] },
      ...{ curve: [], history: [] },
    };
  const { history, curve } = state;
  await callbacks.begin(model, {
    ...{ epochs, batchSize, samples: count, doValidation: shown.validates },
    metrics: told,
  });
  model.stopTraining = false;
  const tellEpoch = async (row: EpochEvent, { isPast = false } = {}) => {
    if (!isPast) await watch?.epoch({ ...row });
    await onEpoch?.({ ...row }, { isPast });
    await callbacks.tell("onEpochEnd", logsOf(row, shown), row.epoch - 1);
  };
  // The rate goes the way again that it went.
  const [first, last] = state.rates;
  setRate(model, first);
  await recalling(model, async () => {
    for (const row of history) {
      await callbacks.tell("onEpochBegin", {}, row.epoch - 1);
      await tellEpoch(row, { isPast: true });
    }
  });
  setRate(model, last);

  const batches = Math.ceil(count / batchSize);
  const takeTurn = turns();
  const start = performance.now();
  let saved = start, epochStart = start;
  let before = state.seen ? state.sums[0] / state.seen : history.at(-1)?.loss;
  const save = async () => {
    state.seconds = (performance.now() - epochStart) / 1000;
    state.rates[1] = settingsOf(model.optimizer).rate;
    await folder?.save(model, settings, state);
    saved = performance.now();
  };
  const isWanted = () => !signal?.aborted && !model.stopTraining;
  const learn = async () => {
    while (state.epoch <= epochs && isWanted()) {
      const { epoch } = state;
      checkSameMetrics(model, metrics);
      epochStart = performance.now() - 1000 * state.seconds;
      const inputs = await data.inputsOf(epoch);
      const order = orderOf(count, { shuffle, seed, epoch });
      await callbacks.tell("onEpochBegin", {}, epoch - 1);
      while (state.seen < count && isWanted()) {
        const indices = order.subarray(state.seen, state.seen + batchSize);
        const size = indices.length;
        const batch = Math.ceil((state.seen + size) / batchSize);
        const number = { batch: batch - 1, size };
        await callbacks.tell("onBatchBegin", number, batch - 1);
        const x = gather(inputs, indices, shapeOf(model.inputs[0]));
        const y = gather(clean, indices, shapeOf(model.outputs[0]));
        const values = [
          await model.trainOnBatch(x, y).catch((error) => {
            checkFunctions(model);
            throw error;
          }).finally(() => tf.dispose([x, y])),
        ].flat();
        if (values.length !== state.sums.length) {
          checkSameMetrics(model, metrics);
        }
        const [loss] = values;
        values.forEach((value, i) => state.sums[i] += value * size);
        state.seen += size;
        if (!Number.isFinite(loss)) {
          throw await brokenLoss(model, { epoch, batch, loss, before });
        }
        before = loss;
        const means = meansOf(state, metrics);
        if (isPoint(batch, batches)) {
          curve.push([epoch - 1 + batch / batches, means.loss]);
        }
        const elapsed = performance.now() - start;
        const event = {
          ...{ epoch, epochs, batch, batches, elapsed },
          ...{ batchLoss: loss, ...means },
        };
        await watch?.batch({ ...event });
        await onBatch?.(event);
        const named = Object.fromEntries(
          metrics.map((m, i) => [m, values[i + 1]]),
        );
        await callbacks.tell(
          "onBatchEnd",
          { ...number, loss, ...named },
          batch - 1,
        );
        await takeTurn();
        if (performance.now() - saved > SAVE_EVERY) await save();
      }
      const isCut = state.seen < count;
      const validated = validation && !isCut
        ? await evaluate(model, validation, { signal })
        : [];
      const isValidated = !validation || validated.length > 0;
      if (isCut || !isValidated) {
        await save();
        return;
      }
      const [valLoss = NaN, ...valMetrics] = validated;
      const seconds = (performance.now() - epochStart) / 1000;
      const row: EpochEvent = {
        epoch,
        ...meansOf(state, metrics),
        valLoss,
        seconds,
      };
      metrics.forEach((m, i) => row[valName(m)] = valMetrics[i] ?? NaN);
      history.push(row);
      Object.assign(state, { epoch: epoch + 1, ...fresh(), seconds: 0 });
      epochStart = performance.now();
      if (state.epoch <= epochs) await save();
      await tellEpoch(row);
    }
  };
  const step = (state.epoch - 1) * batches + Math.ceil(state.seen / batchSize);
  const seconds = history.reduce(
    (sum, row) => sum + row.seconds,
    state.seconds,
  );
  await watch?.begin({
    ...{ epochs, batches, step, elapsed: 1000 * seconds, curve, history },
    loss: lossName(model),
    isSaved: folder !== undefined,
  });
  let end: TrainingEnd = "failed";
  try {
    await learn();
    const canGoOn = state.epoch <= epochs &&
      (signal?.aborted || state.seen > 0);
    if (!canGoOn) await folder?.clear();
    end = canGoOn ? "stopped" : "done";
  } finally {
    await watch?.end(end);
  }
  await callbacks.tell("onTrainEnd", {});
  if (end === "stopped" && signal?.aborted) {
    throw stoppedBySignal(state, {
      epochs,
      count,
      isSaved: folder !== undefined,
    });
  }
  return history;
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

/** All optimisers of tfjs have their rate in this field. */
function setRate({ optimizer }: tf.LayersModel, learningRate: number) {
  if (settingsOf(optimizer).rate === learningRate) return;
  Object.assign(optimizer, { learningRate });
}

/** A training cannot be made shorter than it is. */
function checkLength(epochs: number, { epoch, seen }: TrainingState) {
  if (epoch <= epochs || epoch === epochs + 1 && seen === 0) return;
  throw new RangeError(
    `Cannot train ${epochs} epochs: the training saved is in epoch ${epoch} ` +
      `already; ask for ${epoch} or more, or train anew with resume: false`,
  );
}

/** The loss and the metrics of an epoch so far. */
function meansOf({ sums, seen }: TrainingState, metrics: string[]) {
  const means: Record<string, number> = {};
  metrics.forEach((name, i) => means[name] = sums[i + 1] / seen);
  return { loss: sums[0] / seen, ...means };
}
