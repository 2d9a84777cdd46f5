/** Models that cannot be trained are refused in words of their own. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { saveModel } from "../../lib/training/saved_model.ts";
import { predict } from "../../lib/training/predict.ts";
import { fit } from "../../lib/training/fit.ts";
import { inFolder } from "../in_folder.ts";
import { clean, noisy, SIZE, smallModel, weightsOf } from "./small_model.ts";

await useBackend();

// deno-lint-ignore no-explicit-any -- as a notebook's cell may call them
type Unchecked = any;

const { dense, conv2d } = tf.layers;
const uncompiled = () =>
  tf.sequential({ layers: [dense({ units: SIZE, inputShape: [SIZE] })] });

/** A model with so many inputs and outputs. */
function branched(inputs: number, outputs: number): tf.LayersModel {
  const from = Array.from(
    { length: inputs },
    () => tf.input({ shape: [SIZE] }),
  );
  const sum = inputs === 1 ? from[0] : tf.layers.add().apply(from);
  const to = Array.from(
    { length: outputs },
    () => dense({ units: SIZE }).apply(sum) as tf.SymbolicTensor,
  );
  const model = tf.model({ inputs: from, outputs: to });
  model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  return model;
}

/** A classifier that answers with one number. */
function oneUnit(activation: "softmax" | "sigmoid"): tf.LayersModel {
  const last = dense({
    units: 1,
    inputShape: [SIZE],
    activation,
    name: "last",
  });
  const model = tf.sequential({ layers: [last] });
  model.compile({ optimizer: "sgd", loss: "binaryCrossentropy" });
  return model;
}

function anySize(): tf.LayersModel {
  const shape = [null, null, 3] as unknown as number[];
  const model = tf.sequential({
    layers: [conv2d({ filters: 1, kernelSize: 3, inputShape: shape })],
  });
  model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  return model;
}

function frozen(): tf.LayersModel {
  const model = smallModel();
  for (const layer of model.layers) layer.trainable = false;
  return model;
}

function broken(): tf.LayersModel {
  const model = smallModel();
  model.setWeights(model.getWeights().map((w) => tf.fill(w.shape, NaN)));
  return model;
}

/** What is no model for fit, what it says, and whether predict says so too. */
const REFUSED: [string, () => Unchecked, RegExp, boolean][] = [
  ["a path", () => "run/model.json", /"run\/model.json": .*loadModel\(f/, true],
  ["a promise", () => Promise.resolve(), /promise.*write await/, true],
  ["nothing", () => undefined, /"undefined": it is no model/, true],
  ["no layers", () => tf.sequential(), /has no layers yet/, true],
  ["not compiled", uncompiled, /not compiled.*call model.compile/, false],
  ["two inputs", () => branched(2, 1), /has 2 inputs \(/, true],
  ["two outputs", () => branched(1, 2), /has 2 outputs \(/, true],
  ["any size", anySize, /no fixed size \(any x any x 3\)/, true],
  ["all frozen", frozen, /all its layers are frozen/, false],
  ["broken weights", broken, /weights of layer "dense.*" are not fin/, false],
  [
    "sparse",
    () => smallModel({ loss: "sparseCategoricalCrossentropy" }),
    /"sparseCategoricalCrossentropy".*give oneHot\(labels\)/,
    false,
  ],
  [
    "a softmax of one unit",
    () => oneUnit("softmax"),
    /"last" makes a softmax of one number, which is always 1; use .*"sigmoid"/,
    false,
  ],
  [
    "a metric with no name",
    () =>
      smallModel({ metrics: [(() => (_: Unchecked, p: tf.Tensor) => p)()] }),
    /the metric "": it has no name/,
    false,
  ],
  [
    "a metric with a taken name",
    () =>
      smallModel({
        metrics: [function seconds(_, p) {
          return p;
        }],
      }),
    /the metric "seconds": fit tells something else by that name/,
    false,
  ],
];

for (const [what, build, message, ofDenoise] of REFUSED) {
  Deno.test(`${what}: refused before anything is touched`, () =>
    inFolder(async (folder) => {
      const checkpoint = `${folder}/training`;
      await assert.rejects(fit(build(), noisy, clean, { checkpoint }), {
        message,
      });
      assert.deepEqual([...Deno.readDirSync(folder)], []);
      if (ofDenoise) await assert.rejects(predict(build(), noisy), { message });
    }));
}

Deno.test("predict uses a model that is not compiled", async () => {
  assert.equal((await predict(uncompiled(), noisy)).length, noisy.length);
});

Deno.test("an optimizer that cannot be saved is refused, and no folder made", () =>
  inFolder(async (folder) => {
    const model = smallModel({ optimizer: tf.train.adamax(0.01) });
    await assert.rejects(
      fit(model, noisy, clean, { checkpoint: `${folder}/training` }),
      /the optimizer "Adamax": .* yet; leave checkpoint out/,
    );
    assert.deepEqual([...Deno.readDirSync(folder)], []);
    assert.equal((await fit(model, noisy, clean)).length, 1);
  }));

Deno.test("a sigmoid of one unit is trained", async () => {
  const ones = new Float32Array(40).fill(1);
  assert.equal((await fit(oneUnit("sigmoid"), noisy, ones)).length, 1);
});

Deno.test("a function that gives no tensor is named, and nothing has moved", async () => {
  const forgetful = (t: tf.Tensor, p: tf.Tensor) =>
    void tf.losses.meanSquaredError(t, p) as Unchecked;
  const late = (async (t: tf.Tensor, p: tf.Tensor) => {
    await Promise.resolve();
    return tf.losses.meanSquaredError(t, p);
  }) as Unchecked;
  const cases: [Partial<tf.ModelCompileArgs>, RegExp][] = [
    [
      { loss: forgetful },
      /loss "forgetful" gives "undefined" and .*e return be/,
    ],
    [
      { loss: late },
      /loss "late" is async, and so gives a promise .*without async/,
    ],
    [
      { metrics: [forgetful] },
      /its metric "forgetful" gives "undefined" and no/,
    ],
  ];
  for (const [args, message] of cases) {
    const model = smallModel(args), before = weightsOf(model);
    const { numTensors } = tf.memory();
    await assert.rejects(fit(model, noisy, clean), { message });
    assert.deepEqual(weightsOf(model), before);
    assert.equal(tf.memory().numTensors, numTensors);
  }
  const failing = () => {
    throw new Error("on purpose");
  };
  const model = smallModel({ loss: failing });
  await assert.rejects(fit(model, noisy, clean), /on purpose/);
});

Deno.test("an optimizer trains the weights of one model alone", async () => {
  const other =
    /"sequential.*": its optimizer has trained other weights, and ke/;
  for (const optimizer of [tf.train.adam(0.01), tf.train.adadelta(1)]) {
    const [first, second] = [1, 2].map(() => smallModel({ optimizer }));
    await assert.rejects(fit(second, noisy.slice(1), clean), /no whole number/);
    await fit(first, noisy, clean);
    await assert.rejects(fit(second, noisy, clean), { message: other });
    await fit(first, noisy, clean);
    first.add(dense({ units: SIZE, activation: "sigmoid" }));
    first.compile({ optimizer, loss: "meanSquaredError" });
    await assert.rejects(fit(first, noisy, clean), { message: other });
  }
  const optimizer = tf.train.sgd(0.1);
  for (let i = 0; i < 2; i++) {
    await fit(smallModel({ optimizer }), noisy, clean);
  }
});

Deno.test("a model that has other layers than it was built of is refused", () =>
  inFolder(async (folder) => {
    const added = smallModel(), popped = smallModel();
    added.add(dense({ units: SIZE }));
    popped.add(dense({ units: SIZE }));
    popped.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    popped.pop();
    for (const model of [added, popped]) {
      const uses = [
        () => fit(model, noisy, clean),
        () => predict(model, noisy),
        () => saveModel(model, folder),
      ];
      for (const use of uses) {
        await assert.rejects(
          use,
          /layers were added to it or taken away after/,
        );
      }
      model.build();
      const answer = await predict(model, noisy);
      const x = tf.tensor(noisy, [40, SIZE]);
      const expected = model.layers.reduce<tf.Tensor>(
        (from, layer) => layer.apply(from) as tf.Tensor,
        x,
      );
      assert.deepEqual(answer, expected.dataSync());
      await saveModel(model, folder);
      model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
      await fit(model, noisy, clean);
    }
  }));

/** Models whose first layer is a model, or that branch, or are not compiled. */
function models(): tf.LayersModel[] {
  const loose = tf.sequential({
    layers: [
      tf.layers.inputLayer({ inputShape: [SIZE] }),
      dense({ units: SIZE }),
      dense({ units: SIZE }),
    ],
  });
  const outer = tf.sequential({
    layers: [tf.sequential({ layers: [smallModel()] }), dense({ units: SIZE })],
  });
  const input = tf.input({ shape: [SIZE] });
  const shared = dense({ units: SIZE });
  const branches = [shared, dense({ units: SIZE }), smallModel()]
    .map((layer) => layer.apply(input)) as tf.SymbolicTensor[];
  const sum = tf.layers.add().apply(branches);
  const outputs = shared.apply(sum) as tf.SymbolicTensor;
  const branched = tf.model({ inputs: input, outputs });
  return [smallModel(), loose, outer, branched];
}

Deno.test("a list of layers that was changed by hand is refused", () =>
  inFolder(async (folder) => {
    const changes: ((model: tf.LayersModel) => unknown)[] = [
      ({ layers }) => layers.pop(),
      ({ layers }) => layers.push(dense({ units: SIZE })),
      (model) => model.layers = [...model.layers, dense({ units: SIZE })],
    ];
    const other = { optimizer: "sgd", loss: "meanSquaredError" } as const;
    for (const change of changes) {
      for (const model of models()) {
        await predict(model, noisy);
        await saveModel(model, folder);
        change(model);
        const message = /layers were added to it or taken away by hand,.*pop\(/;
        await assert.rejects(predict(model, noisy), message);
        await assert.rejects(saveModel(model, folder), message);
        model.compile(other);
        await assert.rejects(fit(model, noisy, clean), message);
      }
    }
  }));

Deno.test("a layer that was unfrozen after compile is named", async () => {
  const model = smallModel();
  model.add(dense({ units: SIZE, name: "thawed" }));
  model.layers[1].trainable = false;
  model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  model.layers[1].trainable = true;
  await assert.rejects(
    fit(model, noisy, clean),
    /its weight "thawed\/kernel" was unfrozen after compile, and would not learn/,
  );
  model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  await fit(model, noisy, clean);
});

Deno.test("one model is in one training at a time, ours or tfjs's", async () => {
  const model = smallModel(), alone = smallModel();
  const options = { epochs: 2, batchSize: 8 };
  const x = tf.tensor(noisy, [40, SIZE]);
  let refused = 0;
  await fit(model, noisy, clean, {
    ...options,
    onBatch: async () => {
      await assert.rejects(fit(model, noisy, clean), {
        name: "Busy",
        message: /it is in training already; wait for the end/,
      });
      await assert.rejects(model.fit(x, x), /another fit\(\) call is ongoing/);
      refused++;
    },
  });
  assert.equal(refused, 10);
  await fit(alone, noisy, clean, options);
  assert.deepEqual(weightsOf(model), weightsOf(alone));
  const callbacks = {
    onEpochEnd: async () => {
      await assert.rejects(fit(model, noisy, clean), { name: "Busy" });
      refused++;
    },
  };
  await model.fit(x, x, { callbacks });
  assert.equal(refused, 11);
});

Deno.test("nor are two models that share a layer", async () => {
  const model = smallModel();
  const other = tf.sequential({
    layers: [...model.layers, dense({ units: 2 })],
  });
  other.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  const targets = new Float32Array(80);
  await fit(model, noisy, clean, {
    onEpoch: () =>
      assert.rejects(fit(other, noisy, targets), {
        name: "Busy",
        message: /another model that shares layers is in training already/,
      }),
  });
  assert.equal((await fit(other, noisy, targets)).length, 1);
});

Deno.test("a training that fails leaves the model free for the next", async () => {
  const model = smallModel();
  const stop = () => Promise.reject(new Error("stop"));
  await assert.rejects(fit(model, noisy, clean, { onBatch: stop }), /stop/);
  await assert.rejects(fit(model, noisy, clean.slice(1)), RangeError);
  assert.equal((await fit(model, noisy, clean)).length, 1);
});
