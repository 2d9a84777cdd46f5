// What tfjs computes on our backends is what Keras computes: see
// tools/keras_fixture.py, which makes the expected numbers.

import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import type { FixtureArray, Network, Optimizer } from "../fixture.ts";

export function toTensor({ values, shape }: FixtureArray): tf.Tensor {
  return tf.tensor(values, shape);
}

function createOptimizer({ name, arguments: values }: Optimizer) {
  const create = tf.train[name] as (...values: unknown[]) => tf.Optimizer;
  return create(...values);
}

/** Weights in the order of the layers, as Keras lists them. */
function weightsOf(model: tf.LayersModel) {
  return model.layers.flatMap(({ weights }) => weights);
}

/** Not a tf.Sequential, which does not show its loss as a function. */
export async function buildModel(network: Network): Promise<tf.LayersModel> {
  const { weights, arrays, loss } = network;
  const names = network.layers.map(({ config }) => config.name);
  const layers = network.layers.map((layer, i) => ({
    ...{ ...layer, name: names[i] },
    inbound_nodes: i > 0 ? [[[names[i - 1], 0, 0, {}]]] : [],
  }));
  const config = {
    layers,
    input_layers: [[names[0], 0, 0]],
    output_layers: [[names[names.length - 1], 0, 0]],
  };
  const model = await tf.models.modelFromJSON(
    { class_name: "Model", config } as Parameters<
      typeof tf.models.modelFromJSON
    >[0],
  );
  tf.tidy(() =>
    weightsOf(model).forEach((weight, i) =>
      weight.write(toTensor(arrays[`weight/${weights[i]}`]))
    )
  );
  const optimizer = network.optimizer
    ? createOptimizer(network.optimizer)
    : "sgd";
  model.compile({ optimizer, loss });
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

function computeGradients(model: tf.LayersModel, { arrays }: Network) {
  return tf.variableGrads(() => {
    const output = model.apply(toTensor(arrays.x), { training: true });
    const [loss] = model.lossFunctions;
    const losses = loss(toTensor(arrays.y), output as tf.Tensor);
    return losses.mean<tf.Scalar>();
  });
}

async function checkGradients(model: tf.LayersModel, network: Network) {
  const { value, grads } = computeGradients(model, network);
  const wanted = { shape: [], values: Float32Array.of(network.value) };
  await assertClose(value, wanted, { what: "loss", tolerance: 1e-5 });
  const weights = weightsOf(model);
  for (const [i, path] of network.weights.entries()) {
    const what = `gradient/${path}`;
    if (!(what in network.arrays)) continue; // a moving average
    const gradient = grads[weights[i].name];
    await assertClose(gradient, network.arrays[what], {
      what,
      tolerance: 1e-4,
    });
  }
}

async function checkTraining(model: tf.LayersModel, network: Network) {
  const { weights, arrays, steps = [] } = network;
  const [x, y] = [toTensor(arrays.x), toTensor(arrays.y)];
  for (const [i, expected] of steps.entries()) {
    const loss = await model.trainOnBatch(x, y) as number;
    const error = Math.abs((loss - expected) / expected);
    assert.ok(error <= 1e-4, `loss of step ${i}: off by ${error}`);
  }
  for (const [i, weight] of weightsOf(model).entries()) {
    const what = `trained/${weights[i]}`;
    const actual = weight.read();
    await assertClose(actual, arrays[what], { what, tolerance: 1e-4 });
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
  await step("gradients", () => checkGradients(model, network));
  if (network.steps) {
    await step("training", () => checkTraining(model, network));
  }
  model.dispose();
}
