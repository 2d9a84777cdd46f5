/**
 * A program that corrects tfjs without our backend, and without the package of all
 * of tfjs, which gives tensors methods such as add: see mod_test.ts.
 */

import * as tf from "@tensorflow/tfjs-core";
import { fixTensorFlow } from "../../../lib/backend/fixes/mod.ts";

Object.assign(globalThis, { WebAssembly: undefined });
fixTensorFlow();
fixTensorFlow();
await tf.setBackend("cpu");
// Two images of one pixel, each copied four times.
const weights = tf.tensor([1, 1, 1, 1, 10, 10, 10, 10], [2, 2, 2, 1]);
const double = (x: tf.Tensor) =>
  tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [2, 2]);
const gradient = tf.grad((x) => tf.mul(double(x), weights));
console.log(String(gradient(tf.zeros([2, 1, 1, 1])).dataSync()));
const optimizers = [
  tf.train.adadelta(1, 0.95, 1e-7),
  tf.train.rmsprop(1, 0.5, 0, 0.1, true),
  tf.train.momentum(1, 0),
];
for (const optimizer of optimizers) {
  const x = tf.variable(tf.scalar(0));
  optimizer.applyGradients([{ name: x.name, tensor: tf.scalar(1) }]);
  console.log(x.dataSync()[0].toFixed(4));
}
