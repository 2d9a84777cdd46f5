/**
 * Networks that run as one against the same networks layer by layer, which are
 * the specification. Inputs and weights are whole numbers, weights multiples of
 * four: then all layers but the last are exact, Winograd's quarters too, and
 * relu and pooling decide alike. (One activation on the other side of zero
 * changes a gradient by a thousandth.) What is left is rounding.
 */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import type { WasmBackend } from "../../lib/backend/backend.ts";
import { useBackend } from "../../lib/backend/mod.ts";
import {
  lossAndGradients,
  meanLoss,
  predict,
} from "../../lib/backend/network/run.ts";
import { stagesOf } from "../../lib/backend/network/stages.ts";
import { Random } from "../../lib/random.ts";

const TOLERANCE = 3e-6;
const TRIALS = 30;

/** One of the networks that can run as one; weights and sizes by chance. */
function randomNetwork(random: Random, n = 1 + random.integer(19)) {
  const { conv2d, maxPooling2d, upSampling2d } = tf.layers;
  const channels = () => 16 * (1 + random.integer(3));
  const convolution = (filters: number, inputShape?: number[]) =>
    conv2d({
      filters,
      kernelSize: 3,
      padding: "same",
      activation: filters === 1 ? "sigmoid" : "relu",
      inputShape,
    });
  const pool = () => maxPooling2d({ poolSize: 2 });
  const double = () => upSampling2d({ size: [2, 2] });
  // Poolings and upsamplings in any number, and sides that are odd where they
  // may be: whole and cut Winograd tiles.
  const halvings = random.integer(3), doublings = 1 + random.integer(2);
  const [h, w] = [0, 0].map(() => 2 ** halvings * (3 + random.integer(6)));
  const inputs = halvings ? 1 + random.integer(3) : 16;
  const encoder = Array.from({ length: halvings }, (_, i) => [
    convolution(channels(), i === 0 ? [h, w, inputs] : undefined),
    pool(),
  ]).flat();
  const middle = random.integer(2) || !halvings
    ? [convolution(channels(), halvings ? undefined : [h, w, inputs])]
    : [];
  const decoder = Array.from(
    { length: doublings - 1 },
    () => [double(), convolution(channels())],
  ).flat();
  const model = tf.sequential({
    layers: [...encoder, ...middle, ...decoder, double(), convolution(1)],
  });
  const [, outH, outW] = model.outputs[0].shape as number[];
  model.setWeights(
    model.getWeights().map(({ shape }, i, all) => {
      const scale = i === all.length - 2 ? 2 ** -14 : 4;
      return shape.length === 1
        ? wholeNumbers(shape, () => random.integer(5) - 2)
        : wholeNumbers(shape, () => scale * sparse(random, 9 * shape[2]!));
    }),
  );
  return {
    model,
    x: wholeNumbers([n, h, w, inputs], () => random.integer(4)),
    y: wholeNumbers([n, outH, outW, 1], () => random.integer(2)),
  };
}

function wholeNumbers(shape: number[], next: () => number): tf.Tensor {
  const length = tf.util.sizeFromShape(shape);
  return tf.tensor(Float32Array.from({ length }, next), shape);
}

/** -1 or 1, about six times in `outOf`; else 0. */
function sparse(random: Random, outOf: number): number {
  return random.integer(outOf) < 6 ? 2 * random.integer(2) - 1 : 0;
}

function currentBackend() {
  return tf.engine().findBackend("wasm-threads") as unknown as WasmBackend;
}

function numbersOf(info: tf.TensorInfo): Float32Array {
  return currentBackend().readSync(info.dataId) as Float32Array;
}

/** |actual - expected| / |expected| */
function error(actual: Float32Array, expected: Float32Array): number {
  const norm = (values: Float32Array) => Math.hypot(...values);
  return norm(actual.map((value, i) => value - expected[i])) / norm(expected);
}

/** Loss, gradients by name and prediction, all layer by layer. */
function layerByLayer({ model, x, y }: ReturnType<typeof randomNetwork>) {
  const { value, grads } = tf.variableGrads(() => {
    const output = model.apply(x, { training: true }) as tf.Tensor;
    return tf.metrics.binaryCrossentropy(y, output).mean<tf.Scalar>();
  });
  const prediction = model.apply(x) as tf.Tensor;
  return {
    loss: value.dataSync()[0],
    gradients: Object.fromEntries(
      Object.entries(grads).map(([name, tensor]) =>
        [name, tensor.dataSync<"float32">()] as const
      ),
    ),
    prediction: prediction.dataSync<"float32">(),
  };
}

function asOne({ model, x, y }: ReturnType<typeof randomNetwork>) {
  const backend = currentBackend(), stages = stagesOf(model)!;
  const { loss, gradients } = lossAndGradients(backend, stages, { x, y });
  return {
    loss,
    meanLoss: meanLoss(backend, stages, { x, y }),
    gradients: Object.fromEntries(
      stages.flatMap(({ filter, bias }) => [filter, bias])
        .map((weight, i) => [weight.read().name, numbersOf(gradients[i])]),
    ) as Record<string, Float32Array>,
    prediction: numbersOf(predict(backend, stages, x)),
  };
}

Deno.test("networks as one equal networks layer by layer", async () => {
  await useBackend("wasm-threads");
  const random = new Random(5);
  for (let trial = 0; trial < TRIALS; trial++) {
    const network = randomNetwork(random);
    const name = `trial ${trial}, x[${network.x.shape}]`;
    const expected = layerByLayer(network), actual = asOne(network);
    const offLoss = Math.abs(actual.loss / expected.loss - 1);
    assert.ok(offLoss < TOLERANCE, `${name}: loss off by ${offLoss}`);
    assert.equal(actual.meanLoss, actual.loss, name);
    const off = error(actual.prediction, expected.prediction);
    assert.ok(off < TOLERANCE, `${name}: prediction off by ${off}`);
    const names = Object.keys(expected.gradients);
    assert.deepEqual(Object.keys(actual.gradients).sort(), names.sort());
    for (const weight of names) {
      const off = error(actual.gradients[weight], expected.gradients[weight]);
      assert.ok(
        off < TOLERANCE,
        `${name}: gradient of ${weight} off by ${off}`,
      );
    }
  }
});

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
  const { pool } = currentBackend();
  const { run } = pool;
  const tasks = new Set<string>();
  pool.run = (task, ...rest) => {
    tasks.add(task);
    run.call(pool, task, ...rest);
  };
  const tasksOf = async (use: () => unknown) => {
    tasks.clear();
    await use();
    return [...tasks].filter((task) => /network|convolution/.test(task));
  };
  const trained = await tasksOf(() => model.trainOnBatch(x, y));
  const evaluated = await tasksOf(() => model.evaluate(x, y));
  const predicted = await tasksOf(() => model.predict(x));
  pool.run = run;
  const training = ["networkFilters", "networkTrain"];
  assert.deepEqual(trained, [...training, "networkGradients"]);
  assert.deepEqual(evaluated, training);
  assert.deepEqual(predicted, ["networkFilters", "networkPredict"]);
});
