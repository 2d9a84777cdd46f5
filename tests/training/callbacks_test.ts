/** Callbacks and metrics are those that TensorFlow.js gives its own trainings. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { fit } from "../../lib/training/fit.ts";
import { inFolder } from "../in_folder.ts";
import { clean, noisy, SIZE, smallModel, weightsOf } from "./small_model.ts";
import type { EpochEvent } from "../../lib/training/events.ts";
import { stopped } from "../stopped.ts";

await useBackend();

type Heard = [moment: string, index: number | undefined, logs?: tf.Logs];

/** Callbacks that write down all that they hear, in tfjs's two forms. */
function listeners(heard: Heard[]) {
  const epoch = (name: string) => (index: number, logs?: tf.Logs) =>
    void heard.push([name, index, { ...logs }]);
  const config = {
    onTrainBegin: () => void heard.push(["onTrainBegin", undefined]),
    onTrainEnd: () => void heard.push(["onTrainEnd", undefined]),
    onEpochBegin: epoch("onEpochBegin"),
    onEpochEnd: epoch("onEpochEnd"),
    onBatchBegin: (index: number) => void heard.push(["onBatchBegin", index]),
    onBatchEnd: epoch("onBatchEnd"),
  };
  return config;
}

const metrics = ["acc", "mse", tf.metrics.meanAbsoluteError];

Deno.test("callbacks hear what those of tfjs hear, with the same numbers", async () => {
  const ours: Heard[] = [], theirs: Heard[] = [];
  const options = { epochs: 2, batchSize: 16, shuffle: false };
  const model = smallModel({ metrics }), other = smallModel({ metrics });
  await fit(model, noisy, clean, {
    ...{ ...options, validationSplit: 0.25, callbacks: listeners(ours) },
  });
  await other.fit(tf.tensor(noisy, [40, SIZE]), tf.tensor(clean, [40, SIZE]), {
    ...{ ...options, validationSplit: 0.25, callbacks: listeners(theirs) },
  });
  assert.deepEqual(weightsOf(model), weightsOf(other));
  const names = (heard: Heard[]) =>
    heard.map(([moment, index, logs]) => [
      ...[moment, index, ...Object.keys(logs ?? {}).sort()],
    ]);
  assert.deepEqual(names(ours), names(theirs));
  for (const [i, [moment, , logs = {}]] of ours.entries()) {
    for (const [name, value] of Object.entries(logs)) {
      const expected = theirs[i][2]![name];
      const what = `${moment} ${name}: ${value}, not ${expected}`;
      assert.ok(Math.abs(value - expected) < 1e-6, what);
    }
  }
  assert.equal(ours.length, 2 + 2 * (2 + 2 * 2));
});

Deno.test("metrics stand in the history and in the events", async () => {
  const model = smallModel({ metrics });
  const events: Record<string, number>[] = [];
  const rows = await fit(model, noisy, clean, {
    ...{ batchSize: 16, validationData: [noisy, clean] },
    onBatch: (event) => void events.push(event),
  });
  const [row] = rows, last = events.at(-1)!;
  for (const name of ["loss", "acc", "mse", "meanAbsoluteError"]) {
    assert.equal(row[name], last[name]);
  }
  const answer = model.evaluate(
    tf.tensor(noisy, [40, SIZE]),
    tf.tensor(clean, [40, SIZE]),
    { batchSize: 40 },
  ) as tf.Scalar[];
  const names = ["valLoss", "valAcc", "valMse", "valMeanAbsoluteError"];
  for (const [i, name] of names.entries()) {
    assert.ok(Math.abs(row[name] - answer[i].dataSync()[0]) < 1e-6, name);
  }
});

Deno.test("a model that is compiled anew on the way keeps its metrics, or is refused", async () => {
  const train = (after: "onBatch" | "onEpoch", then?: string[]) => {
    const model = smallModel({ metrics: ["acc"] });
    const anew = () =>
      model.compile({
        ...{ optimizer: tf.train.sgd(0.01), loss: "binaryCrossentropy" },
        metrics: then,
      });
    const options = { epochs: 2, batchSize: 8, [after]: anew };
    return fit(model, noisy, clean, options);
  };
  for (const after of ["onBatch", "onEpoch"] as const) {
    assert.equal((await train(after, ["acc"])).length, 2);
    for (
      const [then, names] of [[undefined, "none"], [
        ["acc", "mse"],
        "acc, mse",
      ]] as const
    ) {
      await assert.rejects(train(after, then?.slice()), {
        message: new RegExp(
          `its metrics were acc, and are ${names} since it was`,
        ),
      });
    }
  }
  await assert.rejects(train("onEpoch", ["mse"]), /acc, and are mse since/);
});

Deno.test("tfjs's earlyStopping stops, and the training is done", () =>
  inFolder(async (folder) => {
    const checkpoint = `${folder}/training`;
    const rows = await fit(smallModel(), noisy, clean, {
      ...{ epochs: 9, validationSplit: 0.25, checkpoint },
      callbacks: tf.callbacks.earlyStopping({ minDelta: 1, patience: 2 }),
    });
    assert.equal(rows.length, 3); // one that is better than none, and two
    const names = [...Deno.readDirSync(checkpoint)].map(({ name }) => name);
    assert.deepEqual(names, ["lock"]);
  }));

Deno.test("stopTraining of a callback or an event ends it after the batch", async () => {
  for (const kind of ["callbacks", "onBatch"]) {
    const model = smallModel();
    let batches = 0;
    const stop = () => {
      if (++batches === 7) model.stopTraining = true;
    };
    const rows = await fit(model, noisy, clean, {
      ...{ epochs: 9, batchSize: 8 },
      ...kind === "onBatch"
        ? { onBatch: stop }
        : { callbacks: { onBatchEnd: stop } },
    });
    assert.equal(batches, 7);
    assert.equal(rows.length, 1);
    // The next training is not stopped by it.
    assert.equal((await fit(model, noisy, clean, { epochs: 2 })).length, 2);
  }
});

Deno.test("after going on, metrics, callbacks and weights are as without a stop", () =>
  inFolder(async (folder) => {
    const options = { epochs: 6, batchSize: 8, validationSplit: 0.2 };
    const stopping = () =>
      tf.callbacks.earlyStopping({ monitor: "loss", minDelta: 1, patience: 4 });
    const train = async (
      model: tf.LayersModel,
      more: Parameters<typeof fit>[3] = {},
    ) => {
      const rows = await fit(model, noisy, clean, { ...options, ...more });
      return rows.map(({ seconds: _, ...row }) => row);
    };
    const build = () => smallModel({ metrics, optimizer: tf.train.adam(0.01) });
    for (const batches of [1, 3, 4, 6, 14]) {
      const checkpoint = `${folder}/${batches}`;
      const whole = build(), again = build(), stop = new AbortController();
      const expected = await train(whole, { callbacks: stopping() });
      assert.equal(expected.length, 5);
      let done = 0;
      await stopped(train(build(), {
        ...{ checkpoint, signal: stop.signal },
        onBatch: () => void (++done === batches && stop.abort()),
      }));
      const heard: string[] = [];
      const writing = {
        onEpochBegin: (epoch: number) => void heard.push(`${epoch} begins`),
        onEpochEnd: (epoch: number, { loss } = {} as tf.Logs) => {
          assert.equal(loss, expected[epoch].loss);
          heard.push(`${epoch} ends`);
        },
      };
      const callbacks = [stopping(), writing] as unknown as tf.Callback[];
      const went = await train(again, { checkpoint, callbacks });
      assert.deepEqual(
        heard,
        expected.flatMap((_, i) => [`${i} begins`, `${i} ends`]),
      );
      assert.deepEqual(went, expected);
      assert.deepEqual(weightsOf(again), weightsOf(whole));
    }
  }));

Deno.test("a training with other metrics is refused, and numbers stay what they were", () =>
  inFolder(async (folder) => {
    const checkpoint = `${folder}/training`;
    // Metrics that are no finite numbers, for which JSON has no words.
    const below = (_: tf.Tensor, answer: tf.Tensor) => answer.mul(0).log();
    const none = (_: tf.Tensor, answer: tf.Tensor) =>
      answer.mul(0).sub(1).log();
    const build = () => smallModel({ metrics: ["mse", below, none] });
    const options = { epochs: 3, batchSize: 8, checkpoint };
    const stop = new AbortController();
    let batches = 0;
    const first: EpochEvent[] = [];
    await stopped(fit(build(), noisy, clean, {
      ...{ ...options, signal: stop.signal },
      onBatch: () => void (++batches === 7 && stop.abort()),
      onEpoch: (row) => void first.push(row),
    }));
    await assert.rejects(
      fit(smallModel(), noisy, clean, options),
      /it has metrics mse, below, none, not none; train anew with resume: false/,
    );
    const rows = await fit(build(), noisy, clean, options);
    assert.deepEqual(rows[0], first[0]);
    for (const row of rows) {
      assert.deepEqual(
        [row.below, row.none, row.valLoss, row.valBelow],
        [-Infinity, NaN, NaN, NaN],
      );
    }
  }));
