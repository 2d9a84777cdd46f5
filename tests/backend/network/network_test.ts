/**
 * Networks that run as one: that their bits do not depend on the threads, that NaN
 * shows, and which networks they are. property_test.ts compares their numbers with those
 * of the same layers one by one.
 */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../../lib/backend/mod.ts";
import { stagesOf } from "../../../lib/backend/network/stages.ts";
import { Random } from "../../../lib/data/random.ts";
import { asOne, randomNetwork } from "../../numerics/random_network.ts";
import { startObservedBackend } from "../start_backend.ts";

const observe = await startObservedBackend();

Deno.test("networks as one give the same bits with 1, 2 and 3 threads", async () => {
  const answers = [];
  for (const threads of [1, 2, 3]) {
    await useBackend("wasm-threads", { threads });
    const { loss, gradients, prediction } = asOne(
      randomNetwork(new Random(8), 61),
    );
    answers.push({ loss, gradients: Object.values(gradients), prediction });
  }
  assert.deepEqual(answers[1], answers[0]);
  assert.deepEqual(answers[2], answers[0]);
});

Deno.test("a NaN in any weight shows in loss, gradient and prediction", async () => {
  await useBackend("wasm-threads");
  const network = randomNetwork(new Random(3));
  const weights = network.model.getWeights().map((weight) => weight.clone());
  assert.ok(weights.length >= 6);
  assert.ok(asOne(network).loss > 0);
  for (const i of weights.keys()) {
    const changed = weights.with(i, weights[i].mul(NaN));
    network.model.setWeights(changed);
    const { loss, gradients, prediction } = asOne(network);
    assert.ok(Number.isNaN(loss), `weight ${i}`);
    assert.ok(prediction.every(Number.isNaN), `weight ${i}`);
    const [lastBias] = Object.values(gradients).slice(-1);
    assert.ok(lastBias.every(Number.isNaN), `weight ${i}`);
  }
});

Deno.test("other networks go layer by layer", async () => {
  await useBackend("wasm-threads");
  const { conv2d, dense, flatten, maxPooling2d, upSampling2d } = tf.layers;
  const common = {
    kernelSize: 3,
    padding: "same",
    activation: "relu",
  } as const;
  const last = { ...common, filters: 1, activation: "sigmoid" } as const;
  const first = { ...common, filters: 16, inputShape: [8, 8, 16] };
  const networks: Record<string, tf.layers.Layer[]> = {
    "a stride": [
      conv2d({ ...first, strides: 2 }),
      upSampling2d({}),
      conv2d(last),
    ],
    "a window of 5": [
      conv2d({ ...first, kernelSize: 5 }),
      upSampling2d({}),
      conv2d(last),
    ],
    "no upsampling": [conv2d(first), conv2d(last)],
    "bilinear upsampling": [
      conv2d(first),
      upSampling2d({ interpolation: "bilinear" }),
      conv2d(last),
    ],
    "another activation": [
      conv2d({ ...first, activation: "tanh" }),
      upSampling2d({}),
      conv2d(last),
    ],
    "no bias": [
      conv2d({ ...first, useBias: false }),
      upSampling2d({}),
      conv2d(last),
    ],
    "a penalty on weights": [
      conv2d({ ...first, kernelRegularizer: "l1l2" }),
      upSampling2d({}),
      conv2d(last),
    ],
    "images of 2 by 2": [
      conv2d(first),
      maxPooling2d({ poolSize: 2 }),
      conv2d({ ...common, filters: 16 }),
      maxPooling2d({ poolSize: 2 }),
      conv2d({ ...common, filters: 16 }),
      upSampling2d({}),
      conv2d(last),
    ],
    "dense layers": [conv2d(first), flatten(), dense({ units: 1 })],
  };
  for (const [name, layers] of Object.entries(networks)) {
    const model = tf.sequential({ layers });
    assert.equal(stagesOf(model), undefined, name);
    model.compile({ optimizer: "sgd", loss: "binaryCrossentropy" });
    const [, ...shape] = model.outputs[0].shape as number[];
    const x = tf.zeros([2, 8, 8, 16]), y = tf.zeros([2, ...shape]);
    const loss = await model.trainOnBatch(x, y) as number;
    assert.ok(loss > 0, name);
  }
  const usual = tf.sequential({
    layers: [conv2d(first), upSampling2d({}), conv2d(last)],
  });
  assert.equal(stagesOf(usual)?.length, 2);
});

Deno.test("training, evaluation and prediction of a model go as one", async () => {
  await useBackend("wasm-threads");
  const { model, x, y } = randomNetwork(new Random(2));
  model.compile({ optimizer: "sgd", loss: "binaryCrossentropy" });
  const tasksOf = async (use: () => unknown) => {
    const tasks = new Set<string>();
    await observe(use, (task) => tasks.add(task));
    return [...tasks].filter((task) => /network|convolution/.test(task));
  };
  const trained = await tasksOf(() => model.trainOnBatch(x, y));
  const evaluated = await tasksOf(() => model.evaluate(x, y));
  const predicted = await tasksOf(() => model.predict(x));
  const training = ["networkFilters", "networkTrain"];
  assert.deepEqual(trained, [...training, "networkGradients"]);
  assert.deepEqual(evaluated, training);
  assert.deepEqual(predicted, ["networkFilters", "networkPredict"]);
});
