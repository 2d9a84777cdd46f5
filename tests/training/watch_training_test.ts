import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import type {
  TrainingStart,
  TrainingWatch,
} from "../../lib/training/events.ts";
import { fit } from "../../lib/training/fit.ts";
import {
  watchProgress,
  watchTraining,
} from "../../lib/training/watch_training.ts";
import { inFolder } from "../in_folder.ts";
import { clean, noisy, SIZE, smallModel } from "./small_model.ts";

await useBackend();

const captions = { caption: "A figure.", alt: "A curve." };

/** A watch that notes its events, besides what ours does with them. */
function noting() {
  const ours = watchTraining({ floor: 0.05, ...captions });
  const told: string[] = [];
  let start: TrainingStart | undefined;
  const watch: TrainingWatch = {
    begin: (given) => {
      start = given;
      told.push(`from ${given.step}, ${given.history.length} rows`);
      return ours.begin(given);
    },
    batch: (event) => ours.batch(event),
    epoch: (row) => {
      told.push(`epoch ${row.epoch}`);
      return ours.epoch(row);
    },
    end: (how) => {
      told.push(how);
      return ours.end(how);
    },
  };
  return { watch, told, start: () => start! };
}

Deno.test("a watch hears of the training's beginning, epochs and end", async () => {
  const { watch, told, start } = noting();
  const options = { epochs: 2, batchSize: 8, watch };
  const history = await fit(smallModel(), noisy, clean, options);
  assert.deepEqual(told, ["from 0, 0 rows", "epoch 1", "epoch 2", "done"]);
  assert.deepEqual([start().epochs, start().batches], [2, 5]);
  assert.deepEqual(start().history, history);
  // Of five batches an epoch each has its point.
  assert.deepEqual(
    start().curve.map(([epochs]) => epochs),
    [0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.6, 1.8, 2],
  );
  // Of 40 images 8 are in each batch, so the epoch's loss is the mean of its points.
  const { curve } = start();
  const sum = curve.slice(0, 5).reduce((sum, [, loss]) => sum + loss, 0);
  assert.ok(Math.abs(sum / 5 - history[0].loss) < 1e-12);
});

Deno.test("a point of the curve is the mean of the batches since the last, also after a stop", () =>
  inFolder(async (folder) => {
    // Of 119 batches an epoch has 40 points, after two batches or three.
    const [inputs, targets] = [noisy, clean].map((images) =>
      Float32Array.from([0, 1, 2].flatMap(() => [...images])).slice(SIZE)
    );
    const losses: number[] = [];
    const stop = new AbortController();
    const whole = noting(), stopped = noting(), goingOn = noting();
    const options = { batchSize: 1, seed: 1 };
    await fit(smallModel(), inputs, targets, {
      ...{ ...options, watch: whole.watch },
      onBatch: ({ batchLoss }) => void losses.push(batchLoss),
    });
    const { curve } = whole.start();
    assert.equal(curve.length, 40);
    let before = 0;
    for (const [k, [epochs, loss]] of curve.entries()) {
      const batch = Math.ceil((k + 1) * 119 / 40);
      assert.equal(epochs, batch / 119);
      const since = losses.slice(before, batch);
      const mean = since.reduce((a, b) => a + b) / since.length;
      assert.ok(
        since.length > 1 && Math.abs(loss - mean) < 1e-12,
        `point ${k}`,
      );
      before = batch;
    }
    const saved = { ...options, checkpoint: `${folder}/training` };
    let steps = 0;
    await assert.rejects(fit(smallModel(), inputs, targets, {
      ...{ ...saved, watch: stopped.watch, signal: stop.signal },
      onBatch: () => void (++steps === 7 && stop.abort()),
    }));
    await fit(smallModel(), inputs, targets, {
      ...{ ...saved, watch: goingOn.watch },
    });
    assert.deepEqual(goingOn.start().curve, curve);
  }));

Deno.test("of a training that is refused nothing is shown, and one that fails is said to", async () => {
  const refused = noting();
  const bad = fit(smallModel(), noisy, clean.slice(1), {
    watch: refused.watch,
  });
  await assert.rejects(bad, RangeError);
  assert.deepEqual(refused.told, []);
  const failing = noting();
  const onEpoch = () => {
    throw new Error("mine");
  };
  const { watch } = failing;
  const failed = fit(smallModel(), noisy, clean, { epochs: 2, onEpoch, watch });
  await assert.rejects(failed, { message: "mine" });
  assert.deepEqual(failing.told, ["from 0, 0 rows", "epoch 1", "failed"]);
});

Deno.test("a training that goes on shows the curve, the rows and the time of before", () =>
  inFolder(async (folder) => {
    const checkpoint = `${folder}/training`;
    const stop = new AbortController();
    const first = noting();
    const options = { epochs: 3, batchSize: 8, checkpoint };
    let steps = 0;
    const stopped = fit(smallModel(), noisy, clean, {
      ...{ ...options, watch: first.watch, signal: stop.signal },
      onBatch: () => void (++steps === 7 && stop.abort()),
    });
    await assert.rejects(stopped, {
      name: "AbortError",
      message: "Stopped by you after 1.4 of 3 epochs; run this again, and it " +
        "goes on there",
    });
    assert.deepEqual(first.told, ["from 0, 0 rows", "epoch 1", "stopped"]);
    const second = noting();
    await fit(smallModel(), noisy, clean, { ...options, watch: second.watch });
    assert.deepEqual(
      second.told,
      ["from 7, 1 rows", "epoch 2", "epoch 3", "done"],
    );
    assert.ok(second.start().elapsed > 0);
    const whole = noting();
    await fit(smallModel(), noisy, clean, {
      ...{ epochs: 3, batchSize: 8, watch: whole.watch },
    });
    assert.deepEqual(second.start().curve, whole.start().curve);
    // Without a checkpoint what is learned stays, and no more.
    const alone = fit(smallModel(), noisy, clean, {
      signal: AbortSignal.abort(),
    });
    await assert.rejects(alone, { message: /the model keeps what it has/ });
  }));

Deno.test("a watch is refused for each argument that cannot be right", () => {
  const right = { floor: 0.05, ...captions };
  const refused: [object | null, RegExp][] = [
    [null, /"null" as the options of watchTraining/],
    [{ floor: 0, caption: 3 }, /a figure with caption "3": give/],
    [{ ...right, alt: "" }, /a figure with alt "''": give/],
    [{ ...right, loss: 5 }, /the loss "5": say in a text what it is/],
    [{ ...right, epochs: 3 }, /"epochs": watchTraining has no such option/],
    [{ ...right, floor: "low" }, /floor "'low'": give/],
    [{ floor: NaN }, /with floor "NaN"/],
    [{ ...right, title: "a" }, /"title": .* no such option; use "caption"/],
    [{ ...right, flor: 0 }, /"flor": watchTraining has no such option/],
  ];
  for (const [options, message] of refused) {
    const watching = () => watchTraining(options as typeof right);
    assert.throws(watching, { message });
  }
  for (const name of [undefined, 5, { name: "Adam" }]) {
    assert.throws(() => watchProgress(name as unknown as string), {
      message: /^Cannot watch a training called ".*": give it a name/,
    });
  }
});
