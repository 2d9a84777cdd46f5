import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { useBackend } from "../../lib/backend/mod.ts";
import { trainSteps } from "../../lib/training/train_steps.ts";

await useBackend();

/** A step that moves one number toward 3, and notes which step it was. */
function descent() {
  const x = tf.variable(tf.scalar(0));
  const optimizer = tf.train.sgd(0.25);
  const numbers: number[] = [];
  const step = (number: number) => {
    numbers.push(number);
    return optimizer.minimize(() => x.sub(3).square() as tf.Scalar, true)!;
  };
  return { x, numbers, step };
}

Deno.test("it makes all steps in order, and the loss falls as it should", async () => {
  const { x, numbers, step } = descent();
  const history = await trainSteps(step, { epochs: 2, batches: 3 });
  assert.deepEqual(numbers, [0, 1, 2, 3, 4, 5]);
  // Each step halves the distance: 3, 3/2, 3/4 and so on.
  assert.equal(x.dataSync()[0], 3 - 3 / 64);
  const losses = [0, 1, 2, 3, 4, 5].map((n) => 9 / 4 ** n);
  const means = [losses.slice(0, 3), losses.slice(3)]
    .map((three) => three.reduce((a, b) => a + b) / 3);
  history.forEach(({ loss }, i) =>
    assert.ok(Math.abs(loss - means[i]) < 1e-6, `${loss}`)
  );
  assert.deepEqual(history.map(({ epoch }) => epoch), [1, 2]);
});

Deno.test("no tensors are left", async () => {
  const { step } = descent();
  await trainSteps(step, { epochs: 1, batches: 1 });
  const before = tf.memory().numTensors;
  await trainSteps((n) => (tf.ones([9]), step(n)), { epochs: 2, batches: 4 });
  assert.equal(tf.memory().numTensors, before);
});

Deno.test("the watch hears of batches, epochs and the end", async () => {
  const told: string[] = [];
  const tell = (word: string) => {
    told.push(word);
    return Promise.resolve();
  };
  const { step } = descent();
  const watch = {
    begin: ({ epochs, batches }: { epochs: number; batches: number }) =>
      tell(`${epochs} of ${batches}`),
    batch: ({ epoch, batch }: { epoch: number; batch: number }) =>
      tell(`${epoch}.${batch}`),
    epoch: ({ epoch }: { epoch: number }) => tell(`${epoch}`),
    end: tell,
  };
  await trainSteps(step, { epochs: 2, batches: 2, watch });
  const all = ["2 of 2", "1.1", "1.2", "1", "2.1", "2.2", "2", "done"];
  assert.deepEqual(told, all);
});

Deno.test("a stop ends it, and what was learned stays", async () => {
  const { x, numbers, step } = descent();
  const controller = new AbortController();
  const ends: string[] = [];
  const watch = {
    begin: () => Promise.resolve(),
    batch: ({ batch }: { batch: number }) => {
      if (batch === 2) controller.abort();
      return Promise.resolve();
    },
    epoch: () => Promise.resolve(),
    end: (how: string) => {
      ends.push(how);
      return Promise.resolve();
    },
  };
  const { signal } = controller;
  await assert.rejects(
    trainSteps(step, { epochs: 3, batches: 5, watch, signal }),
    { name: "AbortError", message: /in epoch 1 of 3/ },
  );
  assert.equal(numbers.length, 2);
  assert.equal(x.dataSync()[0], 2.25);
  assert.deepEqual(ends, ["stopped"]);
});

Deno.test("wrong counts and a broken loss are refused", async () => {
  const { step } = descent();
  await assert.rejects(trainSteps(step, { epochs: 0, batches: 1 }), RangeError);
  await assert.rejects(
    trainSteps(step, { epochs: 1, batches: 0.5 }),
    /"0.5" epochs or batches/,
  );
  await assert.rejects(
    trainSteps(() => tf.scalar(NaN), { epochs: 1, batches: 2 }),
    /loss of step 0 is NaN/,
  );
  for (const wrong of [undefined, 0.5, tf.tensor1d([1, 2])] as unknown[]) {
    await assert.rejects(
      trainSteps(() => wrong as tf.Scalar, { epochs: 1, batches: 2 }),
      /the step should return its loss, a tensor of one number/,
    );
  }
});
