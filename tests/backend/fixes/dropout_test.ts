/** Seeded dropout draws anew at each step, and the same in each training. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../../lib/backend/mod.ts";

await useBackend();

const { dense, dropout, spatialDropout1d } = tf.layers;

/** Three numbers in, and back again, with `middle` between. */
function build(
  middle: tf.layers.Layer[],
  { optimizer = tf.train.sgd(0.1) }: { optimizer?: tf.Optimizer } = {},
) {
  const last = dense({ units: 1, kernelInitializer: "ones" });
  const model = tf.sequential({ layers: [...middle, last] });
  model.compile({ optimizer, loss: "meanSquaredError" });
  const seen: string[] = [];
  // What dropout left comes into the last layer.
  last.setCallHook((inputs) =>
    void seen.push([inputs].flat()[0].notEqual(0).dataSync().join(""))
  );
  return { model, seen };
}

/** What is left at each step of some, of ones. */
async function left(
  layers: tf.layers.Layer[],
  options?: { optimizer?: tf.Optimizer },
) {
  const { model, seen } = build(layers, options);
  const x = tf.ones([2, ...model.inputs[0].shape.slice(1) as number[]]);
  const y = tf.ones([2, ...model.outputs[0].shape.slice(1) as number[]]);
  for (let i = 0; i < 8; i++) await model.trainOnBatch(x, y);
  return seen;
}

function different(texts: string[]): number {
  return new Set(texts).size;
}

const seeded = {
  dropout: (seed: number) => dropout({ rate: 0.5, seed, inputShape: [50] }),
  spatialDropout1d: (seed: number) =>
    spatialDropout1d({ rate: 0.5, seed, inputShape: [4, 50] }),
};

for (const [name, layer] of Object.entries(seeded)) {
  Deno.test(`${name} with a seed drops others at each step, alike each time`, async () => {
    for (const seed of [0, 3]) {
      const masks = await left([layer(seed)]);
      assert.equal(different(masks), 8);
      assert.deepEqual(await left([layer(seed)]), masks);
      assert.notDeepEqual(await left([layer(seed + 1)]), masks);
    }
  });
}

Deno.test("tfjs's own fit draws the same", async () => {
  const layer = () => seeded.dropout(3);
  const { model, seen } = build([layer()]);
  const options = { epochs: 4, batchSize: 2, shuffle: false, verbose: 0 };
  await model.fit(tf.ones([4, 50]), tf.ones([4, 1]), options);
  assert.deepEqual(seen, await left([layer()]));
});

Deno.test("a layer used twice in a step, and outside of any, draws anew", () => {
  const layer = seeded.dropout(3);
  const draw = (training: boolean) =>
    (layer.apply(tf.ones([1, 50]), { training }) as tf.Tensor).dataSync()
      .join();
  assert.equal(different([draw(true), draw(true), draw(true)]), 3);
  assert.equal(different([draw(false), draw(false)]), 1);
  const input = tf.input({ shape: [50] });
  const outputs = [layer, layer].map((one) => one.apply(input));
  const model = tf.model({
    inputs: input,
    outputs: outputs as tf.SymbolicTensor[],
  });
  const ones = tf.ones([1, 50]);
  const answers = model.apply(ones, { training: true }) as tf.Tensor[];
  assert.equal(different(answers.map((answer) => answer.dataSync().join())), 2);
  assert.equal(layer.getConfig().seed, 3);
});

Deno.test("an optimizer that counts no steps gets them counted", async () => {
  class Own extends tf.Optimizer {
    static className = "Own";
    override applyGradients() {}
    override getConfig() {
      return {};
    }
  }
  const masks = await left([seeded.dropout(3)], { optimizer: new Own() });
  assert.equal(different(masks), 8);
});

Deno.test("a step that throws is not counted", async () => {
  const optimizer = tf.train.sgd(0.1);
  const { model } = build([seeded.dropout(3)], { optimizer });
  model.compile({
    optimizer,
    loss: () => {
      throw new Error("on purpose");
    },
  });
  const step = () => model.trainOnBatch(tf.ones([2, 50]), tf.ones([2, 1]));
  await assert.rejects(step, /on purpose/);
  assert.equal(optimizer.iterations, 0);
});
