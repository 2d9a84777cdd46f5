/** Recurrent layers in one kernel are what they are step by step. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { type BackendName, useBackend } from "../../../lib/backend/mod.ts";
import { Random } from "../../../lib/data/random.ts";

type Kind = "lstm" | "gru" | "simpleRNN";
type Settings =
  & Omit<Parameters<typeof tf.layers.lstm>[0], "units" | "cell">
  & { units: number };

interface Sizes {
  batch: number;
  time: number;
  inputs: number;
  units: number;
}

const KINDS: Kind[] = ["lstm", "gru", "simpleRNN"];
const ACTIVATIONS = [
  ...["linear", "relu", "tanh", "sigmoid", "hardSigmoid"] as const,
];

function normal(random: Random, shape: number[], size = 1): tf.Tensor {
  const length = tf.util.sizeFromShape(shape);
  const values = Float32Array.from(
    { length },
    () => size * random.normal(),
  );
  return tf.tensor(values, shape);
}

/** What to do beside calling the layer on floats. */
interface Call {
  sizes: Sizes;
  settings?: Omit<Settings, "units">;
  /** Whether the first state is given. */
  hasState?: boolean;
  /** What share of the steps is masked. */
  masked?: number;
  training?: boolean;
}

/**
 * All outputs of a layer whose weights are random, and the gradients of a sum of them,
 * each with a factor of its own, by the inputs, the first state and the weights. On the
 * current backend where none is named.
 */
async function outputsAndGradients(
  backend: BackendName | undefined,
  kind: Kind,
  { sizes, settings, hasState, masked = 0, training }: Call,
): Promise<Float32Array[]> {
  if (backend) await useBackend(backend);
  const random = new Random(1), { batch, time, inputs, units } = sizes;
  return tf.tidy(() => {
    const layer = tf.layers[kind]({
      ...{ units, recurrentInitializer: "zeros" },
      ...settings,
    } as Settings);
    const x = tf.variable(normal(random, [batch, time, inputs]));
    const states = [0, 1].slice(0, kind === "lstm" ? 2 : 1)
      .map(() => tf.variable(normal(random, [batch, units])));
    layer.build([batch, time, inputs]);
    layer.setWeights(
      layer.weights.map(({ shape }) =>
        normal(random, shape as number[], 1 / Math.sqrt(units))
      ),
    );
    const isKept = Float32Array.from(
      { length: batch * time },
      () => Number(random.integer(1_000) >= 1_000 * masked),
    );
    const flags = {
      training,
      ...hasState && { initialState: states },
      ...masked && { mask: tf.tensor(isKept, [batch, time]).toBool() },
    };
    const factors = new Random(2);
    const outputs: tf.Tensor[] = [];
    const { grads } = tf.variableGrads(() => {
      outputs.push(...[layer.call(x, flags)].flat().map(tf.keep));
      return tf.addN(
        outputs.map((y) => y.mul(normal(factors, y.shape)).sum()),
      ) as tf.Scalar;
    });
    // Names count on from backend to backend; their order does not change.
    const all = [...outputs, ...Object.values(grads)];
    const values = all.map((tensor) => tensor.dataSync() as Float32Array);
    tf.dispose(outputs);
    tf.dispose([x, ...states]);
    layer.weights.forEach((weight) => weight.dispose());
    return values;
  });
}

/** How often each of the two kernels runs while `use` does. */
async function runsOf(use: () => unknown): Promise<[number, number]> {
  const runs: [number, number] = [0, 0];
  const names = ["RecurrentSequence", "RecurrentSequenceGrad"];
  const restore = names.map((name, i) => {
    const kernel = tf.getKernel(name, "wasm-threads")!, { kernelFunc } = kernel;
    kernel.kernelFunc = (call) => {
      runs[i]++;
      return kernelFunc(call);
    };
    return () => void (kernel.kernelFunc = kernelFunc);
  });
  try {
    await use();
  } finally {
    restore.forEach((again) => again());
  }
  return runs;
}

/** Says that a call is the same on both backends, and how often the kernels run. */
async function assertSame(
  kind: Kind,
  call: Call,
  wantedRuns: [number, number] = [1, 1],
) {
  await useBackend("wasm-threads");
  const plain = await outputsAndGradients("cpu", kind, call);
  const runs = await runsOf(async () => {
    const ours = await outputsAndGradients("wasm-threads", kind, call);
    const what = `${kind} ${JSON.stringify(call)}`;
    assert.equal(ours.length, plain.length, what);
    ours.forEach((values, i) => assertClose(values, plain[i], `${what}: ${i}`));
  });
  assert.deepEqual(runs, wantedRuns);
}

function assertClose(a: Float32Array, b: Float32Array, what: string) {
  assert.equal(a.length, b.length, what);
  const size = b.reduce((max, value) => Math.max(max, Math.abs(value)), 1);
  a.forEach((value, i) => {
    assert.ok(
      Math.abs(value - b[i]) <= 1e-5 * size,
      `${what}: ${value} ${b[i]}`,
    );
  });
}

const SIZES: Sizes[] = [
  // tfjs has no gradient of a single step.
  { batch: 1, time: 2, inputs: 1, units: 1 },
  { batch: 3, time: 4, inputs: 2, units: 3 },
  { batch: 13, time: 5, inputs: 7, units: 18 },
  { batch: 29, time: 6, inputs: 5, units: 33 },
];

for (const kind of KINDS) {
  Deno.test(`${kind} of many sizes, with what it may return`, async () => {
    for (const sizes of SIZES) {
      for (const returnSequences of [false, true]) {
        for (const returnState of [false, true]) {
          const settings = { returnSequences, returnState };
          await assertSame(kind, { sizes, settings, hasState: returnState });
        }
      }
    }
  });
}

/** Three sequences of four steps, and enough for several chunks. */
const [, SMALL, , LARGE] = SIZES;

for (const kind of KINDS) {
  Deno.test(`${kind} with each activation, backwards and without bias`, async () => {
    for (const activation of ACTIVATIONS) {
      for (const recurrentActivation of ACTIVATIONS) {
        await assertSame(kind, {
          sizes: SMALL,
          settings: {
            ...{ activation, recurrentActivation },
            goBackwards: activation === "relu",
            returnSequences: recurrentActivation !== "tanh",
            useBias: activation !== "sigmoid",
            unitForgetBias: activation === "tanh",
          },
        });
      }
    }
  });

  Deno.test(`${kind} with masks, forwards and backwards`, async () => {
    for (const goBackwards of [false, true]) {
      for (const masked of [0.2, 0.9, 1]) {
        for (const returnSequences of [false, true]) {
          const settings = { goBackwards, returnSequences, returnState: true };
          for (const sizes of [SMALL, LARGE]) {
            await assertSame(kind, { sizes, settings, masked, hasState: true });
          }
        }
      }
    }
  });

  Deno.test(`${kind}: gradients are those of finite differences`, async () => {
    await useBackend("wasm-threads");
    const random = new Random(3);
    for (const time of [1, 3]) {
      const layer = tf.layers[kind]({
        ...{ units: 3, recurrentInitializer: "glorotUniform" },
        ...{ recurrentActivation: "sigmoid", returnSequences: true },
      });
      layer.build([2, time, 2]);
      const x = tf.variable(normal(random, [2, time, 2]));
      const factors = normal(random, [2, time, 3]);
      const loss = () =>
        (layer.call(x, {}) as tf.Tensor).mul(factors).sum() as tf.Scalar;
      let all: tf.NamedTensorMap = {};
      const runs = await runsOf(() => all = tf.variableGrads(loss).grads);
      assert.deepEqual(runs, [1, 1]);
      for (const [name, gradient] of Object.entries(all)) {
        const variable = tf.engine().registeredVariables[name];
        const before = variable.dataSync(), slopes = gradient.dataSync();
        slopes.forEach((slope, i) => {
          const [low, high] = [-1, 1].map((sign) => {
            const moved = before.slice();
            moved[i] += sign * 1e-2;
            variable.assign(tf.tensor(moved, variable.shape));
            return loss().dataSync()[0];
          });
          assert.ok(
            Math.abs((high - low) / 2e-2 - slope) < 2e-3,
            `${name} ${i}`,
          );
          variable.assign(tf.tensor(before, variable.shape));
        });
      }
      x.dispose();
    }
  });

  Deno.test(`${kind}: the same bits with 1, 2 and 3 threads`, async () => {
    const call: Call = {
      sizes: { batch: 40, time: 5, inputs: 9, units: 37 },
      settings: { returnSequences: true, returnState: true },
      ...{ hasState: true, masked: 0.2 },
    };
    const all = [];
    for (const threads of [1, 2, 3]) {
      await useBackend("wasm-threads", { threads });
      all.push(await outputsAndGradients(undefined, kind, call));
    }
    const [one, ...others] = all;
    others.forEach((values) => assert.deepEqual(values, one));
    await useBackend("wasm-threads");
  });

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
    const x = tf.ones([4, 3, 1_000]);
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
        // tfjs has no second derivative of tanh, nor of hardSigmoid.
        const layer = tf.layers[kind]({
          ...{ units: 2, recurrentInitializer: "zeros" },
          ...{ activation: "linear", recurrentActivation: "linear" },
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
