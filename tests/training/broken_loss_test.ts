/** Of a loss that is no number, what was seen is said. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { fit } from "../../lib/training/fit.ts";
import { clean, noisy, smallModel } from "./small_model.ts";

await useBackend();

type Loss = (target: tf.Tensor, answer: tf.Tensor) => tf.Tensor;

const squared: Loss = (y, answer) => answer.sub(y).square().mean(-1);

Deno.test("steps that were too long are known by the weights", async () => {
  const model = smallModel({
    optimizer: tf.train.sgd(1e39),
    loss: "meanSquaredError",
  });
  const attempt = fit(model, noisy, clean);
  await assert.rejects(attempt, {
    message:
      /epoch 1, batch 2 is "NaN"; the weights of layer "dense.*" are not finite, after a mean loss of 0\.\d+: the steps were too long; .*lower learning rate$/,
  });
  await assert.rejects(
    fit(model, noisy, clean),
    /perhaps after a training that/,
  );
});

Deno.test("a first loss that is no number is not one of the steps", async () => {
  const breaking: Loss = (y, answer) => squared(y, answer).log().mul(0).log();
  const model = smallModel({ optimizer: tf.train.sgd(1e-9), loss: breaking });
  await assert.rejects(fit(model, noisy, clean), (error: Error) => {
    assert.match(error.message, /batch 1 is "-Infinity"; it is the first, /);
    assert.match(error.message, /the loss "breaking" or a layer makes it so/);
    assert.doesNotMatch(error.message, /rate/);
    return true;
  });
});

Deno.test("a later one with weights that are finite is not one of the steps", async () => {
  let steps = 0;
  const breaking: Loss = (y, answer) =>
    steps++ === 3 ? tf.zerosLike(squared(y, answer)).log() : squared(y, answer);
  const model = smallModel({ loss: breaking });
  const options = { batchSize: 8 };
  await assert.rejects(fit(model, noisy, clean, options), (error: Error) => {
    assert.match(
      error.message,
      /batch 4 is "-Infinity"; the weights are finite/,
    );
    assert.match(
      error.message,
      /the mean loss before was 0\.\d+, so the loss "break/,
    );
    assert.doesNotMatch(error.message, /rate/);
    return true;
  });
});
