// What tfjs computes on our backends is what Keras computes: see
// tools/keras_fixture.py, which makes the expected numbers.

import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import type { FixtureArray, Network } from "../fixture.ts";

// tfjs-core refuses the gradient of a dilated convolution, on every backend.
const refused = new Set(["dilated_convolution"]);

function toTensor({ values, shape }: FixtureArray): tf.Tensor {
  return tf.tensor(values, shape);
}

async function buildModel(network: Network): Promise<tf.LayersModel> {
  const { layers, weights, arrays } = network;
  const model = await tf.models.modelFromJSON({
    class_name: "Sequential",
    config: { layers },
  });
  tf.tidy(() =>
    model.setWeights(weights.map((path) => toTensor(arrays[`weight/${path}`])))
  );
  return model;
}

function norm(values: number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
}

/** Asserts that |actual - expected| <= tolerance |expected|. */
async function assertClose(
  actual: tf.Tensor,
  expected: FixtureArray,
  { what, tolerance }: { what: string; tolerance: number },
) {
  assert.deepEqual(actual.shape, expected.shape, what);
  const values = await actual.data();
  const wanted = Array.from(expected.values);
  const error = norm(wanted.map((value, i) => values[i] - value)) /
    norm(wanted);
  assert.ok(error <= tolerance, `${what}: off by ${error.toExponential(1)}`);
}

async function checkPrediction(model: tf.LayersModel, network: Network) {
  const { x, prediction } = network.arrays;
  const actual = tf.tidy(() => model.predict(toTensor(x)) as tf.Tensor);
  await assertClose(actual, prediction, {
    what: "prediction",
    tolerance: 1e-5,
  });
}

function computeGradients(model: tf.LayersModel, { loss, arrays }: Network) {
  return tf.variableGrads(() => {
    const output = model.apply(toTensor(arrays.x), { training: true });
    const losses = tf.metrics[loss](toTensor(arrays.y), output as tf.Tensor);
    return losses.mean<tf.Scalar>();
  });
}

async function checkGradients(model: tf.LayersModel, network: Network) {
  const { value, grads } = computeGradients(model, network);
  const wanted = { shape: [], values: Float32Array.of(network.value) };
  await assertClose(value, wanted, { what: "loss", tolerance: 1e-5 });
  for (const [i, path] of network.weights.entries()) {
    const what = `gradient/${path}`;
    const gradient = grads[model.trainableWeights[i].name];
    await assertClose(gradient, network.arrays[what], {
      what,
      tolerance: 1e-4,
    });
  }
}

async function checkTraining(model: tf.LayersModel, network: Network) {
  const { weights, arrays, steps = [] } = network;
  model.compile({ optimizer: tf.train.adadelta(1), loss: network.loss });
  const [x, y] = [toTensor(arrays.x), toTensor(arrays.y)];
  for (const [i, expected] of steps.entries()) {
    const loss = await model.trainOnBatch(x, y) as number;
    const error = Math.abs(loss - expected) / expected;
    assert.ok(error <= 1e-4, `loss of step ${i}: off by ${error}`);
  }
  for (const [i, path] of weights.entries()) {
    const what = `trained/${path}`;
    const weight = model.getWeights()[i];
    await assertClose(weight, arrays[what], { what, tolerance: 1e-4 });
  }
}

/**
 * Checks that a network on the current backend computes what Keras does; `step` runs
 * each part under its name.
 */
export async function checkParity(
  network: Network,
  step: (name: string, check: () => Promise<void>) => Promise<unknown>,
) {
  const model = await buildModel(network);
  await step("prediction", () => checkPrediction(model, network));
  if (refused.has(network.name)) {
    // deno-lint-ignore require-await -- a step is a promise
    await step("gradients are refused", async () => {
      assert.throws(() => computeGradients(model, network), /dilation/);
    });
  } else {
    await step("gradients", () => checkGradients(model, network));
  }
  if (network.steps) {
    await step("training", () => checkTraining(model, network));
  }
  model.dispose();
}
