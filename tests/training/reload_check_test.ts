/** A saved model comes back the same, or is refused by the name of a layer. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { loadModel, saveModel } from "../../lib/training/saved_model.ts";
import { inFolder } from "../in_folder.ts";
import { clean, noisy, SIZE, smallModel, weightsOf } from "./small_model.ts";

await useBackend();

const { dense, batchNormalization, add } = tf.layers;

type Symbolic = tf.SymbolicTensor;

/** A layer that is registered, made from what a test gives it. */
abstract class Own extends tf.layers.Layer {
  protected readonly factor: number;
  constructor(args: { factor?: number } = {}) {
    super(args as ConstructorParameters<typeof tf.layers.Layer>[0]);
    this.factor = args.factor ?? 1;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return [inputs].flat()[0].mul(this.factor);
  }
}

class Forgets extends Own {
  static className = "Forgets";
}

class Bounds extends Own {
  static className = "Bounds";
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return [inputs].flat()[0].minimum(this.factor);
  }
}

class Floors extends Own {
  static className = "Floors";
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return [inputs].flat()[0].floor();
  }
}

class Picks extends Own {
  static className = "Picks";
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = [inputs].flat();
    if (!x.dataSync().every(Number.isInteger)) throw new Error("fractions");
    return x.mul(this.factor);
  }
}

class Keeps extends Own {
  static className = "Keeps";
  override getConfig() {
    return { ...super.getConfig(), factor: this.factor };
  }
}

class Demands extends Own {
  static className = "Demands";
  constructor(args: { factor?: number }) {
    if (!args.factor) throw new Error("no factor");
    super(args);
  }
}

class Draws extends Own {
  static className = "Draws";
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = [inputs].flat();
    return x.add(tf.randomUniform(x.shape));
  }
}

class NotFinite extends Own {
  static className = "NotFinite";
  override getConfig() {
    return { ...super.getConfig(), most: Infinity };
  }
}

for (
  const own of [
    Floors,
    Picks,
    Bounds,
    Forgets,
    Keeps,
    Demands,
    Draws,
    NotFinite,
  ]
) {
  tf.serialization.registerClass(own);
}

const first = () => dense({ units: 3, inputShape: [4] });

function sequence(...layers: tf.layers.Layer[]): tf.Sequential {
  return tf.sequential({ layers: [first(), ...layers] });
}

function nested({ frozen = false, name = "inner" } = {}): tf.LayersModel {
  const inner = tf.sequential({ name, layers: [first(), dense({ units: 4 })] });
  if (frozen) inner.trainable = false;
  return inner;
}

function frozenWhole(): tf.LayersModel {
  const model = sequence();
  model.trainable = false;
  return model;
}

function withShared(): tf.LayersModel {
  const inputs = [tf.input({ shape: [4] }), tf.input({ shape: [4] })];
  const shared = dense({ units: 3 });
  const both = inputs.map((input) => shared.apply(input) as Symbolic);
  const outputs = [add().apply(both), ...both] as Symbolic[];
  return tf.model({ inputs, outputs, name: "pair" });
}

function withFrozenLayer(): tf.LayersModel {
  const model = sequence(batchNormalization(), dense({ units: 2 }));
  model.layers[0].trainable = false;
  return model;
}

const MODELS: [string, () => tf.LayersModel][] = [
  ["a frozen layer", withFrozenLayer],
  ["a shared layer, two inputs and three outputs", withShared],
  ["a model in it", () => tf.sequential({ layers: [nested(), first()] })],
  [
    "a frozen model in one in it",
    () => {
      const middle = tf.sequential({
        name: "middle",
        layers: [nested({ frozen: true })],
      });
      return tf.sequential({ layers: [middle, first()] });
    },
  ],
  ["all frozen", frozenWhole],
  [
    "a layer of one's own with a config",
    () => sequence(new Keeps({ factor: 3 })),
  ],
  ["one that draws numbers", () => sequence(new Draws())],
  [
    "weights that do not keep their constraint",
    () => {
      const kernelConstraint = tf.constraints.maxNorm({ maxValue: 1e-3 });
      return sequence(dense({ units: 3, name: "small", kernelConstraint }));
    },
  ],
  ["a layer that is used twice", () => twice(dense({ units: 4 }))],
  ["one without arguments", () => sequence(new Forgets())],
];

for (const [what, build] of MODELS) {
  Deno.test(`${what}: comes back with names, answers and what is frozen`, () =>
    inFolder(async (folder) => {
      const model = build();
      const metadata = { course: "noise", tries: [1, 2], sha256: "mine" };
      model.setUserDefinedMetadata(metadata);
      const before = tf.memory().numTensors;
      await saveModel(model, folder);
      // tfjs keeps what a constraint makes of a weight that is loaded.
      const kept = what.includes("constraint") ? 1 : 0;
      assert.equal(tf.memory().numTensors, before + kept);
      const loaded = await loadModel(folder);
      assert.deepEqual(loaded.getUserDefinedMetadata(), metadata);
      const names = ({ name, layers, trainableWeights }: tf.LayersModel) => [
        ...[name, layers.map((layer) => layer.name)],
        trainableWeights.map(({ originalName }) => originalName),
      ];
      assert.deepEqual(names(loaded), names(model));
      assert.deepEqual(weightsOf(loaded), weightsOf(model));
      if (what.includes("draws")) return;
      const x = model.inputs.map(({ shape: [, size] }) =>
        tf.randomUniform([2, size!], 0, 1, "float32", 1)
      );
      const answer = (of: tf.LayersModel) =>
        [of.predict(x)].flat().map((tensor) => tensor.dataSync());
      assert.deepEqual(answer(loaded), answer(model));
      // And once more, from what was loaded.
      await saveModel(loaded, folder);
      assert.deepEqual(weightsOf(await loadModel(folder)), weightsOf(model));
    }));
}

/** A layer or a model from 4 numbers to as many, used twice. */
function twice(shared: tf.layers.Layer): tf.LayersModel {
  const inputs = tf.input({ shape: [4] });
  const once = shared.apply(inputs) as Symbolic;
  const outputs = shared.apply(once) as Symbolic;
  return tf.model({ inputs, outputs, name: "twice" });
}

const REFUSED: [string, () => tf.LayersModel, RegExp][] = [
  [
    "an argument that no config has",
    () => sequence(new Forgets({ factor: 3 })),
    /its layer "forgets.*" would answer otherwise.*class Forgets a getConfig/,
  ],
  [
    "a constructor that throws",
    () => sequence(new Demands({ factor: 3 })),
    /its layer "demands.*" could not be loaded again \(no factor\); give its/,
  ],
  [
    "one in a model in it",
    () => tf.sequential({ layers: [sequence(new Demands({ factor: 3 }))] }),
    /its layer "demands.*" could not be loaded again \(no factor\)/,
  ],
  [
    "a number that JSON has not",
    () => sequence(new NotFinite()),
    /\.most" is Inf/,
  ],
  [
    "two layers of one name",
    () =>
      sequence(dense({ units: 3, name: "a" }), dense({ units: 3, name: "a" })),
    /two of its weights are named "a\/kernel"; give each layer a name/,
  ],
  [
    "one that is used twice, and forgets",
    () => twice(new Forgets({ factor: 3 })),
    /its layer "forgets.*" would answer otherwise/,
  ],
  [
    "a model used twice, with one that forgets in it",
    () => twice(sequence(new Forgets({ factor: 3 }), dense({ units: 4 }))),
    /its layer "forgets.*" would answer otherwise/,
  ],
  [
    "one that answers whole numbers only",
    () => sequence(new Floors(), new Picks({ factor: 3 })),
    /: it would answer otherwise after loading; give the classes of layers/,
  ],
  [
    "a limit above one that no config has",
    () => sequence(new Bounds({ factor: 6 })),
    /its layer "bounds.*" would answer otherwise/,
  ],
  ["no layers", () => tf.sequential(), /has no layers yet/],
];

for (const [what, build, message] of REFUSED) {
  Deno.test(`${what}: refused at save, and the old model stays`, () =>
    inFolder(async (folder) => {
      const old = smallModel();
      await saveModel(old, folder);
      await assert.rejects(saveModel(build(), folder), { message });
      assert.deepEqual(weightsOf(await loadModel(folder)), weightsOf(old));
      assert.equal([...Deno.readDirSync(folder)].length, 2);
    }));
}

Deno.test("with its optimizer, a model goes on learning after loading", () =>
  inFolder(async (folder) => {
    const optimizers = [
      () => tf.train.adadelta(0.5),
      () => tf.train.adam(0.01),
    ];
    for (const optimizer of optimizers) {
      const model = smallModel({ optimizer: optimizer(), metrics: ["mse"] });
      const [x, y] = [noisy, clean].map((all) => tf.tensor(all, [40, SIZE]));
      await model.fit(x, y);
      const before = tf.memory().numTensors;
      await saveModel(model, folder, { includeOptimizer: true });
      assert.ok(tf.memory().numTensors <= before + 2); // tfjs forgets its steps
      const loaded = await loadModel(folder);
      assert.deepEqual(
        loaded.optimizer.getConfig(),
        model.optimizer.getConfig(),
      );
      assert.deepEqual(loaded.metricsNames, model.metricsNames);
      for (const each of [model, loaded]) {
        await each.fit(x, y, { shuffle: false });
      }
      const [expected, values] = [model, loaded].map(weightsOf);
      for (const [i, numbers] of values.entries()) {
        numbers.forEach((value, j) =>
          assert.ok(Math.abs(value - expected[i][j]) < 1e-5)
        );
      }
    }
    await saveModel(smallModel(), folder);
    assert.equal((await loadModel(folder)).optimizer, undefined);
  }));

function frozenSince(): tf.LayersModel {
  const model = sequence(dense({ units: 2 }));
  model.compile({ optimizer: "adam", loss: "meanSquaredError" });
  model.layers[0].trainable = false;
  return model;
}

Deno.test("models saved at once in one folder leave one of them whole", () =>
  inFolder(async (folder) => {
    const models = [1, 2, 3].map((units) => sequence(dense({ units })));
    await Promise.all(models.map((model) => saveModel(model, folder)));
    assert.equal([...Deno.readDirSync(folder)].length, 2);
    assert.equal((await loadModel(folder)).outputs[0].shape[1], 3);
  }));

Deno.test("a model whose weights move while it is saved is said to be in training", () =>
  inFolder(async (folder) => {
    const model = smallModel();
    const saved = saveModel(model, folder);
    model.setWeights(model.getWeights().map((weight) => weight.mul(2)));
    await assert.rejects(
      saved,
      /its weights changed while .* await in onEpoch/,
    );
  }));

Deno.test("an optimizer or a loss that cannot be saved is said to be so", () =>
  inFolder(async (folder) => {
    const loss = (y: tf.Tensor, answer: tf.Tensor) => answer.sub(y).abs();
    const models: [tf.LayersModel, RegExp][] = [
      [sequence(), /with its optimizer: it is not compiled; leave includeOpt/],
      [
        smallModel({ loss }),
        /a function of your own is its loss; leave includeOptimizer out/,
      ],
      [
        smallModel({ metrics: ["mse", loss] }),
        /a function of your own is its metrics; leave includeOptimizer out/,
      ],
      [smallModel({ optimizer: "adamax" }), /Adamax.*; leave includeOptimizer/],
      [frozenSince(), /a layer was frozen or unfrozen after compile; leave/],
    ];
    for (const [model, message] of models) {
      const attempt = saveModel(model, folder, { includeOptimizer: true });
      await assert.rejects(attempt, { message });
      assert.deepEqual([...Deno.readDirSync(folder)], []);
      await saveModel(model, `${folder}/model`);
      await Deno.remove(`${folder}/model`, { recursive: true });
    }
  }));

Deno.test("what is no model, folder or option is refused by name", () =>
  inFolder(async (folder) => {
    // deno-lint-ignore no-explicit-any -- as a notebook's cell may call them
    const [save, load] = [saveModel, loadModel] as any[];
    const calls: [() => Promise<unknown>, RegExp][] = [
      [() => save(folder, smallModel()), /the model comes first, and then/],
      [() => save(smallModel()), /"undefined": it is no path of a folder/],
      [() => save(smallModel(), `${folder}/model.json`), /give its folder/],
      [
        () => save(smallModel(), folder, { optimizer: true }),
        /"optimizer": sa/,
      ],
      [
        () => save(smallModel(), folder, { includeOptimizer: "yes" }),
        /includeOptimizer "yes": it is neither true nor false/,
      ],
      [() => save(smallModel(), "file:///run"), /it is an address and no path/],
      [() => load("indexeddb://model"), /it is an address and no path of a f/],
      [() => load(), /"undefined": it is no path of a folder/],
      [() => load(new URL("file:///a")), /it is no path of a folder, as text/],
      [() => load(`${folder}/model.json`), /give its folder, in which model/],
    ];
    for (const [call, message] of calls) {
      await assert.rejects(call(), { message });
    }
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));

Deno.test("a layer that remembers what it was asked is not asked by saving", () =>
  inFolder(async (folder) => {
    const remembering = tf.layers.simpleRNN({
      ...{ units: 2, stateful: true, batchInputShape: [1, 3, 2] },
    });
    const model = tf.sequential({ layers: [remembering] });
    const answer = () =>
      (model.predict(tf.ones([1, 3, 2])) as tf.Tensor).dataSync();
    const answers = [answer(), answer()];
    model.resetStates();
    const first = answer();
    await saveModel(model, folder);
    assert.deepEqual([first, answer()], answers);
  }));
