import * as tf from "@tensorflow/tfjs";
import { inWords } from "../errors/in_words.ts";
import { checkOptions } from "../errors/options.ts";

interface Seeded {
  seed?: number;
}

/**
 * The tutorial's autoencoder, images [n, 28, 28, 1] to images [n, 28, 28, 1],
 * 28,353 parameters, compiled with Adadelta (rate 1.0) and binary
 * cross-entropy. Weights are Glorot uniform from `seed`, biases zero.
 *
 * @example
 * ```ts
 * const model = buildAutoencoder({ seed: 1 });
 * model.summary();
 * ```
 *
 * @throws {RangeError} when the seed is no whole number.
 */
export function buildAutoencoder(options: Seeded = {}): tf.Sequential {
  const seed = readSeed("buildAutoencoder", options);
  const { conv2d, maxPooling2d, upSampling2d } = tf.layers;
  let layer = 0;
  const convolution = (
    filters: number,
    activation: "relu" | "sigmoid",
    inputShape?: number[],
  ) =>
    conv2d({
      filters,
      kernelSize: 3,
      padding: "same",
      activation,
      kernelInitializer: tf.initializers.glorotUniform({
        seed: 1000 * seed + layer++,
      }),
      inputShape,
    });
  const pool = () => maxPooling2d({ poolSize: 2, padding: "same" });
  const upsample = () => upSampling2d({ size: [2, 2] });

  const model = tf.sequential({
    name: "autoencoder",
    layers: [
      // Encoder
      convolution(32, "relu", [28, 28, 1]), // [n, 28, 28, 32]
      pool(), // [n, 14, 14, 32]
      convolution(32, "relu"), // [n, 14, 14, 32]
      pool(), // [n, 7, 7, 32]
      // Decoder
      convolution(32, "relu"), // [n, 7, 7, 32]
      upsample(), // [n, 14, 14, 32]
      convolution(32, "relu"), // [n, 14, 14, 32]
      upsample(), // [n, 28, 28, 32]
      convolution(1, "sigmoid"), // [n, 28, 28, 1]
    ],
  });
  model.compile({
    optimizer: tf.train.adadelta(1),
    loss: "binaryCrossentropy",
  });
  return model;
}

/**
 * A reader of digits, images [n, 28, 28, 1] to probabilities [n, 10], 24,186
 * parameters, compiled with Adam (rate 0.001) and categorical cross-entropy:
 * two convolutions of stride 2 and one dense layer. It reads 98 of 100 test
 * digits after two epochs.
 *
 * @example
 * ```ts
 * const reader = buildClassifier({ seed: 1 });
 * await fit(reader, train.images, oneHot(train.labels), { epochs: 2 });
 * ```
 *
 * @throws {RangeError} when the seed is no whole number.
 */
export function buildClassifier(options: Seeded = {}): tf.Sequential {
  const seed = readSeed("buildClassifier", options);
  const { conv2d, dense, flatten } = tf.layers;
  const glorot = (layer: number) =>
    tf.initializers.glorotUniform({ seed: 1000 * seed + layer });
  const halving = {
    kernelSize: 4,
    strides: 2,
    padding: "same",
    activation: "relu",
  } as const;
  const model = tf.sequential({
    name: "classifier",
    layers: [
      conv2d({
        ...halving,
        filters: 16,
        kernelInitializer: glorot(0),
        inputShape: [28, 28, 1],
      }), // [n, 14, 14, 16]
      conv2d({ ...halving, filters: 32, kernelInitializer: glorot(1) }), // [n, 7, 7, 32]
      flatten(), // [n, 1568]
      dense({
        units: 10,
        activation: "softmax",
        kernelInitializer: glorot(2),
      }), // [n, 10]
    ],
  });
  model.compile({
    optimizer: tf.train.adam(0.001),
    loss: "categoricalCrossentropy",
  });
  return model;
}

/**
 * A small U-Net, images [n, 28, 28, 1] to images [n, 28, 28, 1], 37,857
 * parameters, compiled with Adam (rate 0.002) and binary cross-entropy: the
 * tutorial's convolutions, and two skip connections past the narrow place
 * (Ronneberger and others 2015).
 *
 * @example
 * ```ts
 * const model = buildUNet({ seed: 1 });
 * ```
 *
 * @throws {RangeError} when the seed is no whole number.
 */
export function buildUNet(options: Seeded = {}): tf.LayersModel {
  const seed = readSeed("buildUNet", options);
  let convolutions = 0;
  const apply = (layer: tf.layers.Layer, from: tf.SymbolicTensor) =>
    layer.apply(from) as tf.SymbolicTensor;
  const convolution = (from: tf.SymbolicTensor, last = false) =>
    apply(
      tf.layers.conv2d({
        filters: last ? 1 : 32,
        kernelSize: 3,
        padding: "same",
        activation: last ? "sigmoid" : "relu",
        kernelInitializer: tf.initializers.glorotUniform({
          seed: 1000 * seed + convolutions++,
        }),
      }),
      from,
    );
  const pool = (from: tf.SymbolicTensor) =>
    apply(tf.layers.maxPooling2d({ poolSize: 2 }), from);
  const beside = (small: tf.SymbolicTensor, skip: tf.SymbolicTensor) => {
    const large = apply(tf.layers.upSampling2d({ size: [2, 2] }), small);
    return tf.layers.concatenate()
      .apply([large, skip]) as tf.SymbolicTensor;
  };

  const inputs = tf.input({ shape: [28, 28, 1] });
  const whole = convolution(inputs); // [n, 28, 28, 32]
  const half = convolution(pool(whole)); // [n, 14, 14, 32]
  const code = convolution(pool(half)); // [n, 7, 7, 32]
  const back = convolution(beside(code, half)); // [n, 14, 14, 32]
  const outputs = convolution(beside(back, whole), true); // [n, 28, 28, 1]
  const model = tf.model({ name: "u-net", inputs, outputs });
  model.compile({
    optimizer: tf.train.adam(0.002),
    loss: "binaryCrossentropy",
  });
  return model;
}

function readSeed(of: string, options: Seeded): number {
  checkOptions(of, options, ["seed"]);
  const { seed = 0 } = options;
  // Each layer has another seed: a thousand times this one, plus its place.
  if (!Number.isInteger(seed) || !Number.isSafeInteger(1_000 * seed)) {
    throw new RangeError(
      `Cannot use "${
        inWords(seed)
      }" as a seed: it must be a whole number, such as 1`,
    );
  }
  return seed;
}
