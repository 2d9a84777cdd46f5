/** Runs in a Web Worker of a page: times steps and predictions of one backend. */

import * as tf from "@tensorflow/tfjs";
// @ts-ignore: bench/page.ts writes this file for each backend
import { start } from "./backend.js";

globalThis.onmessage = async ({ data: { threads, steps } }) => {
  try {
    postMessage({ ok: await measure(threads, steps) });
  } catch (error) {
    postMessage({ error: String(error).split("\n")[0] });
  }
};

/** Median ms of a training step of 128 digits, and of a prediction of them. */
async function measure(threads: number, steps: number) {
  const name = await start(threads);
  const model = tf.sequential();
  const convolve = (filters: number, inputShape?: number[]) =>
    model.add(tf.layers.conv2d({
      ...{ filters, inputShape, kernelSize: 3, padding: "same" },
      activation: filters === 1 ? "sigmoid" : "relu",
    }));
  convolve(32, [28, 28, 1]);
  model.add(tf.layers.maxPooling2d({ poolSize: 2 }));
  convolve(32);
  model.add(tf.layers.maxPooling2d({ poolSize: 2 }));
  convolve(32);
  model.add(tf.layers.upSampling2d({ size: [2, 2] }));
  convolve(32);
  model.add(tf.layers.upSampling2d({ size: [2, 2] }));
  convolve(1);
  model.compile({ optimizer: "adam", loss: "binaryCrossentropy" });
  const x = tf.randomUniform([128, 28, 28, 1]);
  const median = async (use: () => Promise<unknown>) => {
    const times: number[] = [];
    for (let i = 0; i < steps; i++) {
      const begin = performance.now();
      await use();
      times.push(performance.now() - begin);
    }
    return times.sort((a, b) => a - b)[Math.floor(steps / 2)];
  };
  const prediction = await median(async () => {
    const y = model.predict(x) as tf.Tensor;
    await y.data();
    y.dispose();
  });
  const step = await median(() => model.trainOnBatch(x, x))
    .catch((error) => String(error).split("\n")[0]);
  return { name, prediction, step };
}
