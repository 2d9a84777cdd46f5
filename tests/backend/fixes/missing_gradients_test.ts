import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { useBackend } from "../../../lib/backend/mod.ts";

for (const name of ["cpu", "wasm-threads"] as const) {
  Deno.test(`a network with a threshold, and a mask behind what learns, trains on ${name}`, async () => {
    await useBackend(name);
    const first = tf.layers.dense({
      units: 6,
      inputShape: [5, 3],
      kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
    });
    const model = tf.sequential({
      layers: [
        first,
        tf.layers.masking({ maskValue: 0 }),
        tf.layers.thresholdedReLU({ theta: 0.1 }),
        tf.layers.dense({
          units: 1,
          kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }),
        }),
      ],
    });
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const x = tf.randomUniform([8, 5, 3], -1, 1, "float32", 3);
    const y = tf.ones([8, 5, 1]);
    const [kernel] = first.getWeights(), before = kernel.dataSync().slice();
    const losses: number[] = [];
    for (let step = 0; step < 5; step++) {
      losses.push(await model.trainOnBatch(x, y) as number);
    }
    assert.ok(losses.every((loss, i) => i === 0 || loss < losses[i - 1]));
    assert.notDeepEqual(first.getWeights()[0].dataSync(), before);
  });

  Deno.test(`nothing flows back through a comparison on ${name}`, async () => {
    await useBackend(name);
    const above = (x: tf.Tensor) =>
      tf.where(tf.greater(tf.sqrt(x), 0.5), x, tf.zerosLike(x));
    assert.deepEqual(
      [...tf.grad(above)(tf.tensor1d([0, 1, 4])).dataSync()],
      [0, 1, 1],
    );
  });

  Deno.test(`the largest of no numbers have a gradient on ${name}`, async () => {
    await useBackend(name);
    for (const shape of [[0, 3], [2, 0]]) {
      const largest = (x: tf.Tensor) =>
        tf.topk(x, Math.min(2, shape[1])).values;
      assert.deepEqual(tf.grad(largest)(tf.ones(shape)).shape, shape);
    }
  });
}
