/** tfjs's Adadelta follows Zeiler's rule, and is used as tfjs's others are. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { uncorrectedAdadelta } from "../../../lib/backend/fixes/mod.ts";
import { useBackend } from "../../../lib/backend/mod.ts";

const A = [1, -2, 3], B = [0.5, 0.25];

function variables() {
  return [tf.variable(tf.tensor(A)), tf.variable(tf.tensor(B))] as const;
}

const square = (variable: tf.Variable) => () =>
  variable.square().sum() as tf.Scalar;

/** What steps of Zeiler's algorithm 1 down a parabola make of some numbers. */
function zeiler(
  values: number[],
  { steps = 1, rate = 1, rho = 0.95, epsilon = 1e-7 } = {},
): number[] {
  return values.map((value) => {
    let squares = 0, updates = 0;
    for (let step = 0; step < steps; step++) {
      const gradient = 2 * value;
      squares = rho * squares + (1 - rho) * gradient ** 2;
      const ratio = (updates + epsilon) / (squares + epsilon);
      const update = Math.sqrt(ratio) * gradient;
      updates = rho * updates + (1 - rho) * update ** 2;
      value -= rate * update;
    }
    return value;
  });
}

function assertNear(variable: tf.Variable, expected: number[]) {
  const values = [...variable.dataSync()];
  assert.equal(values.length, expected.length);
  values.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]) < 1e-6, `${values}: ${expected}`);
  });
}

for (const name of ["cpu", "wasm-threads"] as const) {
  Deno.test(`one optimizer keeps apart the averages of lists of variables, on ${name}`, async () => {
    await useBackend(name);
    const [a, b] = variables(), c = tf.variable(tf.tensor(A));
    const optimizer = tf.train.adadelta(1);
    for (let step = 0; step < 3; step++) {
      optimizer.minimize(square(a), false, [a]);
      optimizer.minimize(() => tf.addN([square(b)(), square(c)()]), false, [
        c,
        b,
      ]);
    }
    for (const [variable, start] of [[a, A], [b, B], [c, A]] as const) {
      assertNear(variable, zeiler(start, { steps: 3 }));
    }
    assert.equal((await optimizer.getWeights()).length, 1 + 2 * 3);
    // What a variable leaves behind is the next one's, as in tfjs.
    a.dispose();
    const next = tf.variable(tf.tensor(A));
    optimizer.minimize(square(next), false, [next]);
    assert.equal((await optimizer.getWeights()).length, 1 + 2 * 3);
    tf.dispose([b, c, next]);
    optimizer.dispose();
  });
}

for (const name of ["cpu", "wasm-threads"] as const) {
  Deno.test(`the algorithm in numbers, with its rate changed, on ${name}`, async () => {
    await useBackend(name);
    const [a, b] = variables(), optimizer = tf.train.adadelta(1);
    const { epsilon } = optimizer.getConfig();
    assert.equal(epsilon, 1e-7);
    for (let step = 0; step < 5; step++) optimizer.minimize(square(a));
    assertNear(a, zeiler(A, { steps: 5 }));
    const settings = { rate: 0.5, rho: 0.8, epsilon: 1e-3, steps: 3 };
    const other = tf.train.adadelta(9, settings.rho, settings.epsilon);
    Object.assign(other, { learningRate: settings.rate });
    for (let step = 0; step < 3; step++) {
      other.minimize(square(b), false, [b]);
    }
    assertNear(b, zeiler(B, settings));
    const before = b.dataSync();
    Object.assign(other, { learningRate: 0 });
    other.minimize(square(b), false, [b]);
    assert.deepEqual(b.dataSync(), before);
    assert.equal(other.getConfig().learningRate, 0);
    assert.equal(other.iterations, 4);
  });

  Deno.test(`settings that are no rates are refused at a step on ${name}`, async () => {
    await useBackend(name);
    const wrong = {
      learningRate: [NaN, -1, "1", null, Infinity],
      rho: [NaN, -0.1, "0.9", null, 1, 2, 1 - 1e-12],
      epsilon: [NaN, -1e-7, "1", 0, 1e-99, Infinity],
    };
    const [a] = variables();
    for (const [setting, values] of Object.entries(wrong)) {
      for (const value of values) {
        const optimizer = tf.train.adadelta(1);
        Object.assign(optimizer, { [setting]: value });
        assert.throws(
          () => optimizer.minimize(square(a), false, [a]),
          new RegExp(`use ${setting} "${value}" in Adadelta: it must be a num`),
        );
      }
    }
    assert.deepEqual([...a.dataSync()], A);
    const least = tf.train.adadelta(0, 0, 1e-12);
    least.minimize(square(a), false, [a]);
  });

  Deno.test(`tfjs's own rule can be compared with it on ${name}`, async () => {
    await useBackend(name);
    const [a, b] = variables();
    uncorrectedAdadelta(1).minimize(square(a), false, [a]);
    assertNear(a, A.map((value) => -value)); // divided by almost nothing
    tf.train.adadelta(1).minimize(square(b), false, [b]);
    assertNear(b, zeiler(B));
  });
}

Deno.test("gradients come as a list or by name, and of variables that are there", async () => {
  await useBackend();
  const gradientOf = (variable: tf.Variable) => variable.mul(2) as tf.Tensor;
  const [a, b] = variables(), optimizer = tf.train.adadelta(1);
  optimizer.applyGradients({
    [a.name]: gradientOf(a),
    [b.name]: gradientOf(b),
  } as tf.NamedTensorMap as Record<string, tf.Variable>);
  const list = [a, b].map((variable) => ({
    name: variable.name,
    tensor: gradientOf(variable),
  }));
  optimizer.applyGradients(list);
  assertNear(a, zeiler(A, { steps: 2 }));
  assertNear(b, zeiler(B, { steps: 2 }));
  const { name } = a;
  a.dispose();
  assert.throws(
    () => optimizer.applyGradients([{ name, tensor: tf.tensor(A) }]),
    new RegExp(`Cannot change the variable "${name}": there is none of that`),
  );
});

Deno.test("a frozen variable keeps its place, and its state after a round trip", async () => {
  await useBackend();
  const cost = (a: tf.Variable, b: tf.Variable) => () =>
    square(a)().add(square(b)()) as tf.Scalar;
  const [a, b] = variables(), first = tf.train.adadelta(1);
  a.trainable = false;
  first.minimize(cost(a, b), false, [a, b]);
  const [c, d] = variables(), second = tf.train.adadelta(1);
  d.assign(b);
  const weights = await first.getWeights();
  assert.deepEqual(
    weights.map(({ tensor }) => tensor.shape),
    [[], [3], [2], [3], [2]],
  );
  await second.setWeights(weights);
  assert.equal(second.iterations, 1);
  second.minimize(cost(c, d), false, [c, d]);
  assertNear(c, zeiler(A));
  assertNear(d, zeiler(B, { steps: 2 }));
  const third = tf.train.adadelta(1);
  await third.setWeights(weights);
  assert.throws(
    () => third.minimize(square(d), false, [d, c]),
    /of shape \[2\]: the state set for it has shape \[3\]; it is another/,
  );
});

Deno.test("TensorFlow.js saves and loads a compiled model with it", async () => {
  await useBackend();
  const build = () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 2, inputShape: [3] })],
    });
    const optimizer = tf.train.adadelta(0.5, 0.9);
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
  assert.deepEqual(loaded.optimizer.getConfig(), model.optimizer.getConfig());
  assert.equal(loaded.optimizer.iterations, 2);
  await Promise.all([model, loaded].map((each) => each.fit(x, y)));
  assert.deepEqual(
    loaded.getWeights().map((weight) => weight.dataSync()),
    model.getWeights().map((weight) => weight.dataSync()),
  );
});
