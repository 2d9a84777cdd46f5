/**
 * The judge: tfjs's cpu backend as it comes. It is a worker, since a worker has
 * modules of its own: our backend corrects tfjs's kernels and gradients wherever it
 * is loaded, and is never loaded here. It is sent a seed, and sends the answer.
 */

import * as tf from "@tensorflow/tfjs";
import { answer } from "./answer.ts";
import { callOf } from "./call.ts";

tf.enableProdMode();
console.warn = () => {}; // tfjs warns of much that is meant here
globalThis.onmessage = async ({ data: seed }) => {
  globalThis.postMessage(await answer(callOf(seed), "cpu"));
};
