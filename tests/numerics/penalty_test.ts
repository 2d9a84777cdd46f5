/**
 * A penalty on the size of gradients, as a gradient penalty or meta-learning has it: its
 * own gradient by all weights is made of second derivatives, through whole networks.
 */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { type BackendName, useBackend } from "../../lib/backend/mod.ts";
import { type Network, readFixtures } from "../fixture.ts";
import { buildModel, toTensor } from "./parity.ts";

const networks = await readFixtures();

/**
 * How far the weights are moved for a difference. Where many numbers are cut off at
 * zero, short ways meet few of the corners and long ones give fewer lost digits.
 */
const STEPS = [1e-3, 3e-4, 1e-4, 3e-5];
/** In these, ways of any length meet corners: they get tanh in place of relu. */
const WITH_CORNERS = ["autoencoder", "average_pooling"];

const smooth = networks.map((network) => ({
  ...network,
  layers: network.layers.map(({ class_name, config }) => {
    const isCorner = config.activation === "relu" &&
      WITH_CORNERS.includes(network.name);
    const activation = isCorner ? "tanh" : config.activation;
    return {
      class_name,
      config: activation === undefined ? config : { ...config, activation },
    };
  }),
}));

/** The gradient of the penalty along one direction, and what differences give for it. */
async function slopes(network: Network) {
  const model = await buildModel(network);
  const [x, y] = [network.arrays.x, network.arrays.y].map(toTensor);
  const weights = model.trainableWeights.map((weight) =>
    weight.read() as tf.Variable
  );
  const [lossOf] = model.lossFunctions as ((
    y: tf.Tensor,
    output: tf.Tensor,
  ) => tf.Tensor)[];
  const lossNow = () =>
    tf.mean(lossOf(y, model.apply(x, { training: true }) as tf.Tensor));
  const penalty = () => {
    const { grads } = tf.variableGrads(lossNow as () => tf.Scalar, weights);
    const squares = Object.values(grads).map((gradient) =>
      tf.sum(tf.square(gradient))
    );
    return tf.addN(squares) as tf.Scalar;
  };
  const { value, grads } = tf.variableGrads(penalty, weights);
  const directions = weights.map(({ size, shape }, i) =>
    tf.sin(tf.range(1 + i, size + 1 + i)).reshape(shape)
  );
  const along = weights.map(({ name }, i) =>
    tf.sum(tf.mul(grads[name], directions[i]))
  );
  const [slope] = tf.addN(along).dataSync<"float32">();
  const start = weights.map((weight) => weight.clone());
  const penaltyAt = (distance: number) => {
    weights.forEach((weight, i) =>
      weight.assign(tf.add(start[i], tf.mul(directions[i], distance)))
    );
    return penalty().dataSync<"float32">()[0];
  };
  const [size] = value.dataSync<"float32">();
  const differences = STEPS.map((step) =>
    (penaltyAt(step) - penaltyAt(-step)) / (2 * step)
  );
  model.dispose();
  return { slope, size, differences };
}

async function slopesOn(backend: BackendName, network: Network) {
  await useBackend(backend, backend === "cpu" ? {} : { threads: 2 });
  tf.engine().startScope();
  const found = await slopes(network);
  tf.engine().endScope();
  return found;
}

for (const network of smooth) {
  Deno.test(`${network.name}: the gradient of a penalty on its gradients`, async () => {
    const { slope, size, differences } = await slopesOn("cpu", network);
    const scale = Math.max(Math.abs(slope), 0.01 * size);
    const errors = differences.map((difference) =>
      Math.abs(difference - slope) / scale
    );
    assert.ok(Math.min(...errors) < 0.02, `${slope}: ${differences}`);
    const ours = await slopesOn("wasm-threads", network);
    assert.ok(Math.abs(ours.slope - slope) / scale < 1e-3, `${ours.slope}`);
  });
}
