/**
 * What makes a model that could run as one go layer by layer, and what does not:
 * after two steps each has the loss, the weights and the predictions that tfjs's
 * own layers give on the cpu backend.
 */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import type { WasmBackend } from "../../../lib/backend/backend.ts";
import { type BackendName, useBackend } from "../../../lib/backend/mod.ts";
import { Random } from "../../../lib/data/random.ts";
import { randomNetwork } from "../../numerics/random_network.ts";
import { startObservedBackend } from "../start_backend.ts";

const observe = await startObservedBackend();

type Conv2D = tf.layers.Layer & { kernel: { trainable: boolean } };

/** A model, and how it differs from one that is plain. */
interface Case {
  compile?: () => Partial<tf.ModelCompileArgs>;
  /** Before the model is compiled. */
  change?: (model: tf.LayersModel) => void;
  /** After. */
  late?: (model: tf.LayersModel) => void;
  /** Between its two steps. */
  between?: (model: tf.LayersModel) => void;
  weights?: tf.Tensor1D;
  /** Whether a step runs as one all the same. */
  asOne?: boolean;
}

class Clipped extends tf.SGDOptimizer {
  override computeGradients(f: () => tf.Scalar, variables?: tf.Variable[]) {
    const { value, grads } = super.computeGradients(f, variables);
    for (const name in grads) grads[name] = grads[name].mul(0);
    return { value, grads };
  }
}

const CONVOLUTION =
  tf.layers.conv2d({ filters: 1, kernelSize: 1 }).constructor.prototype;

/** What a layer of a class that inherits from tfjs's own has above it. */
const Doubled = Object.create(CONVOLUTION, {
  constructor: {
    value: class {
      static className = "Conv2D";
    },
  },
  call: {
    value(...args: unknown[]) {
      return tf.mul(CONVOLUTION.call.apply(this, args) as tf.Tensor, 2);
    },
  },
});

const cases: Record<string, Case> = {
  "plain": { asOne: true },
  "Adam": { compile: () => ({ optimizer: tf.train.adam(0.01) }), asOne: true },
  "a metric": { compile: () => ({ metrics: ["mse"] }) },
  "another loss": { compile: () => ({ loss: "meanSquaredError" }) },
  "a frozen layer": { change: ({ layers }) => layers[1].trainable = false },
  "a frozen filter": {
    change: ({ layers }) => (layers[1] as Conv2D).kernel.trainable = false,
  },
  "a frozen sub-model": {
    change: ({ inputs, layers }) => {
      const output = layers[1].output as tf.SymbolicTensor;
      tf.model({ inputs, outputs: output }).trainable = false;
    },
  },
  "thawed after it was compiled": {
    change: ({ layers }) => layers[1].trainable = false,
    late: ({ layers }) => layers[1].trainable = true,
  },
  "a loss of a layer's own": {
    change: ({ layers }) =>
      (layers[1] as unknown as { addLoss: (f: () => tf.Scalar) => void })
        .addLoss(() => tf.scalar(100)),
  },
  "frozen after it was compiled": {
    late: ({ layers }) => layers[1].trainable = false,
  },
  "frozen after its first step": {
    between: ({ layers }) => layers[1].trainable = false,
    asOne: true,
  },
  "another activation after its first step": {
    between: ({ layers }) =>
      Object.assign(layers[1], {
        activation: { apply: tf.tanh, getClassName: () => "tanh" },
      }),
    asOne: true,
  },
  "another loss after its first step": {
    between: (model) =>
      Object.assign(model, { lossFunctions: [tf.metrics.meanSquaredError] }),
    asOne: true,
  },
  "a layer whose call is replaced after its first step": {
    between: ({ layers }) => {
      const call = layers[1].call.bind(layers[1]);
      layers[1].call = (...args) => tf.mul(call(...args) as tf.Tensor, 2);
    },
    asOne: true,
  },
  "a layer of a class of one's own": {
    change: ({ layers }) => Object.setPrototypeOf(layers[1], Doubled),
  },
  "gradients of the optimizer's own": {
    compile: () => ({ optimizer: new Clipped(0.5) }),
  },
};

function build() {
  const { conv2d, maxPooling2d, upSampling2d } = tf.layers;
  const common = { kernelSize: 3, padding: "same" } as const;
  let seed = 1;
  const kernelInitializer = () =>
    tf.initializers.glorotUniform({ seed: seed++ });
  // A Sequential thaws its weights when it is built; this one does not.
  const { inputs, outputs } = tf.sequential({
    layers: [
      conv2d({
        ...common,
        filters: 16,
        activation: "relu",
        inputShape: [12, 12, 1],
        kernelInitializer: kernelInitializer(),
      }),
      maxPooling2d({ poolSize: 2 }),
      upSampling2d({}),
      conv2d({
        ...common,
        filters: 1,
        activation: "sigmoid",
        kernelInitializer: kernelInitializer(),
      }),
    ],
  });
  return tf.model({ inputs, outputs });
}

function backend() {
  return tf.engine().backend as WasmBackend;
}

/** Whether `use` runs a network as one. */
async function runsAsOne(use: () => unknown): Promise<boolean> {
  let asOne = false;
  await observe(use, (task) => asOne ||= task.startsWith("network"));
  return asOne;
}

async function trained(
  name: BackendName,
  { compile, change, late, between }: Case,
) {
  await useBackend(name);
  const model = build();
  change?.(model);
  const optimizer = tf.train.sgd(0.5);
  model.compile({ optimizer, loss: "binaryCrossentropy", ...compile?.() });
  late?.(model);
  const x = tf.randomUniform([5, 12, 12, 1], 0, 1, "float32", 1);
  const y = tf.randomUniform([5, 12, 12, 1], 0, 1, "float32", 2);
  const losses: number[] = [];
  const step = async () =>
    void losses.push(...[await model.trainOnBatch(x, y)].flat());
  const asOne = await runsAsOne(step);
  between?.(model);
  await step();
  const evaluated = [model.evaluate(x, y)].flat().map((loss) =>
    loss.dataSync()[0]
  );
  const predicted = (model.predict(x) as tf.Tensor).dataSync();
  const weights = model.layers.flatMap((layer) => layer.getWeights())
    .map((weight) => weight.dataSync());
  return { asOne, numbers: [losses, evaluated, predicted, ...weights] };
}

for (const [what, one] of Object.entries(cases)) {
  Deno.test(`${what}: trains as tfjs's layers do`, async () => {
    const expected = await trained("cpu", one);
    const actual = await trained("wasm-threads", one);
    assert.equal(actual.asOne, one.asOne ?? false);
    expected.numbers.forEach((numbers, i) => {
      assert.equal(actual.numbers[i].length, numbers.length);
      numbers.forEach((number, j) => {
        const off = Math.abs(actual.numbers[i][j] - number);
        assert.ok(
          off < 1e-5,
          `array ${i}, ${j}: ${actual.numbers[i][j]}, ${number}`,
        );
      });
    });
  });
}

Deno.test("inside a gradient the layers answer", async () => {
  await useBackend("wasm-threads");
  const model = build();
  const x = tf.randomUniform([2, 12, 12, 1], 0, 1, "float32", 1);
  const sum = (x: tf.Tensor) => (model.predict(x) as tf.Tensor).sum();
  const gradient = tf.grad(sum)(x);
  await useBackend("cpu");
  const expected = tf.grad(sum)(x).dataSync();
  gradient.dataSync().forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]) < 1e-5);
  });
});

Deno.test("what throws on the way leaves no memory in use", async () => {
  await useBackend("wasm-threads");
  const model = build();
  model.compile({ optimizer: "sgd", loss: "binaryCrossentropy" });
  const x = tf.randomUniform([5, 12, 12, 1]);
  const w = tf.ones<tf.Rank.R4>([3, 3, 1, 4]);
  const wide = tf.ones<tf.Rank.R4>([2, 9, 9, 16]);
  const wideFilter = tf.ones<tf.Rank.R4>([3, 3, 16, 16]);
  const uses: (() => unknown)[] = [
    () => model.predict(x),
    () => model.evaluate(x, x),
    () => model.trainOnBatch(x, x),
    () => tf.conv2d(x as tf.Tensor4D, w, 1, "same"),
    () => tf.conv2d(wide, wideFilter, 1, "same"),
    () => tf.conv2dTranspose(wide, wideFilter, [2, 18, 18, 16], 2, "same"),
    () => tf.matMul(tf.ones([2_000, 30]), tf.ones([30, 20])),
  ];
  const { heap } = backend();
  /** Lets the job fail that follows `after` others. */
  const fail = async (use: () => unknown, after: number) => {
    let jobs = 0;
    const { numTensors } = tf.memory();
    const bytes = heap.usedBytes;
    tf.engine().startScope();
    try {
      await observe(use, () => {
        if (jobs++ === after) throw new Error("on purpose");
      });
      assert.fail("it did not throw");
    } catch (error) {
      assert.match(String(error), /on purpose/);
    }
    tf.engine().endScope();
    assert.equal(tf.memory().numTensors, numTensors);
    assert.equal(heap.usedBytes, bytes);
  };
  for (const use of uses) {
    // Inputs move to the heap, scratch is made.
    tf.engine().startScope();
    await use();
    tf.engine().endScope();
    for (const after of [0, 1]) await fail(use, after);
  }
});

Deno.test("what is disposed is said to be", async () => {
  await useBackend();
  const model = build();
  const x = tf.ones([1, 12, 12, 1]);
  x.dispose();
  const message = /^Cannot use a tensor that is disposed: .*tf.keep$/;
  assert.throws(() => model.predict(x), { message });
  model.weights.map((weight) => weight.read())
    .forEach((variable) => variable.dispose());
  assert.throws(() => model.predict(tf.ones([1, 12, 12, 1])), {
    message: /kernel is already disposed/,
  });
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
