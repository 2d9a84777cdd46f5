import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { psnr } from "../../lib/scores/metrics.ts";
import { predict } from "../../lib/training/predict.ts";
import { buildAutoencoder } from "../../lib/training/model.ts";
import { SIZE, smallModel } from "./small_model.ts";
import { noisy } from "./noisy_digits.ts";

await useBackend();

Deno.test("predict gives one answer an image, whatever the batches", async () => {
  const model = buildAutoencoder({ seed: 0 });
  const one = await predict(model, noisy.slice(0, 784 * 7), { batchSize: 7 });
  const many = await predict(model, noisy.slice(0, 784 * 7), { batchSize: 3 });
  assert.deepEqual(one, many);
  assert.equal(one.length, 784 * 7);
  assert.ok(one.every((value) => value > 0 && value < 1));
});

Deno.test("what predict answers with is known as pictures of its size", async () => {
  const model = tf.sequential({
    layers: [tf.layers.conv2d({
      ...{ filters: 3, kernelSize: 1, inputShape: [28, 28, 3] },
    })],
  });
  const images = new Float32Array(4 * 28 * 28 * 3);
  const answers = await predict(model, images);
  assert.equal(psnr(answers, answers).length, 4);
});

Deno.test("predict refuses the options that it does not know", async () => {
  const use = (options: object) =>
    predict(smallModel(), new Float32Array(SIZE), options);
  await assert.rejects(use({ batch_size: 1 }), {
    message: /"batch_size": predict has no such option; use "batchSize"/,
  });
  for (const batchSize of [0, -1, NaN, "5"]) {
    await assert.rejects(use({ batchSize }), /batchSize "/);
  }
});
