/** A program that corrects tfjs, and does not use our backend: see mod_test.ts. */

import * as tf from "@tensorflow/tfjs";
import { fixTensorFlow } from "../../../lib/backend/fixes/mod.ts";

Object.assign(globalThis, { WebAssembly: undefined });
fixTensorFlow();
fixTensorFlow();
await tf.setBackend("cpu");
// Two images of one pixel, each copied four times.
const weights = tf.tensor([1, 1, 1, 1, 10, 10, 10, 10], [2, 2, 2, 1]);
const double = (x: tf.Tensor) =>
  tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [2, 2]);
const gradient = tf.grad((x) => double(x).mul(weights));
console.log(String(gradient(tf.zeros([2, 1, 1, 1])).dataSync()));
