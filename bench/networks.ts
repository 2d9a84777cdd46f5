/** The networks that are timed, as peers.py has them too. */

import * as tf from "@tensorflow/tfjs";
import { buildAutoencoder } from "../lib/training/model.ts";

/** A network, and one training step of it that returns the loss. */
export interface Contestant {
  /** Numbers of an image of input and of target. */
  sizes: [x: number, y: number];
  models: tf.LayersModel[];
  step: (x: Float32Array, y: Float32Array) => Promise<number>;
}

const { conv2d, conv2dTranspose, dense, flatten, maxPooling2d, reshape } =
  tf.layers;

type Layers = tf.layers.Layer[];

const relu = { activation: "relu", padding: "same" } as const;
const halving = { ...relu, kernelSize: 4, strides: 2 };
const square = { ...relu, kernelSize: 3 };
const inputShape = [28, 28, 1];

/** Two convolutions of stride 2 and two dense layers. */
function strided(): Layers {
  return [
    conv2d({ ...halving, filters: 32, inputShape }),
    conv2d({ ...halving, filters: 64 }),
    flatten(),
    dense({ units: 128, activation: "relu" }),
    dense({ units: 10, activation: "softmax" }),
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
    dense({ units: 10, activation: "softmax" }),
  ];
}

/** A model with tfjs's own training step. */
function trained(
  model: tf.LayersModel,
  y: number[],
): Contestant {
  return {
    sizes: [784, tf.util.sizeFromShape(y)],
    models: [model],
    async step(xs, ys) {
      const n = xs.length / 784;
      const x = tf.tensor(xs, [n, 28, 28, 1]),
        target = tf.tensor(ys, [n, ...y]);
      const loss = await model.trainOnBatch(x, target);
      tf.dispose([x, target]);
      return loss as number;
    },
  };
}

function classifier(layers: Layers): Contestant {
  const model = tf.sequential({ layers });
  model.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
  return trained(model, [10]);
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
    sizes: [784, CODE_UNITS],
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
  };
}

/** Makes the networks by name. */
export const NETWORKS: Record<string, () => Contestant> = {
  autoencoder: () => trained(buildAutoencoder({ seed: 0 }), inputShape),
  strided: () => classifier(strided()),
  wide: () => classifier(wide()),
  variational,
};
