/** The course's optimiser is used as those of TensorFlow.js are. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { Adadelta } from "../../lib/training/adadelta.ts";
import { useBackend } from "../../lib/backend/mod.ts";

await useBackend();

const A = [1, -2, 3], B = [0.5, 0.25];

function variables() {
  return [tf.variable(tf.tensor(A)), tf.variable(tf.tensor(B))] as const;
}

const square = (variable: tf.Variable) => () =>
  variable.square().sum() as tf.Scalar;

/** What so many steps of a variable alone make of it. */
function alone(values: number[], steps: number): Float32Array {
  const variable = tf.variable(tf.tensor(values));
  const optimizer = new Adadelta();
  for (let i = 0; i < steps; i++) {
    optimizer.minimize(square(variable), false, [variable]);
  }
  return variable.dataSync<"float32">();
}

Deno.test("state belongs to a variable, whichever come in a step", () => {
  const [a, b] = variables();
  const optimizer = new Adadelta();
  const step = (...of: tf.Variable[]) =>
    optimizer.minimize(
      () => tf.addN(of.map((v) => square(v)())) as tf.Scalar,
      false,
      of,
    );
  step(a, b);
  step(b);
  step(b, a);
  assert.deepEqual(a.dataSync(), alone(A, 2));
  assert.deepEqual(b.dataSync(), alone(B, 3));
  assert.equal(optimizer.iterations, 3);
});

Deno.test("gradients come as a list or by name, and some are not there", () => {
  const gradientOf = (variable: tf.Variable) => variable.mul(2) as tf.Tensor;
  const [a, b] = variables(), optimizer = new Adadelta();
  optimizer.applyGradients([
    { name: a.name, tensor: null as unknown as tf.Tensor },
    { name: b.name, tensor: gradientOf(b) },
  ]);
  assert.deepEqual(a.dataSync(), Float32Array.from(A));
  assert.deepEqual(b.dataSync(), alone(B, 1));
  optimizer.applyGradients({
    [b.name]: gradientOf(b),
    [a.name]: gradientOf(a),
  });
  assert.deepEqual(a.dataSync(), alone(A, 1));
  assert.deepEqual(b.dataSync(), alone(B, 2));
  const { name } = a;
  a.dispose();
  assert.throws(
    () => optimizer.applyGradients([{ name, tensor: tf.tensor(A) }]),
    new RegExp(`Cannot change the variable "${name}": there is none of that`),
  );
});

Deno.test("a frozen variable keeps its place, and its state after a round trip", async () => {
  const cost = (a: tf.Variable, b: tf.Variable) => () =>
    square(a)().add(square(b)()) as tf.Scalar;
  const [a, b] = variables(), first = new Adadelta();
  a.trainable = false;
  first.minimize(cost(a, b), false, [a, b]);
  const [c, d] = variables(), second = new Adadelta();
  d.assign(b);
  const weights = await first.getWeights();
  assert.deepEqual(
    weights.map(({ tensor }) => tensor.shape),
    [[], [3], [3], [2], [2]],
  );
  await second.setWeights(weights);
  assert.equal(second.iterations, 1);
  second.minimize(cost(c, d), false, [c, d]);
  assert.deepEqual(c.dataSync(), alone(A, 1));
  assert.deepEqual(d.dataSync(), alone(B, 2));
  // And back into one that has its variables already, in another order.
  await first.setWeights(await second.getWeights());
  [a, b].forEach((variable, i) => variable.assign([c, d][i]));
  a.trainable = true;
  first.minimize(cost(a, b), false, [b, a]);
  assert.deepEqual(a.dataSync(), alone(A, 2));
  assert.deepEqual(b.dataSync(), alone(B, 3));
});

Deno.test("what is no state of Adadelta is refused, and nothing touched", async () => {
  const [a] = variables(), optimizer = new Adadelta();
  optimizer.minimize(square(a), false, [a]);
  const weights = await optimizer.getWeights();
  for (const wrong of [[], weights.slice(1), weights.slice(0, 2)]) {
    await assert.rejects(optimizer.setWeights(wrong), /as the state of Adadel/);
  }
  const kept = (await optimizer.getWeights()).map(({ tensor }) => tensor);
  assert.deepEqual(kept.slice(1), weights.slice(1).map(({ tensor }) => tensor));
  const other = tf.variable(tf.tensor(B)), fresh = new Adadelta();
  await fresh.setWeights(weights);
  assert.throws(
    () => fresh.minimize(square(other), false, [other]),
    /of shape \[2\]: the state set for it has shape \[3\]; it is another/,
  );
});

Deno.test("the learning rate is read and changed as that of tfjs", () => {
  const [a] = variables(), optimizer = new Adadelta({ learningRate: 0.5 });
  assert.equal(optimizer.learningRate, 0.5);
  optimizer.learningRate = 0;
  optimizer.minimize(square(a));
  assert.deepEqual(a.dataSync(), Float32Array.from(A));
  assert.deepEqual(optimizer.getConfig().learningRate, 0);
});

Deno.test("options that it does not know, or that are no rates, are refused", () => {
  // deno-lint-ignore no-explicit-any -- as a notebook's cell may call it
  const Unchecked = Adadelta as any;
  assert.throws(() => new Unchecked({ lr: 1 }), /"lr".*use "learningRate"/);
  assert.throws(() => new Unchecked(0.5), /as the options of Adadelta/);
  const wrong = {
    learningRate: [NaN, -1, "1", null, Infinity],
    rho: [NaN, -0.1, "0.9", null, 1, 2, 1 - 1e-12],
    epsilon: [NaN, -1e-7, "1", null, 0, 1e-99, Infinity],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      assert.throws(
        () => new Unchecked({ [name]: value }),
        new RegExp(`use ${name} "${value}" in Adadelta: it must be a number `),
      );
    }
  }
  new Adadelta({ learningRate: 0, rho: 0, epsilon: 1e-12 });
});

Deno.test("TensorFlow.js saves and loads a compiled model with it", async () => {
  const build = () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 2, inputShape: [3] })],
    });
    const optimizer = new Adadelta({ learningRate: 0.5, rho: 0.9 });
    model.compile({ optimizer, loss: "meanSquaredError", metrics: ["mae"] });
    return model;
  };
  const [x, y] = [tf.ones([8, 3]), tf.ones([8, 2])];
  const model = build();
  await model.fit(x, y, { epochs: 2 });
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler((saved) => {
      artifacts = saved;
      return Promise.resolve({} as tf.io.SaveResult);
    }),
    { includeOptimizer: true },
  );
  const loaded = await tf.loadLayersModel(tf.io.fromMemory(artifacts!));
  assert.ok(loaded.optimizer instanceof Adadelta);
  assert.deepEqual(loaded.optimizer.getConfig(), model.optimizer.getConfig());
  assert.equal(loaded.optimizer.iterations, 2);
  await Promise.all([model, loaded].map((each) => each.fit(x, y)));
  assert.deepEqual(
    loaded.getWeights().map((weight) => weight.dataSync()),
    model.getWeights().map((weight) => weight.dataSync()),
  );
});

Deno.test("dispose frees its state, and it starts anew", async () => {
  const [a] = variables();
  const before = tf.memory().numTensors;
  const optimizer = new Adadelta();
  optimizer.minimize(square(a), false, [a]);
  assert.equal(tf.memory().numTensors, before + 2);
  optimizer.dispose();
  assert.equal(tf.memory().numTensors, before);
  optimizer.minimize(square(a), false, [a]);
  optimizer.dispose();
  await new Adadelta().setWeights(await new Adadelta().getWeights());
});
