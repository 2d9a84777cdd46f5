import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { argMax, oneHot } from "../../lib/data/labels.ts";
import { loadMnist } from "../../lib/data/mnist.ts";
import { addNoise } from "../../lib/data/noise.ts";
import { Random } from "../../lib/data/random.ts";
import { predict } from "../../lib/training/predict.ts";
import { fit } from "../../lib/training/fit.ts";
import {
  buildAutoencoder,
  buildClassifier,
  buildUNet,
} from "../../lib/training/model.ts";
import { clean, noisy } from "../training/noisy_digits.ts";
import { weightsOf } from "../training/small_model.ts";

await useBackend();

Deno.test("the U-Net has two skips, and learns", async () => {
  const model = buildUNet({ seed: 3 });
  assert.equal(model.countParams(), 37_857);
  assert.deepEqual(model.outputs[0].shape, [null, 28, 28, 1]);
  const joined = model.layers
    .filter((layer) => layer.getClassName() === "Concatenate")
    .map(({ outputShape }) => outputShape);
  assert.deepEqual(joined, [[null, 14, 14, 64], [null, 28, 28, 64]]);
  assert.deepEqual(weightsOf(buildUNet({ seed: 3 })), weightsOf(model));
  assert.notDeepEqual(weightsOf(buildUNet({ seed: 4 })), weightsOf(model));
  const [first, second] = await fit(model, noisy, clean, { epochs: 2 });
  assert.ok(second.loss < first.loss - 0.05, `${first.loss} ${second.loss}`);
});

Deno.test("a function gives each epoch its noisy images", async () => {
  const epochs: number[] = [];
  const always = (epoch: number) => {
    epochs.push(epoch);
    return noisy;
  };
  const model = buildAutoencoder({ seed: 3 });
  await fit(model, always, clean, { epochs: 2, batchSize: 128 });
  assert.deepEqual(epochs, [1, 2]);
  const same = buildAutoencoder({ seed: 3 });
  await fit(same, noisy, clean, { epochs: 2, batchSize: 128 });
  assert.deepEqual(weightsOf(model), weightsOf(same));
  const random = new Random(2);
  const fresh = () => addNoise(clean, { random });
  const other = buildAutoencoder({ seed: 3 });
  await fit(other, fresh, clean, { epochs: 2, batchSize: 128 });
  assert.notDeepEqual(weightsOf(other), weightsOf(model));
});

Deno.test("100 steps leave the tensors and bytes of step 5", async () => {
  const model = buildAutoencoder({ seed: 0 });
  const seen: string[] = [];
  await fit(model, noisy, clean, {
    epochs: 5,
    batchSize: 30,
    onBatch: () => {
      const { numTensors, numBytes } = tf.memory();
      const { numBytesInWasm } = tf.memory() as unknown as {
        numBytesInWasm: number;
      };
      seen.push(`${numTensors} ${numBytes} ${numBytesInWasm}`);
    },
  });
  assert.equal(seen.length, 100);
  assert.equal(seen[99], seen[4]);
});

Deno.test("a classifier learns from labels, the same bits each time", async () => {
  const { train, test } = await loadMnist({ train: 2_000, test: 500 });
  const targets = oneHot(train.labels);
  const read = async () => {
    const model = buildClassifier({ seed: 1 });
    await fit(model, train.images, targets, { epochs: 2, seed: 1 });
    return argMax(await predict(model, test.images));
  };
  const labels = await read();
  const right = labels.filter((label, i) => label === test.labels[i]).length;
  assert.ok(right > 400, `${right} of 500`);
  assert.deepEqual(await read(), labels);
  assert.equal(buildClassifier().countParams(), 24_186);
});
