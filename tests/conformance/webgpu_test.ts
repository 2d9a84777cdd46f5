/** What the course does with tensors, on WebGPU; a software adapter will do. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { findAdapter } from "../../lib/backend/webgpu.ts";
import * as course from "../../lib/mod.ts";
import type { FitOptions } from "../../lib/training/fit_options.ts";
import { readFixture } from "../fixture.ts";
import { testParity } from "../numerics/test_parity.ts";
import { inFolder } from "../in_folder.ts";
import { stopped } from "../stopped.ts";

const ignore = await findAdapter() === undefined;
if (ignore) {
  console.error("\nSKIPPED: no WebGPU adapter, so webgpu is NOT tested.\n");
}

const [network] = await readFixture("autoencoder");
testParity(network, { backend: "webgpu", ignore });

/** Few, since a software adapter takes seconds for a step. */
const COUNT = 16;
const { train } = await course.loadMnist({ train: COUNT, test: 1 });
const clean = train.images;
const noisy = course.addNoise(clean, { random: new course.Random(1) });
const labels = course.oneHot(train.labels);

const builders = {
  autoencoder: { build: course.buildAutoencoder, target: clean },
  "U-Net": { build: course.buildUNet, target: clean },
  classifier: { build: course.buildClassifier, target: labels },
};

function assertNear(actual: ArrayLike<number>, expected: ArrayLike<number>) {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++) {
    const off = Math.abs(actual[i] - expected[i]);
    assert.ok(off < 1e-4, `number ${i} is off by ${off}`);
  }
}

for (const [name, { build, target }] of Object.entries(builders)) {
  Deno.test(`webgpu: the ${name} is trained, stopped, resumed, saved, loaded`, {
    ignore,
  }, () =>
    inFolder(async (folder) => {
      const settings = {
        ...{ epochs: 2, batchSize: COUNT / 2, seed: 1 },
        validationData: [noisy, target] as [Float32Array, Float32Array],
      };
      await useBackend();
      const usual = build({ seed: 1 });
      const expected = await course.fit(usual, noisy, target, settings);
      const answer = await course.predict(usual, noisy);

      assert.equal(await useBackend("webgpu"), "webgpu");
      const stop = new AbortController();
      const checkpoint = `${folder}/training`;
      await stopped(course.fit(build({ seed: 1 }), noisy, target, {
        ...{ ...settings, checkpoint, signal: stop.signal },
        onBatch: ({ epoch }) => void (epoch === 2 && stop.abort()),
      }));
      const model = build({ seed: 1 });
      const heard: number[] = [];
      const history = await course.fit(model, noisy, target, {
        ...{ ...settings, checkpoint },
        onBatch: ({ epoch, batch }) => void heard.push(epoch, batch),
      });
      assert.deepEqual(heard, [2, 2]); // the batch that was left
      const losses = (rows: typeof history) =>
        rows.flatMap(({ loss, valLoss }) => [loss, valLoss]);
      assertNear(losses(history), losses(expected));
      assertNear(await course.predict(model, noisy), answer);

      await course.saveModel(model, `${folder}/model`);
      const loaded = await course.loadModel(`${folder}/model`);
      assertNear(await course.predict(loaded, noisy), answer);
      await useBackend();
      const here = await course.loadModel(`${folder}/model`);
      assertNear(await course.predict(here, noisy), answer);
    }));
}

Deno.test("webgpu: a training of the other backend is refused", {
  ignore,
}, () =>
  inFolder(async (checkpoint) => {
    const build = () => {
      const layers = [tf.layers.dense({ units: 784, inputShape: [784] })];
      const model = tf.sequential({ layers });
      model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
      return model;
    };
    const train = (options: FitOptions) =>
      course.fit(build(), noisy, clean, { checkpoint, ...options });
    const pairs = [["webgpu", "wasm-threads"], ["wasm-threads", "webgpu"]];
    for (const [before, after] of pairs as ["webgpu", "wasm-threads"][]) {
      await useBackend(before);
      const stop = new AbortController();
      const { signal } = stop;
      const onBatch = () => stop.abort();
      await stopped(train({ epochs: 2, signal, onBatch, resume: false }));
      await useBackend(after);
      await assert.rejects(
        train({}),
        RegExp(
          `has backend ${before}, not ${after}; choose that one with ` +
            `useBackend\\("${before}"\\), or train anew with resume: false`,
        ),
      );
    }
    await train({ resume: false });
  }));

Deno.test("webgpu: a loss that is no number is said", { ignore }, async () => {
  await useBackend("webgpu");
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 784, inputShape: [784] })],
  });
  const optimizer = tf.train.sgd(1e38);
  model.compile({ optimizer, loss: "meanSquaredError" });
  await assert.rejects(
    course.fit(model, noisy, clean, { epochs: 5 }),
    /the weights of layer "dense.*" are not finite/,
  );
});

Deno.test("webgpu: a baseline is computed on the processor, to the same bits", {
  ignore,
}, async () => {
  // PCA goes the same way, and takes long.
  const scores = () => course.fitLinearMap(noisy, clean)(noisy);
  await useBackend();
  const expected = scores();
  await useBackend("webgpu");
  assert.deepEqual(scores(), expected);
  assert.equal(tf.getBackend(), "webgpu");
});

Deno.test("webgpu: what must be read at once says how else", {
  ignore,
}, async () => {
  await useBackend("webgpu");
  const sum = tf.ones([300]).add(1); // longer than what tfjs leaves to the cpu
  const complex = tf.complex(sum, sum).mul(tf.complex(sum, sum));
  const reads = [
    () => sum.dataSync(),
    () => sum.arraySync(),
    () => sum.print(),
    () => sum.bufferSync(),
    () => complex.dataSync(),
  ];
  for (const read of reads) {
    assert.throws(read, {
      name: "NotSupportedError",
      message:
        /^Cannot read a tensor at once on "webgpu": .*"await tensor\.data\(\)".*useBackend\(\)$/,
    });
  }
  assert.deepEqual(await sum.array(), Array(300).fill(2));
  const here = tf.tensor([1, 2]); // has not left for the GPU
  assert.deepEqual(here.arraySync(), [1, 2]);
});
