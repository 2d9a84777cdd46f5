/** The course's network in plain TensorFlow.js, as a user of the package writes it. */

import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@denoise/tfjs-wasm-threads";

/** What is compared between Deno, Node and the browser, to the bit. */
export interface Trained {
  /** The mean loss of each epoch. */
  losses: number[];
  /** SHA-256 of all weights, in hexadecimal digits. */
  weights: string;
  /** SHA-256 of what the network makes of the noisy digits. */
  denoised: string;
}

/** Trains two epochs on digits, both flat arrays of 28 x 28 numbers each. */
export async function trainDigits(
  { noisy, clean, threads }: {
    noisy: Float32Array;
    clean: Float32Array;
    threads?: number;
  },
): Promise<Trained> {
  await useBackend("wasm-threads", { threads });
  const model = tf.sequential();
  const convolve = (filters: number, seed: number, inputShape?: number[]) =>
    model.add(tf.layers.conv2d({
      ...{ filters, inputShape, kernelSize: 3, padding: "same" },
      activation: filters === 1 ? "sigmoid" : "relu",
      kernelInitializer: tf.initializers.glorotUniform({ seed }),
    }));
  convolve(32, 1, [28, 28, 1]);
  model.add(tf.layers.maxPooling2d({ poolSize: 2 }));
  convolve(32, 2);
  model.add(tf.layers.maxPooling2d({ poolSize: 2 }));
  convolve(32, 3);
  model.add(tf.layers.upSampling2d({ size: [2, 2] }));
  convolve(32, 4);
  model.add(tf.layers.upSampling2d({ size: [2, 2] }));
  convolve(1, 5);
  const optimizer = tf.train.adadelta(1);
  model.compile({ optimizer, loss: "binaryCrossentropy" });
  const shape: [number, number, number, number] = [-1, 28, 28, 1];
  const x = tf.tensor(noisy).reshape(shape),
    y = tf.tensor(clean).reshape(shape);
  const options = { epochs: 2, batchSize: 128, shuffle: false, verbose: 0 };
  const { history } = await model.fit(x, y, options);
  const denoised = model.predict(x) as tf.Tensor;
  const weights = await Promise.all(model.getWeights().map((w) => w.data()));
  return {
    losses: history.loss as number[],
    weights: await sha256(weights.flatMap((values) => [...values])),
    denoised: await sha256([...await denoised.data()]),
  };
}

async function sha256(numbers: number[]): Promise<string> {
  const bytes = Float32Array.from(numbers);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
