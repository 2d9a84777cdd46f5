import * as tf from "@tensorflow/tfjs";
import { setImmediate } from "node:timers";
import { crc32 } from "node:zlib";
import { countImages, countPairs, shapeOf } from "./pairs.ts";
import { Random, shuffledIndices } from "./random.ts";
import { TrainingFolder, type TrainingState } from "./training_state.ts";

/** What {@linkcode fit} tells after each batch. */
export interface BatchEvent {
  /** From 1. */
  epoch: number;
  epochs: number;
  /** From 1. */
  batch: number;
  batches: number;
  /** Loss of this batch, and the mean of the epoch so far. */
  batchLoss: number;
  loss: number;
  /** Milliseconds since `fit` began. */
  elapsed: number;
}

/** What {@linkcode fit} tells after each epoch. */
export interface EpochEvent {
  /** From 1. */
  epoch: number;
  /** Mean training loss over the epoch's batches, while the weights moved. */
  loss: number;
  /** Loss on the validation data at the end of the epoch; NaN without any. */
  valLoss: number;
  /** Seconds it took, validation included. */
  seconds: number;
}

/** Options of {@linkcode fit}, named as in Keras. */
export interface FitOptions {
  epochs?: number;
  batchSize?: number;
  /** Take the images in a new order each epoch. */
  shuffle?: boolean;
  validationData?: [noisy: Float32Array, clean: Float32Array];
  /** Of the order of the images; the same seed gives the same bits. */
  seed?: number;
  /** Ends training after the current batch; what was learned stays. */
  signal?: AbortSignal;
  /**
   * Folder where the training is saved after each epoch, every five minutes and
   * when it is stopped, until it is done.
   */
  checkpoint?: string;
  /** Go on where that folder's training was, or else start anew; true. */
  resume?: boolean;
  onBatch?: (event: BatchEvent) => void | Promise<void>;
  onEpoch?: (event: EpochEvent) => void | Promise<void>;
}

/** Ms between two saves within an epoch. */
const SAVE_EVERY = 300_000;

/**
 * The noisy images of a training: the same in each epoch, or what a function
 * gives for each, epochs counted from 1.
 */
export type NoisyImages = Float32Array | ((epoch: number) => Float32Array);

/** Other work of the program gets its turn at least this often, in ms. */
const TURN = 50;

/**
 * Trains a compiled model to turn noisy images into clean ones and returns one
 * row an epoch; epochs cut short by `signal` have none. The arrays hold n inputs
 * and n targets of the model's shapes, one after the other; a target may be an
 * image, or a label's ten numbers. A function in place of the noisy images is
 * asked for them before each epoch, so that each can have noise of its own.
 *
 * With `checkpoint`, a training that was stopped or killed goes on where it was:
 * it ends with the same weights, bit for bit, as one that never stopped, and
 * `onEpoch` hears of the epochs before. (Noise must then depend on nothing but
 * the epoch's number.)
 *
 * @example
 * ```ts
 * const history = await fit(model, noisy, clean, { epochs: 10, seed: 1 });
 * const fresh = (epoch: number) => addNoise(clean, { random: new Random(epoch) });
 * await fit(model, fresh, clean, { epochs: 10, seed: 1 });
 * ```
 *
 * @throws {RangeError} when the arrays do not fit the model or each other, hold
 * values that cannot be right, or the training saved had other settings, or
 * another backend, or is not what `fit` writes, or the optimizer cannot be saved.
 * @throws {TypeError} when they are no Float32Arrays.
 * @throws {Deno.errors.Busy} when another training uses the checkpoint's folder.
 * @throws {Error} when the loss is no finite number any more, or the checkpoint
 * cannot be written; then the one before it is still there.
 */
export async function fit(
  model: tf.LayersModel,
  noisy: NoisyImages,
  clean: Float32Array,
  {
    epochs = 1,
    batchSize = 32,
    shuffle = true,
    validationData,
    seed = 0,
    signal,
    checkpoint,
    resume = true,
    onBatch,
    onEpoch,
  }: FitOptions = {},
): Promise<EpochEvent[]> {
  const fixed = typeof noisy === "function" ? undefined : noisy;
  const size = tf.util.sizeFromShape(shapeOf(model.outputs[0]));
  const count = fixed
    ? countPairs(model, fixed, clean)
    : Math.ceil(clean.length / size);
  const inputsOf = (epoch: number) => {
    if (typeof noisy !== "function") return noisy;
    const inputs = noisy(epoch);
    countPairs(model, inputs, clean);
    return inputs;
  };
  if (validationData) countPairs(model, ...validationData);
  checkWhole("epochs", epochs);
  checkWhole("batchSize", batchSize);
  using folder = checkpoint ? await TrainingFolder.open(checkpoint) : undefined;
  await folder?.checkOptimizer(model);
  const data = folder ? checksum(clean, ...fixed ? [fixed] : []) : 0;
  const optimizer = model.optimizer.getClassName();
  const backend = tf.getBackend();
  const settings = {
    ...{ batchSize, shuffle, seed, count, data, optimizer, backend },
  };
  if (!resume) await folder?.clear();
  const state: TrainingState = await folder?.restore(model, settings) ??
    { epoch: 1, seen: 0, sum: 0, seconds: 0, history: [] };
  const { history } = state;
  for (const row of history) await onEpoch?.(row);

  const batches = Math.ceil(count / batchSize);
  const takeTurn = turns();
  const start = performance.now();
  let saved = start, epochStart = start;
  const save = async () => {
    state.seconds = (performance.now() - epochStart) / 1000;
    await folder?.save(model, settings, state);
    saved = performance.now();
  };
  while (state.epoch <= epochs) {
    const { epoch } = state;
    epochStart = performance.now() - 1000 * state.seconds;
    const inputs = inputsOf(epoch);
    const order = orderOf(count, { shuffle, seed, epoch });
    while (state.seen < count && !signal?.aborted) {
      const indices = order.subarray(state.seen, state.seen + batchSize);
      const x = gather(inputs, indices, shapeOf(model.inputs[0]));
      const y = gather(clean, indices, shapeOf(model.outputs[0]));
      const loss = await model.trainOnBatch(x, y)
        .finally(() => tf.dispose([x, y])) as number;
      state.sum += loss * indices.length;
      state.seen += indices.length;
      const batch = Math.ceil(state.seen / batchSize);
      if (!Number.isFinite(loss)) {
        throw await brokenOff(model, { epoch, batch, loss });
      }
      const elapsed = performance.now() - start;
      await onBatch?.({
        ...{ epoch, epochs, batch, batches, elapsed },
        batchLoss: loss,
        loss: state.sum / state.seen,
      });
      await takeTurn();
      if (performance.now() - saved > SAVE_EVERY) await save();
    }
    const valLoss = validationData
      ? await evaluate(model, ...validationData, { signal })
      : NaN;
    if (signal?.aborted) {
      await save();
      return history;
    }
    const seconds = (performance.now() - epochStart) / 1000;
    const row = { epoch, loss: state.sum / count, valLoss, seconds };
    history.push(row);
    Object.assign(state, { epoch: epoch + 1, seen: 0, sum: 0, seconds: 0 });
    epochStart = performance.now();
    if (state.epoch <= epochs) await save();
    await onEpoch?.(row);
  }
  await folder?.clear();
  return history;
}

/**
 * The model's answer to noisy images: flat, as many numbers as the model gives.
 *
 * @example
 * ```ts
 * const denoised = await denoise(model, test.noisy);
 * ```
 *
 * @throws {RangeError} when the array holds no whole number of images.
 */
export async function denoise(
  model: tf.LayersModel,
  noisy: Float32Array,
  { batchSize = 500 } = {},
): Promise<Float32Array> {
  const count = countImages(model, noisy);
  const size = tf.util.sizeFromShape(shapeOf(model.outputs[0]));
  const output = new Float32Array(count * size);
  const takeTurn = turns();
  for (let first = 0; first < count; first += batchSize) {
    const answer = tf.tidy(() =>
      model.predict(
        slice(noisy, {
          first,
          count: batchSize,
          shape: shapeOf(model.inputs[0]),
        }),
      ) as tf.Tensor
    );
    output.set(await answer.data(), first * size);
    answer.dispose();
    await takeTurn();
  }
  return output;
}

/** Mean loss of the model over all pairs, or NaN when stopped on the way. */
async function evaluate(
  model: tf.LayersModel,
  noisy: Float32Array,
  clean: Float32Array,
  { batchSize = 500, signal }: { batchSize?: number; signal?: AbortSignal },
): Promise<number> {
  const count = countImages(model, noisy);
  const takeTurn = turns();
  let sum = 0;
  for (let first = 0; first < count; first += batchSize) {
    if (signal?.aborted) return NaN;
    const images = Math.min(batchSize, count - first);
    const loss = tf.tidy(() => {
      const part = { first, count: images };
      const x = slice(noisy, { ...part, shape: shapeOf(model.inputs[0]) });
      const y = slice(clean, { ...part, shape: shapeOf(model.outputs[0]) });
      return model.evaluate(x, y, { batchSize: images }) as tf.Scalar;
    });
    sum += images * (await loss.data())[0];
    loss.dispose();
    await takeTurn();
  }
  return sum / count;
}

/** A function to await often, which lets other work run every so many ms. */
function turns(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < TURN) return;
    await new Promise((resolve) => setImmediate(resolve));
    last = performance.now();
  };
}

/** Indices of the images in the order in which an epoch takes them. */
function orderOf(
  count: number,
  { shuffle, seed, epoch }: { shuffle: boolean; seed: number; epoch: number },
): Uint32Array {
  return shuffle
    ? shuffledIndices(count, new Random(seed + epoch / 2 ** 20))
    : Uint32Array.from({ length: count }, (_, i) => i);
}

/** Tells apart data that a training goes on with and other data. */
function checksum(...arrays: Float32Array[]): number {
  return arrays.reduce(
    (sum, { buffer, byteOffset, byteLength }) =>
      crc32(new Uint8Array(buffer, byteOffset, byteLength), sum),
    0,
  );
}

/** An error that says where the loss broke off, and why that may be. */
async function brokenOff(
  model: tf.LayersModel,
  { epoch, batch, loss }: { epoch: number; batch: number; loss: number },
): Promise<Error> {
  const broken = await brokenLayer(model);
  const where = broken
    ? `the weights of layer "${broken}" are not finite; `
    : "";
  return new Error(
    `Cannot go on training: the loss of epoch ${epoch}, batch ${batch} is ` +
      `"${loss}"; ${where}probably the steps are too long: train anew with a ` +
      `lower learning rate`,
  );
}

/** Name of the first layer that has a weight which is no finite number. */
async function brokenLayer(model: tf.LayersModel): Promise<string | undefined> {
  for (const layer of model.layers) {
    for (const weight of layer.getWeights()) {
      const values = await weight.data();
      if (!values.every(Number.isFinite)) return layer.name;
    }
  }
}

/** tensor[indices.length, ...shape] of those images. */
function gather(
  images: Float32Array,
  indices: Uint32Array,
  shape: number[],
): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  const batch = new Float32Array(indices.length * size);
  indices.forEach((index, i) => {
    batch.set(images.subarray(index * size, (index + 1) * size), i * size);
  });
  return tf.tensor(batch, [indices.length, ...shape]);
}

/** tensor[at most count, ...shape] of images from `first` on. */
function slice(
  images: Float32Array,
  { first, count, shape }: { first: number; count: number; shape: number[] },
): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  const part = images.slice(first * size, (first + count) * size);
  return tf.tensor(part, [part.length / size, ...shape]);
}

function checkWhole(name: string, value: number) {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(
      `Cannot train with ${name} "${value}": not a whole number from 1 up`,
    );
  }
}
