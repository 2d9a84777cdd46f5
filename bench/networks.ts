/** The networks that are timed, as peers.py has them too. */

import * as tf from "@tensorflow/tfjs";
import {
  answers,
  classifier,
  cleaner,
  type Contestant,
  functional,
  type Symbol,
  through,
  trained,
} from "./contestant.ts";
import { predict } from "../lib/training/predict.ts";
import {
  buildAutoencoder,
  buildClassifier,
  buildUNet,
} from "../lib/training/model.ts";

const {
  add,
  concatenate,
  conv1d,
  conv2d,
  conv2dTranspose,
  conv3d,
  dense,
  depthwiseConv2d,
  dot,
  flatten,
  globalAveragePooling1d,
  globalAveragePooling2d,
  maxPooling1d,
  maxPooling2d,
  maxPooling3d,
  reshape,
  separableConv2d,
  upSampling2d,
} = tf.layers;

type Layers = tf.layers.Layer[];

const relu = { activation: "relu", padding: "same" } as const;
const halving = { ...relu, kernelSize: 4, strides: 2 };
export const square = { ...relu, kernelSize: 3 };
export const inputShape = [28, 28, 1];
export const classes = () => dense({ units: 10, activation: "softmax" });

/** Two convolutions of stride 2 and two dense layers. */
function strided(): Layers {
  return [
    conv2d({ ...halving, filters: 32, inputShape }),
    conv2d({ ...halving, filters: 64 }),
    flatten(),
    dense({ units: 128, activation: "relu" }),
    classes(),
  ];
}

/** Four convolutions of 64 and 128 channels, as in VGG. */
function wide(): Layers {
  return [
    conv2d({ ...square, filters: 64, inputShape }),
    conv2d({ ...square, filters: 64 }),
    maxPooling2d({ poolSize: 2 }),
    conv2d({ ...square, filters: 128 }),
    conv2d({ ...square, filters: 128 }),
    maxPooling2d({ poolSize: 2 }),
    flatten(),
    classes(),
  ];
}

/** The tutorial's network with other channels, as notebooks 7 and 8 have it. */
function stack(
  { channels = 32, code = channels, codeActivation = "relu", last = "sigmoid" }:
    {
      channels?: number;
      /** Channels at the narrow place. */
      code?: number;
      codeActivation?: "relu" | "linear";
      last?: "sigmoid" | "linear";
    } = {},
): tf.Sequential {
  const row = (filters = channels) => conv2d({ ...square, filters });
  return tf.sequential({
    layers: [
      ...[conv2d({ ...square, filters: channels, inputShape })],
      ...[maxPooling2d({ poolSize: 2 }), row(), maxPooling2d({ poolSize: 2 })],
      conv2d({ ...square, filters: code, activation: codeActivation }),
      ...(code === channels ? [] : [row()]),
      ...[upSampling2d({}), row(), upSampling2d({})],
      conv2d({ ...square, filters: 1, activation: last }),
    ],
  });
}

/** Notebook 8's network whose output is added to its input. */
function residual(): tf.LayersModel {
  const inputs = tf.input({ shape: inputShape });
  const correction = stack({ last: "linear" }).apply(inputs) as Symbol;
  const sum = add().apply([inputs, correction]) as Symbol;
  return tf.model({
    inputs,
    outputs: tf.layers.activation({ activation: "sigmoid" })
      .apply(sum) as Symbol,
  });
}

/** Numbers of the variational autoencoder's code. */
const CODE_UNITS = 16;

/**
 * A variational autoencoder (Kingma and Welling 2013, arXiv:1312.6114). Its
 * deviates are the target's last 16 numbers, so that all contestants' are equal.
 */
function variational(): Contestant {
  const encoder = tf.sequential({
    layers: [
      conv2d({ ...halving, filters: 32, inputShape }),
      conv2d({ ...halving, filters: 64 }),
      flatten(),
      dense({ units: 2 * CODE_UNITS }),
    ],
  });
  const decoder = tf.sequential({
    layers: [
      dense({
        units: 7 * 7 * 64,
        activation: "relu",
        inputShape: [CODE_UNITS],
      }),
      reshape({ targetShape: [7, 7, 64] }),
      conv2dTranspose({ ...halving, filters: 32 }),
      conv2dTranspose({ ...halving, filters: 1, activation: "sigmoid" }),
    ],
  });
  const optimizer = tf.train.adam(0.001);
  const lossOf = (x: tf.Tensor4D, z: tf.Tensor2D) => {
    const [mean, logVariance] = tf.split(
      encoder.apply(x, { training: true }) as tf.Tensor2D,
      2,
      1,
    );
    const code = logVariance.mul(0.5).exp().mul(z).add(mean);
    const y = decoder.apply(code, { training: true }) as tf.Tensor4D;
    const error = tf.metrics.binaryCrossentropy(x, y).sum().div(x.shape[0]);
    const divergence = logVariance.add(1).sub(mean.square())
      .sub(logVariance.exp()).sum().mul(-0.5 / x.shape[0]);
    return error.add(divergence) as tf.Scalar;
  };
  return {
    ...{ batch: 128, input: inputShape, target: [CODE_UNITS] },
    models: [encoder, decoder],
    async step(xs, ys) {
      const n = xs.length / 784;
      const loss = tf.tidy(() => {
        const x = tf.tensor4d(xs, [n, 28, 28, 1]);
        const z = tf.tensor2d(ys, [n, CODE_UNITS]);
        return optimizer.minimize(() => lossOf(x, z), true)!;
      });
      const [value] = await loss.data();
      loss.dispose();
      return value;
    },
    predict: (xs) =>
      answers(xs, inputShape, (x) => {
        const [mean] = tf.split(encoder.predictOnBatch(x) as tf.Tensor2D, 2, 1);
        return decoder.predictOnBatch(mean);
      }),
  };
}

/** A U-Net (Ronneberger et al. 2015) on pictures of 64 x 64, that doubles by learned filters. */
function unet(): Contestant {
  const row = (filters: number) => conv2d({ ...square, filters });
  const half = () => maxPooling2d({ poolSize: 2 });
  const twice = (filters: number) =>
    conv2dTranspose({ ...relu, filters, kernelSize: 2, strides: 2 });
  return functional([64, 64, 1], (input) => {
    const fine = through(input, row(16));
    const middle = through(fine, half(), row(32));
    const coarse = through(middle, half(), row(64), twice(32));
    const up = through(
      concatenate().apply([middle, coarse]) as Symbol,
      ...[row(32), twice(16)],
    );
    return through(
      concatenate().apply([fine, up]) as Symbol,
      conv2d({
        filters: 1,
        kernelSize: 3,
        padding: "same",
        activation: "sigmoid",
      }),
    );
  }, { loss: "binaryCrossentropy", batch: 16 });
}

export const normalized = () => tf.layers.batchNormalization();
export const rectified = () => tf.layers.activation({ activation: "relu" });
export const linear = { padding: "same", useBias: false } as const;

/** A small ResNet (He et al. 2015) with batch normalisation. */
function resnet(): Contestant {
  const convolution = (filters: number, strides: number, kernelSize = 3) =>
    conv2d({ ...linear, filters, kernelSize, strides });
  const block = (input: Symbol, filters: number, strides: number) => {
    const inner = through(
      input,
      ...[convolution(filters, strides), normalized(), rectified()],
      ...[convolution(filters, 1), normalized()],
    );
    const shortcut = strides === 1
      ? input
      : through(input, convolution(filters, strides, 1));
    return through(add().apply([shortcut, inner]) as Symbol, rectified());
  };
  return functional([32, 32, 3], (input) => {
    let x = through(input, convolution(16, 1), normalized(), rectified());
    for (const [filters, strides] of [[16, 1], [32, 2], [64, 2]]) {
      x = block(x, filters, strides);
    }
    return through(x, globalAveragePooling2d({}), classes());
  }, { batch: 64 });
}

/** Blocks of MobileNet (Howard et al. 2017). */
function mobilenet(): Contestant {
  const block = (filters: number, strides: number) => [
    ...[depthwiseConv2d({ ...linear, kernelSize: 3, strides }), normalized()],
    ...[rectified(), conv2d({ ...linear, filters, kernelSize: 1 })],
    ...[normalized(), rectified()],
  ];
  const first = {
    ...linear,
    filters: 32,
    kernelSize: 3,
    inputShape: [32, 32, 3],
  };
  return classifier([
    ...[conv2d(first), normalized(), rectified()],
    ...[...block(64, 1), ...block(128, 2), ...block(128, 1)],
    ...[globalAveragePooling2d({}), classes()],
  ], { batch: 64 });
}

/** Attention of each place to all others, with layer normalisation (Vaswani et al. 2017). */
function attention(): Contestant {
  return functional([40, 64], (input) => {
    const [query, key, value] = [1, 2, 3].map(() =>
      through(input, dense({ units: 64 }))
    );
    const weights = through(
      dot({ axes: [2, 2] }).apply([query, key]) as Symbol,
      tf.layers.activation({ activation: "softmax" }),
    );
    const answer = dot({ axes: [2, 1] }).apply([weights, value]) as Symbol;
    return through(
      add().apply([input, answer]) as Symbol,
      ...[
        tf.layers.layerNormalization(),
        globalAveragePooling1d({}),
        classes(),
      ],
    );
  }, { batch: 64 });
}

export const sequence = [40, 64];

/** Makes the networks by name. */
export const NETWORKS: Record<string, () => Contestant> = {
  autoencoder: () => {
    const model = buildAutoencoder({ seed: 0 });
    return { ...trained(model), predict: (x) => predict(model, x) };
  },
  course_unet: () => cleaner(buildUNet({ seed: 0 })),
  course_residual: () => cleaner(residual()),
  course_wider: () => cleaner(stack({ channels: 64 })),
  course_bottleneck: () =>
    cleaner(stack({ code: 8, codeActivation: "linear" })),
  course_classifier: () => trained(buildClassifier({ seed: 0 })),
  strided: () => classifier(strided()),
  wide: () => classifier(wide()),
  variational,
  dense: () =>
    classifier([
      dense({ units: 512, activation: "relu", inputShape: [784] }),
      dense({ units: 512, activation: "relu" }),
      classes(),
    ]),
  mnist_cnn: () =>
    classifier([
      conv2d({ filters: 32, kernelSize: 3, activation: "relu", inputShape }),
      conv2d({ filters: 64, kernelSize: 3, activation: "relu" }),
      ...[maxPooling2d({ poolSize: 2 }), flatten()],
      ...[dense({ units: 128, activation: "relu" }), classes()],
    ]),
  conv1d: () =>
    classifier([
      conv1d({ ...relu, filters: 32, kernelSize: 9, inputShape: [1024, 1] }),
      maxPooling1d({ poolSize: 4 }),
      conv1d({ ...relu, filters: 64, kernelSize: 9 }),
      ...[globalAveragePooling1d({}), classes()],
    ], { batch: 64 }),
  conv3d: () =>
    classifier([
      conv3d({ ...square, filters: 8, inputShape: [16, 16, 16, 1] }),
      maxPooling3d({ poolSize: 2 }),
      conv3d({ ...square, filters: 16 }),
      ...[flatten(), classes()],
    ], { batch: 16 }),
  unet,
  resnet,
  mobilenet,
  separable: () =>
    classifier([
      separableConv2d({ ...square, filters: 32, inputShape: [32, 32, 3] }),
      separableConv2d({ ...square, filters: 64 }),
      ...[globalAveragePooling2d({}), classes()],
    ], { batch: 64 }),
  lstm: () =>
    classifier([
      // tfjs's own default is a sigmoid of three straight lines.
      tf.layers.lstm({
        units: 128,
        recurrentActivation: "sigmoid",
        inputShape: sequence,
      }),
      classes(),
    ], { batch: 64 }),
  gru: () =>
    classifier([
      tf.layers.gru({
        units: 128,
        recurrentActivation: "sigmoid",
        inputShape: sequence,
      }),
      classes(),
    ], { batch: 64 }),
  embedding: () =>
    classifier([
      tf.layers.embedding({ inputDim: 5000, outputDim: 64, inputLength: 100 }),
      ...[globalAveragePooling1d({}), classes()],
    ], { batch: 64, words: 5000 }),
  attention,
};
