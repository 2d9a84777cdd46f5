/** Which recurrent layers take their steps in one kernel, alone and in models. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { type BackendName, useBackend } from "../../../lib/backend/mod.ts";
import { Random } from "../../../lib/data/random.ts";
import {
  assertClose,
  assertSame,
  KINDS,
  normal,
  outputsAndGradients,
  runsOf,
  SMALL,
} from "./calls.ts";

for (const kind of KINDS) {
  Deno.test(`${kind} goes step by step with what the kernels do not know`, async () => {
    await assertSame(kind, { sizes: SMALL, settings: { activation: "elu" } }, [
      0,
      0,
    ]);
    const dropout = 0.5;
    const settings = { dropout, recurrentDropout: dropout };
    await assertSame(kind, { sizes: SMALL, settings });
    const dropoutFunc = (x: tf.Tensor) => x;
    for (
      const settings of [{ recurrentDropout: 0.5 }, { dropout, dropoutFunc }]
    ) {
      const runs = await runsOf(() =>
        outputsAndGradients("wasm-threads", kind, {
          ...{ sizes: SMALL, settings, training: true },
        })
      );
      assert.deepEqual(runs, [0, 0]);
    }
  });

  Deno.test(`${kind}: the same inputs are dropped at each step`, async () => {
    await useBackend("wasm-threads");
    const layer = tf.layers[kind]({
      ...{ units: 1, dropout: 0.25, returnSequences: true },
      ...{ kernelInitializer: "ones", recurrentInitializer: "zeros" },
      ...{ activation: "linear", recurrentActivation: "linear" },
    });
    // The same at all steps of all sequences, and no two alike: so two sequences that
    // drop as many inputs have other sums.
    const x = tf.broadcastTo(tf.linspace(0.5, 1.5, 1_000), [4, 3, 1_000]);
    const ratios = async (training: boolean) => {
      let y: tf.Tensor | undefined;
      const runs = await runsOf(() => {
        y = layer.apply(x, { training }) as tf.Tensor;
      });
      assert.deepEqual(runs, [1, 0]);
      return [...y!.dataSync()];
    };
    const whole = await ratios(false);
    assert.equal(new Set(whole.filter((_, i) => i % 3 === 0)).size, 1);
    const left = await ratios(true);
    assert.equal(new Set(left.filter((_, i) => i % 3 === 0)).size, 4);
    if (kind === "simpleRNN") {
      left.forEach((value, i) => {
        assert.equal(value, left[i - i % 3]);
        assert.ok(Math.abs(value - 1_000) < 100, `${value}`);
      });
    }
  });

  Deno.test(`${kind}: a gradient of the gradient`, async () => {
    const second = async (backend: BackendName) => {
      await useBackend(backend);
      return tf.tidy(() => {
        const random = new Random(4);
        const layer = tf.layers[kind]({
          ...{ units: 2, recurrentInitializer: "zeros" },
        });
        layer.build([2, 3, 2]);
        layer.setWeights(
          layer.weights.map(({ shape }) => normal(random, shape as number[])),
        );
        const f = (x: tf.Tensor) =>
          (layer.call(x, {}) as tf.Tensor).square().sum();
        const slope = tf.grad((x) => tf.grad(f)(x).square().sum());
        return slope(normal(random, [2, 3, 2])).dataSync() as Float32Array;
      });
    };
    const plain = await second("cpu");
    assertClose(await second("wasm-threads"), plain, kind);
    assert.ok(plain.some((value) => value !== 0));
  });

  Deno.test(`${kind}: a model that is fitted, and its copy from a file`, async () => {
    await useBackend("wasm-threads");
    const random = new Random(5);
    const model = tf.sequential({
      layers: [
        tf.layers[kind]({
          ...{ units: 5, inputShape: [4, 3], returnSequences: true },
        }),
        tf.layers[kind]({ units: 4 }),
        tf.layers.dense({ units: 1 }),
      ],
    });
    model.compile({ optimizer: "adam", loss: "meanSquaredError" });
    const x = normal(random, [8, 4, 3]), y = normal(random, [8, 1]);
    const step = () => model.fit(x, y, { epochs: 2, batchSize: 4, verbose: 0 });
    assert.deepEqual(await runsOf(step), [8, 8]);
    const { numTensors } = tf.memory();
    await step();
    await model.trainOnBatch(x, y);
    const predict = () =>
      tf.tidy(() => (model.predict(x) as tf.Tensor).dataSync());
    assert.deepEqual(await runsOf(predict), [2, 0]);
    assert.equal(tf.memory().numTensors, numTensors);
    let saved: tf.io.ModelArtifacts | undefined;
    await model.save(tf.io.withSaveHandler((artifacts) => {
      saved = artifacts;
      const dateSaved = new Date();
      const modelArtifactsInfo = {
        dateSaved,
        modelTopologyType: "JSON" as const,
      };
      return Promise.resolve({ modelArtifactsInfo });
    }));
    const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved!));
    const again = tf.tidy(() => (loaded.predict(x) as tf.Tensor).dataSync());
    assert.deepEqual(again, predict());
  });

  Deno.test(`${kind} that is stateful goes on from batch to batch`, async () => {
    const states = async (backend: BackendName) => {
      await useBackend(backend);
      return tf.tidy(() => {
        const random = new Random(6);
        const layer = tf.layers[kind]({
          ...{ units: 3, stateful: true, returnState: true },
          ...{ batchInputShape: [2, 4, 3], recurrentInitializer: "zeros" },
        });
        layer.apply(tf.zeros([2, 4, 3]));
        layer.setWeights(
          layer.weights.map(({ shape }) => normal(random, shape as number[])),
        );
        const all = [1, 2, 3].flatMap(() =>
          layer.apply(normal(random, [2, 4, 3]))
        );
        const values = (all as tf.Tensor[])
          .map((tensor) => tensor.dataSync() as Float32Array);
        layer.resetStates();
        return values;
      });
    };
    const plain = await states("cpu");
    const runs = await runsOf(async () => {
      (await states("wasm-threads"))
        .forEach((values, i) => assertClose(values, plain[i], `${i}`));
    });
    assert.deepEqual(runs, [4, 0]);
  });

  Deno.test(`${kind} in both directions, of words with padding`, async () => {
    const train = async (backend: BackendName) => {
      await useBackend(backend);
      const random = new Random(7);
      const layer = tf.layers[kind]({
        ...{ units: 3, returnSequences: true, recurrentInitializer: "zeros" },
      });
      const model = tf.sequential({
        layers: [
          tf.layers.embedding({
            ...{ inputDim: 6, outputDim: 4, maskZero: true, inputLength: 5 },
          }),
          tf.layers.bidirectional({
            layer: layer as tf.RNN,
            mergeMode: "concat",
          }),
          tf.layers[kind]({ units: 2, recurrentInitializer: "zeros" }),
        ],
      });
      model.setWeights(
        model.weights.map(({ shape }) =>
          normal(random, shape as number[], 0.5)
        ),
      );
      model.compile({ optimizer: tf.train.sgd(0.1), loss: "meanSquaredError" });
      const words = [[1, 2, 0, 0, 0], [3, 4, 5, 1, 2], [5, 0, 3, 0, 0]];
      const x = tf.tensor2d(words), y = normal(random, [3, 2]);
      const losses = [];
      for (let i = 0; i < 3; i++) losses.push(await model.trainOnBatch(x, y));
      const weights = model.getWeights()
        .map((weight) => weight.dataSync() as Float32Array);
      return [Float32Array.from(losses as number[]), ...weights];
    };
    const plain = await train("cpu");
    const runs = await runsOf(async () => {
      (await train("wasm-threads"))
        .forEach((values, i) => assertClose(values, plain[i], `${i}`));
    });
    assert.deepEqual(runs, [9, 9]);
  });
}

Deno.test("other cells and wrong states go step by step", async () => {
  await useBackend("wasm-threads");
  const sum = tf.layers.simpleRNNCell({ units: 2 });
  sum.call = (inputs) => {
    const [x, h] = inputs as tf.Tensor[];
    return [x.add(h), x.add(h)];
  };
  const x = tf.ones([2, 3, 2]);
  const runs = await runsOf(() => {
    const own = tf.layers.rnn({ cell: sum });
    assert.deepEqual([...(own.apply(x) as tf.Tensor).dataSync()], [3, 3, 3, 3]);
    const cells = [1, 2].map((units) => tf.layers.gruCell({ units }));
    tf.layers.rnn({ cell: tf.layers.stackedRNNCells({ cells }) }).apply(x);
    const gru = tf.layers.gru({ units: 2 });
    // One state for all sequences is broadcast by tfjs.
    gru.apply(x, { initialState: tf.ones([1, 2]) });
    assert.throws(
      () => gru.apply(x, { initialState: [tf.ones([2, 2]), tf.ones([2, 2])] }),
      /1 state/,
    );
  });
  assert.deepEqual(runs, [0, 0]);
  const one = () =>
    tf.layers.rnn({ cell: tf.layers.gruCell({ units: 2 }) }).apply(x);
  assert.deepEqual(await runsOf(one), [1, 0]);
});

Deno.test("a layer that begins with a state of its own goes step by step", async () => {
  await useBackend("wasm-threads");
  const x = normal(new Random(1), [2, 3, 4]);
  const layer = tf.layers.lstm({ units: 2 });
  const zero = (layer.apply(x) as tf.Tensor).dataSync();
  Object.assign(layer, {
    getInitialState: () => [tf.ones([2, 2]), tf.ones([2, 2])],
  });
  let one: tf.TypedArray | undefined;
  const runs = await runsOf(() => {
    one = (layer.apply(x) as tf.Tensor).dataSync();
  });
  assert.deepEqual(runs, [0, 0]);
  assert.notDeepEqual(one, zero);
});

Deno.test("a layer whose weights are frozen passes gradients on", async () => {
  await useBackend("wasm-threads");
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 3, inputShape: [4, 3] }),
      tf.layers.lstm({ units: 5, trainable: false }),
    ],
  });
  model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  const read = () => model.getWeights().map((weight) => weight.dataSync());
  const before = read();
  await model.trainOnBatch(tf.ones([2, 4, 3]), tf.ones([2, 5]));
  const after = read();
  assert.notDeepEqual(after[0], before[0]);
  assert.deepEqual(after.slice(2), before.slice(2));
});
