import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { useBackend } from "../../lib/backend/mod.ts";
import { buildAutoencoder } from "../../lib/training/model.ts";
import { weightsOf } from "./small_model.ts";
import { stopped } from "../stopped.ts";
import { clean, noisy } from "./noisy_digits.ts";
import { evaluate, predict } from "../../lib/training/predict.ts";
import {
  type BatchEvent,
  fit,
  type FitOptions,
} from "../../lib/training/fit.ts";
import { capture } from "../../tools/system.ts";

/** Weights after a short training with so many threads. */
async function trained(threads: number, options: FitOptions = {}) {
  await useBackend("wasm-threads", { threads });
  const model = buildAutoencoder({ seed: 3 });
  await fit(model, noisy, clean, { epochs: 2, batchSize: 128, ...options });
  return weightsOf(model);
}

Deno.test("the same seed gives the same bits, with 1, 2 and 3 threads", async () => {
  const [one, again, two, three] = [
    await trained(1),
    await trained(1),
    await trained(2),
    await trained(3),
  ];
  assert.deepEqual(again, one);
  assert.deepEqual(two, one);
  assert.deepEqual(three, one);
  assert.notDeepEqual(await trained(2, { seed: 1 }), one);
  assert.notDeepEqual(await trained(2, { shuffle: false }), one);
});

Deno.test("loss falls, events and history say so", async () => {
  await useBackend();
  const model = buildAutoencoder({ seed: 0 });
  const batches: BatchEvent[] = [];
  const history = await fit(model, noisy, clean, {
    epochs: 3,
    batchSize: 128,
    validationData: [noisy, clean],
    onBatch: (event) => void batches.push(event),
  });
  assert.equal(batches.length, 15); // 600 images are 5 batches
  assert.deepEqual(history.map(({ epoch }) => epoch), [1, 2, 3]);
  assert.ok(history[2].loss < history[0].loss - 0.02);
  assert.ok(history[2].valLoss < history[0].valLoss);
  assert.equal(history[2].loss, batches[14].loss);
});

Deno.test("validation does not depend on the size of a training's batches", async () => {
  await useBackend();
  const model = buildAutoencoder({ seed: 0 });
  model.compile({ optimizer: "sgd", loss: "binaryCrossentropy" });
  const validationData: [Float32Array, Float32Array] = [noisy, clean];
  const options = { batchSize: 32, validationData };
  const [{ valLoss }] = await fit(model, noisy, clean, options);
  assert.deepEqual([valLoss], await evaluate(model, validationData, {}));
});

Deno.test("the loss of an epoch weighs the last, smaller batch by its size", async () => {
  await useBackend();
  const model = buildAutoencoder({ seed: 0 });
  const lossOf = async (from: number, to: number) => {
    const other = buildAutoencoder({ seed: 0 });
    other.setWeights(model.getWeights());
    const x = tf.tensor(noisy.slice(784 * from, 784 * to), [
      to - from,
      28,
      28,
      1,
    ]);
    const y = tf.tensor(clean.slice(784 * from, 784 * to), [
      to - from,
      28,
      28,
      1,
    ]);
    return (await (other.evaluate(x, y) as tf.Scalar).data())[0];
  };
  const losses: number[] = [];
  const expected = [await lossOf(0, 500)];
  await fit(model, noisy, clean, {
    batchSize: 500,
    shuffle: false,
    onBatch: async ({ loss, batch }) => {
      losses.push(loss);
      if (batch === 1) expected.push(await lossOf(500, 600));
    },
  });
  const mean = (500 * expected[0] + 100 * expected[1]) / 600;
  assert.ok(Math.abs(losses[1] - mean) < 1e-5, `${losses[1]}, not ${mean}`);
});

Deno.test("a signal stops after the batch, and what was learned stays", async () => {
  await useBackend();
  const model = buildAutoencoder({ seed: 0 });
  const before = weightsOf(model);
  const stop = new AbortController();
  let batches = 0, rows = 0;
  await stopped(fit(model, noisy, clean, {
    epochs: 10,
    batchSize: 100,
    signal: stop.signal,
    onBatch: ({ epoch, batch }) => {
      batches++;
      if (epoch === 2 && batch === 2) stop.abort();
    },
    onEpoch: () => void rows++,
  }));
  assert.equal(batches, 8);
  assert.equal(rows, 1);
  assert.notDeepEqual(weightsOf(model), before);
});

Deno.test("the optimizer goes on where the last call of fit ended", async () => {
  await useBackend();
  const options = { batchSize: 128, shuffle: false };
  const once = buildAutoencoder({ seed: 3 });
  await fit(once, noisy, clean, { epochs: 2, ...options });
  const twice = buildAutoencoder({ seed: 3 });
  await fit(twice, noisy, clean, options);
  await fit(twice, noisy, clean, options);
  assert.deepEqual(weightsOf(twice), weightsOf(once));
});

Deno.test("what does not fit is refused before the first step", async () => {
  await useBackend();
  const model = buildAutoencoder();
  await assert.rejects(fit(model, noisy, clean.slice(784)), /each noisy image/);
  await assert.rejects(fit(model, noisy.slice(1), clean.slice(1)), RangeError);
  await assert.rejects(fit(model, () => noisy.slice(784), clean), RangeError);
  await assert.rejects(fit(model, noisy, clean, { epochs: 0 }), RangeError);
  await assert.rejects(
    fit(model, noisy, clean, { batchSize: 1.5 }),
    RangeError,
  );
  // deno-lint-ignore no-explicit-any -- as a notebook's cell may call it
  const unchecked = fit as any;
  await assert.rejects(unchecked(model, noisy), /"undefined" as clean images/);
  const bytes = new Uint8Array(noisy.length);
  await assert.rejects(unchecked(model, bytes, clean), /"Uint8Array".*by 255/);
  await assert.rejects(predict(model, new Float32Array()), RangeError);
});

Deno.test("on the cpu backend that tfjs begins with, no training begins", async () => {
  const program = `
    import * as tf from "@tensorflow/tfjs";
    import { buildAutoencoder, predict, fit } from "./lib/mod.ts";
    const model = buildAutoencoder(), images = new Float32Array(784);
    for (const use of [() => fit(model, images, images), () => predict(model, images)]) {
      await use().catch(({ message }) => console.log(message));
    }`;
  const { stdout } = await capture(Deno.execPath(), ["eval", program], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
  });
  const said = stdout;
  assert.match(said, /^Cannot train on "cpu" .*await useBackend\(\) first/);
  assert.match(said, /\nCannot predict on "cpu"/);
});
