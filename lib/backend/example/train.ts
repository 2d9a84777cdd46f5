import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@denoise/tfjs-wasm-threads";

console.log(await useBackend()); // wasm-threads

const model = tf.sequential();
model.add(tf.layers.conv2d({
  inputShape: [28, 28, 1],
  filters: 8,
  kernelSize: 3,
  activation: "relu",
  padding: "same",
}));
model.add(tf.layers.conv2d({
  filters: 1,
  kernelSize: 3,
  activation: "sigmoid",
  padding: "same",
}));
model.compile({ optimizer: "adam", loss: "binaryCrossentropy" });
const x = tf.randomUniform([64, 28, 28, 1]);
const { history } = await model.fit(x, x, { epochs: 2, verbose: 0 });
console.log(history.loss);
