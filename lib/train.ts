import * as tf from "@tensorflow/tfjs";
import { setImmediate } from "node:timers";
import { Random, shuffledIndices } from "./random.ts";

/** What {@linkcode fit} tells after each batch. */
export interface BatchEvent {
  /** From 1. */
  epoch: number;
  epochs: number;
  /** From 1. */
  batch: number;
  batches: number;
  /** Mean training loss of the epoch so far. */
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
  onBatch?: (event: BatchEvent) => void | Promise<void>;
  onEpoch?: (event: EpochEvent) => void | Promise<void>;
}

/** Other work of the program gets its turn at least this often, in ms. */
const TURN = 50;

/**
 * Trains a compiled model to turn noisy images into clean ones and returns one
 * row an epoch; epochs cut short by `signal` have none. Both arrays hold
 * n images of the model's input shape, one after the other.
 *
 * @example
 * ```ts
 * const history = await fit(model, noisy, clean, { epochs: 10, seed: 1 });
 * ```
 *
 * @throws {RangeError} when the arrays do not fit the model or each other.
 */
export async function fit(
  model: tf.LayersModel,
  noisy: Float32Array,
  clean: Float32Array,
  {
    epochs = 1,
    batchSize = 32,
    shuffle = true,
    validationData,
    seed = 0,
    signal,
    onBatch,
    onEpoch,
  }: FitOptions = {},
): Promise<EpochEvent[]> {
  const count = countPairs(model, noisy, clean);
  if (validationData) countPairs(model, ...validationData);
  checkWhole("epochs", epochs);
  checkWhole("batchSize", batchSize);
  const batches = Math.ceil(count / batchSize);
  const history: EpochEvent[] = [];
  const takeTurn = turns();
  const start = performance.now();

  for (let epoch = 1; epoch <= epochs; epoch++) {
    const epochStart = performance.now();
    const order = shuffle
      ? shuffledIndices(count, new Random(seed + epoch / (epochs + 1)))
      : Uint32Array.from({ length: count }, (_, i) => i);
    let sum = 0, seen = 0;
    for (let batch = 1; batch <= batches; batch++) {
      if (signal?.aborted) return history;
      const indices = order.subarray(seen, seen + batchSize);
      const x = gather(model, noisy, indices);
      const y = gather(model, clean, indices);
      const loss = await model.trainOnBatch(x, y) as number;
      tf.dispose([x, y]);
      sum += loss * indices.length;
      seen += indices.length;
      const elapsed = performance.now() - start;
      const mean = sum / seen;
      await onBatch?.({ epoch, epochs, batch, batches, loss: mean, elapsed });
      await takeTurn();
    }
    const valLoss = validationData
      ? await evaluate(model, ...validationData, { signal })
      : NaN;
    if (signal?.aborted) return history;
    const seconds = (performance.now() - epochStart) / 1000;
    const row = { epoch, loss: sum / seen, valLoss, seconds };
    history.push(row);
    await onEpoch?.(row);
  }
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
  const [, ...shape] = model.outputs[0].shape as number[];
  const size = tf.util.sizeFromShape(shape);
  const output = new Float32Array(count * size);
  const takeTurn = turns();
  for (let first = 0; first < count; first += batchSize) {
    const answer = tf.tidy(() =>
      model.predict(slice(model, noisy, first, batchSize)) as tf.Tensor
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
    sum += images * tf.tidy(() => {
      const x = slice(model, noisy, first, images);
      const y = slice(model, clean, first, images);
      const loss = model.evaluate(x, y, { batchSize: images }) as tf.Scalar;
      return loss.dataSync()[0];
    });
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

function imageShape(model: tf.LayersModel): number[] {
  return (model.inputs[0].shape as number[]).slice(1);
}

/** tensor[indices.length, ...shape] of those images. */
function gather(
  model: tf.LayersModel,
  images: Float32Array,
  indices: Uint32Array,
): tf.Tensor {
  const shape = imageShape(model);
  const size = tf.util.sizeFromShape(shape);
  const batch = new Float32Array(indices.length * size);
  indices.forEach((index, i) => {
    batch.set(images.subarray(index * size, (index + 1) * size), i * size);
  });
  return tf.tensor(batch, [indices.length, ...shape]);
}

/** tensor[at most count, ...shape] of images from `first` on. */
function slice(
  model: tf.LayersModel,
  images: Float32Array,
  first: number,
  count: number,
): tf.Tensor {
  const shape = imageShape(model);
  const size = tf.util.sizeFromShape(shape);
  const part = images.slice(first * size, (first + count) * size);
  return tf.tensor(part, [part.length / size, ...shape]);
}

function countImages(model: tf.LayersModel, images: Float32Array): number {
  const shape = imageShape(model);
  const count = images.length / tf.util.sizeFromShape(shape);
  if (!Number.isInteger(count) || count === 0) {
    throw new RangeError(
      `Cannot use "${images.length}" numbers as images: the model takes ` +
        `images of ${shape.join(" x ")}`,
    );
  }
  return count;
}

function countPairs(
  model: tf.LayersModel,
  noisy: Float32Array,
  clean: Float32Array,
): number {
  if (noisy.length !== clean.length) {
    throw new RangeError(
      `Cannot pair "${noisy.length}" noisy numbers with ${clean.length} ` +
        `clean ones: each noisy image needs its own clean one`,
    );
  }
  return countImages(model, noisy);
}

function checkWhole(name: string, value: number) {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(
      `Cannot train with ${name} "${value}": not a whole number from 1 up`,
    );
  }
}
