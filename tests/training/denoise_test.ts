import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { psnr } from "../../lib/scores/metrics.ts";
import { denoise } from "../../lib/training/denoise.ts";
import { buildAutoencoder } from "../../lib/training/model.ts";
import { SIZE, smallModel } from "./small_model.ts";
import { noisy } from "./noisy_digits.ts";

await useBackend();

Deno.test("denoise gives one answer an image, whatever the batches", async () => {
  const model = buildAutoencoder({ seed: 0 });
  const one = await denoise(model, noisy.slice(0, 784 * 7), { batchSize: 7 });
  const many = await denoise(model, noisy.slice(0, 784 * 7), { batchSize: 3 });
  assert.deepEqual(one, many);
  assert.equal(one.length, 784 * 7);
  assert.ok(one.every((value) => value > 0 && value < 1));
});

Deno.test("what denoise answers with is known as pictures of its size", async () => {
  const model = tf.sequential({
    layers: [tf.layers.conv2d({
      ...{ filters: 3, kernelSize: 1, inputShape: [28, 28, 3] },
    })],
  });
  const images = new Float32Array(4 * 28 * 28 * 3);
  const answers = await denoise(model, images);
  assert.equal(psnr(answers, answers).length, 4);
});

Deno.test("denoise refuses the options that it does not know", async () => {
  const use = (options: object) =>
    denoise(smallModel(), new Float32Array(SIZE), options);
  await assert.rejects(use({ batch_size: 1 }), {
    message: /"batch_size": denoise has no such option; use "batchSize"/,
  });
  for (const batchSize of [0, -1, NaN, "5"]) {
    await assert.rejects(use({ batchSize }), /batchSize "/);
  }
});
