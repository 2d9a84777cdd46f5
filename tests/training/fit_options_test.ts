import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { predict } from "../../lib/training/predict.ts";
import { fit } from "../../lib/training/fit.ts";
import { inFolder } from "../in_folder.ts";
import { clean, noisy, SIZE, smallModel, weightsOf } from "./small_model.ts";
import { stopped } from "../stopped.ts";

await useBackend();

// deno-lint-ignore no-explicit-any -- as a notebook's cell may call them
type Unchecked = any;

const stopping = tf.callbacks.earlyStopping;

const REFUSED: [Unchecked, RegExp][] = [
  [{ batch_size: 8 }, /"batch_size": fit has no such option; use "batchSize"/],
  [{ validation_data: [noisy, clean] }, /use "validationData"/],
  [{ validation_split: 0.1 }, /use "validationSplit"/],
  [{ nEpochs: 2 }, /use "epochs"/],
  [{ callback: {} }, /use "callbacks"/],
  [{ verbose: 1 }, /"verbose": .*its options are epochs, batchSize,/],
  [10, /"10" as the options of fit/],
  [{ epochs: "3" }, /epochs "3": text, and not a whole number/],
  [{ epochs: 0 }, /epochs "0"/],
  [{ epochs: null }, /epochs "null"/],
  [{ batchSize: 1.5 }, /batchSize "1.5"/],
  [{ seed: NaN }, /seed "NaN"/],
  [{ seed: 2 ** 40 }, /seed "1099511627776"/],
  [{ shuffle: "false" }, /shuffle "false": text, and neither true nor false/],
  [{ resume: 0 }, /resume "0"/],
  [{ validationData: noisy }, /validationData "Float32Array": not two arrays/],
  [{ validationData: [noisy] }, /validationData "Array": not two arrays/],
  [{ validationSplit: 1 }, /validationSplit "1": not a number between/],
  [{ validationSplit: 0.5, validationData: [noisy, clean] }, /leave one of/],
  [{ validationSplit: 0.99 }, /of 40 pairs: it leaves none for training/],
  [{ signal: new AbortController() }, /signal "AbortController": no AbortSi/],
  [{ checkpoint: "" }, /checkpoint ""/],
  [{ checkpoint: true }, /checkpoint "true": it is no path/],
  [{ checkpoint: "file:///run" }, /"file:\/\/\/run": it is an address/],
  [{ onEpoch: 1 }, /onEpoch "1": no function/],
  [{ callbacks: 1 }, /"1" as a callback/],
  [{ callbacks: () => {} }, /as a callback: write an object/],
  [{ callbacks: { onEpoch: () => {} } }, /"onEpoch": callbacks has no such/],
  [{ callbacks: [{ onEpochEnd: 1 }] }, /"1" as the callback onEpochEnd/],
  [
    { callbacks: stopping({ monitor: "val_los" }), validationSplit: 0.5 },
    /"val_los" in a callback: .* tells of loss and val_loss; use "val_loss"/,
  ],
  [
    { callbacks: [stopping({ monitor: "acc" })] },
    /"acc" in a callback: this training tells of loss$/,
  ],
  [{ callbacks: stopping() }, /"val_loss" in a .*give validationData or a val/],
];

for (const [options, message] of REFUSED) {
  Deno.test(`fit refuses what ${message} says, and touches nothing`, () =>
    inFolder(async (folder) => {
      const model = smallModel(), before = weightsOf(model);
      const given = typeof options === "object"
        ? { checkpoint: `${folder}/training`, ...options }
        : options;
      await assert.rejects((fit as Unchecked)(model, noisy, clean, given), {
        message,
      });
      assert.deepEqual(weightsOf(model), before);
      assert.deepEqual([...Deno.readDirSync(folder)], []);
    }));
}

Deno.test("a function as noisy images cannot be split", async () => {
  await assert.rejects(
    fit(smallModel(), () => noisy, clean, { validationSplit: 0.5 }),
    /with a function as noisy images: .*give validationData/,
  );
});

Deno.test("validationSplit holds back the last pairs, whatever the order", async () => {
  const split = smallModel(), apart = smallModel();
  const at = 26 * SIZE; // of 26.8 of 40 pairs
  const options = { epochs: 3, batchSize: 8 };
  const history = await fit(split, noisy, clean, {
    ...{ ...options, validationSplit: 0.33 },
  });
  const expected = await fit(apart, noisy.slice(0, at), clean.slice(0, at), {
    ...{ ...options, validationData: [noisy.slice(at), clean.slice(at)] },
  });
  assert.deepEqual(weightsOf(split), weightsOf(apart));
  for (const [i, { loss, valLoss }] of history.entries()) {
    assert.ok(valLoss > 0);
    assert.deepEqual([loss, valLoss], [expected[i].loss, expected[i].valLoss]);
  }
});

Deno.test("each epoch has an order of its own, unless shuffle is false", async () => {
  for (const shuffle of [true, false]) {
    // In steps of 0, losses tell which images a batch has.
    const model = smallModel({ optimizer: tf.train.sgd(0) });
    const losses: number[][] = [[], []];
    await fit(model, noisy, clean, {
      ...{ epochs: 2, batchSize: 8, shuffle },
      onBatch: ({ epoch, batchLoss }) => void losses[epoch - 1].push(batchLoss),
    });
    const areSame = losses[0].every((loss, i) => loss === losses[1][i]);
    assert.equal(areSame, !shuffle);
  }
});

Deno.test("in the validation's loss each image counts as much as any other", async () => {
  const model = smallModel({ loss: "meanSquaredError" });
  // More than fit asks the model at once, and the last ones have other losses.
  const count = 507, at = 500 * SIZE;
  const x = new Float32Array(count * SIZE);
  const y = new Float32Array(count * SIZE).fill(0.9, at);
  const [{ valLoss }] = await fit(model, noisy, clean, {
    validationData: [x, y],
  });
  const [inputs, targets] = [x, y].map((values) =>
    tf.tensor(values, [count, SIZE])
  );
  const loss = model.evaluate(inputs, targets, { batchSize: count });
  const [expected] = await (loss as tf.Scalar).data();
  assert.ok(Math.abs(valLoss - expected) < 1e-5, `${valLoss}, ${expected}`);
});

Deno.test("other work has its turn during a training, and while denoising", async () => {
  const signal = AbortSignal.timeout(1);
  const epochs = 5_000;
  await stopped(fit(smallModel(), noisy, clean, { epochs, signal }));
  // With one batch an epoch, all the time goes to its validation.
  const many = new Float32Array(200_000 * SIZE);
  const stop = new AbortController();
  await stopped(fit(smallModel(), noisy, clean, {
    ...{ batchSize: 40, validationData: [many, many], signal: stop.signal },
    onBatch: () => void setTimeout(() => stop.abort()),
  }));
  let isHeard = false;
  setTimeout(() => isHeard = true);
  await predict(smallModel(), new Float32Array(5_000 * SIZE), { batchSize: 1 });
  assert.ok(isHeard);
});
