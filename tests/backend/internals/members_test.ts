/** With another version of tfjs an error names what is missing there. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { fixTensorFlow } from "../../../lib/backend/fixes/mod.ts";
import { useBackend } from "../../../lib/backend/mod.ts";

/** Where tfjs has members that we use; those of fields are set with the object. */
const owners: [object, string[]][] = [
  [Object.getPrototypeOf(tf.engine()), [
    ...["addTapeNode", "gradients", "moveData", "runKernel", "startTape"],
    ...["endTape", "saveTensorsForBackwardMode", "tidy"],
  ]],
  [tf.engine().state, ["gradientDepth", "tensorInfo"]],
  [tf.LayersModel.prototype, [
    ...["makeTrainFunction", "makeTestFunction", "predictLoop"],
    "getDedupedMetricsNames",
  ]],
  [tf.SGDOptimizer.prototype, ["applyGradients", "setLearningRate"]],
  [tf.AdamOptimizer.prototype, ["applyGradients"]],
  [tf.findBackend("cpu"), ["firstUse"]],
];

/** Runs `use` while an object lacks a member of its own. */
async function without(
  owner: object,
  name: string,
  use: () => void | Promise<void>,
) {
  const own = Object.getOwnPropertyDescriptor(owner, name)!;
  Reflect.deleteProperty(owner, name);
  try {
    await use();
  } finally {
    Object.defineProperty(owner, name, own);
  }
}

for (const [owner, names] of owners) {
  for (const name of names) {
    Deno.test(`${name} is missed before anything is replaced`, () =>
      without(owner, name, async () => {
        const { applyGradients } = tf.AdadeltaOptimizer.prototype;
        const message = new RegExp(
          `Cannot use TensorFlow.js 4.22.0: its \\w+ has no (method|field) ` +
            `"${name}", which .* need; use version 4.22.0 of each @tensorflow`,
        );
        assert.throws(fixTensorFlow, message);
        await assert.rejects(useBackend("cpu"), message);
        assert.equal(
          tf.AdadeltaOptimizer.prototype.applyGradients,
          applyGradients,
        );
      }));
  }
}

Deno.test("what only an optimizer at work has is missed at its step", async () => {
  await useBackend();
  const variable = tf.variable(tf.scalar(1));
  for (const name of ["accBeta1", "accumulatedFirstMoment", "epsilon"]) {
    const optimizer = tf.train.adam(1);
    await without(optimizer, name, () => {
      assert.throws(
        () => optimizer.minimize(() => variable.square() as tf.Scalar),
        new RegExp(`its Adam has no field "${name}"`),
      );
    });
  }
  assert.deepEqual([...variable.dataSync()], [1]);
});
