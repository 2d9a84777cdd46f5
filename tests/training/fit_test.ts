/** What must be the same for a training to go on, and what then is. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { loadModel, saveModel } from "../../lib/training/saved_model.ts";
import { fit, type FitOptions } from "../../lib/training/fit.ts";
import { inFolder } from "../in_folder.ts";
import { clean, noisy, SIZE, weightsOf } from "./small_model.ts";
import {
  build,
  inCheckpoint,
  losses,
  optimizers,
  SETTINGS,
  statesIn,
  stopAfter,
} from "./small_training.ts";
import { stopped } from "../stopped.ts";

await useBackend();

Deno.test("a training with other settings, data or model is refused", () =>
  inCheckpoint(async (checkpoint) => {
    await stopAfter(3, build(), { checkpoint });
    const other = { validationData: [clean, clean] } satisfies FitOptions;
    const others: [RegExp, () => Promise<unknown>][] = [
      [
        /batchSize 8, not 4/,
        () =>
          fit(build(), noisy, clean, { ...SETTINGS, batchSize: 4, checkpoint }),
      ],
      [
        /seed 3, not 5/,
        () => fit(build(), noisy, clean, { ...SETTINGS, seed: 5, checkpoint }),
      ],
      [
        /it was of other images/,
        () => fit(build(), clean, clean, { ...SETTINGS, checkpoint }),
      ],
      [
        /had other validation data/,
        () => fit(build(), noisy, clean, { ...SETTINGS, ...other, checkpoint }),
      ],
      [
        /it has loss binaryCrossentropy, not meanSquaredError/,
        () => {
          const model = build();
          const loss = "meanSquaredError";
          model.compile({ optimizer: optimizers.Adadelta(), loss });
          return fit(model, noisy, clean, { ...SETTINGS, checkpoint });
        },
      ],
      [
        /its network has layers.0.config.units 5, not layers.0.config.units 6/,
        () =>
          fit(build("Adadelta", 6), noisy, clean, { ...SETTINGS, checkpoint }),
      ],
    ];
    for (const [message, attempt] of others) {
      await assert.rejects(attempt, message);
      await assert.rejects(attempt, /resume: false/);
    }
    assert.equal(statesIn(checkpoint).length, 1);
    const model = build(), whole = build();
    await fit(model, noisy, clean, { ...SETTINGS, checkpoint, resume: false });
    await fit(whole, noisy, clean, SETTINGS);
    assert.deepEqual(weightsOf(model), weightsOf(whole));
  }));

Deno.test("with a function as noisy images, other validation data is refused too", () =>
  inCheckpoint(async (checkpoint) => {
    const stop = new AbortController();
    await stopped(fit(build(), () => noisy, clean, {
      ...{ ...SETTINGS, checkpoint, signal: stop.signal },
      onBatch: () => stop.abort(),
    }));
    await assert.rejects(
      fit(build(), () => noisy, clean, {
        ...{ ...SETTINGS, validationData: [clean, clean], checkpoint },
      }),
      /had other validation data/,
    );
  }));

/** A network that differs from the next by one setting. */
function other(
  {
    seed = 1,
    activation = "relu",
    kernelRegularizer,
    isFrozen = false,
    own,
    optimizer = tf.train.adam(0.01),
    loss = "binaryCrossentropy",
  }: {
    seed?: number;
    activation?: "relu" | "tanh";
    kernelRegularizer?: "l1l2";
    isFrozen?: boolean;
    own?: number;
    optimizer?: tf.Optimizer;
    loss?: tf.ModelCompileArgs["loss"];
  } = {},
) {
  const kernelInitializer = tf.initializers.glorotUniform({ seed });
  const hidden = tf.layers.dense({
    ...{ units: 5, activation, inputShape: [SIZE] },
    ...{ kernelInitializer, kernelRegularizer },
  });
  const last = tf.layers.dense({ units: SIZE, activation: "sigmoid" });
  if (isFrozen) last.trainable = false;
  const ours = own === undefined ? [] : [new Times({ factor: own })];
  const model = tf.sequential({ layers: [hidden, ...ours, last] });
  model.compile({ optimizer, loss });
  return model;
}

class Times extends tf.layers.Layer {
  static className = "Times";
  readonly #factor: number;

  constructor(config: { factor: number }) {
    super({});
    this.#factor = config.factor;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]) {
    return [inputs].flat()[0].mul(this.#factor);
  }

  override getConfig() {
    return { ...super.getConfig(), factor: this.#factor };
  }
}

type Other = Parameters<typeof other>[0];

Deno.test("a training goes on with its own network and optimizer only", () =>
  inCheckpoint(async (checkpoint) => {
    const squares = (y: tf.Tensor, answer: tf.Tensor) =>
      answer.sub(y).square().mean(-1);
    const doubled = (y: tf.Tensor, answer: tf.Tensor) =>
      answer.sub(y).square().mul(2).mean(-1);
    const cases: [was: Other, is: Other, RegExp][] = [
      [{}, { seed: 2 }, /its first weights were drawn from another seed;/],
      [{}, { activation: "tanh" }, /activation "relu", not .*ation "tanh";/],
      [{}, { kernelRegularizer: "l1l2" }, /kernelRegularizer null, not lay/],
      [{}, { isFrozen: true }, /config.trainable true, not .*able false;/],
      [{ own: 2 }, { own: 3 }, /factor 2, not layers.1.config.factor 3;/],
      [
        { loss: squares },
        { loss: doubled },
        /its network has loss \(y, answer/,
      ],
      [
        {},
        { optimizer: tf.train.adam(0.01, 0.8) },
        /Adam, beta1 0.9, beta2 0.999, .*not Adam, beta1 0.8/,
      ],
      [
        {},
        { optimizer: tf.train.adam(0.02) },
        /it began with learningRate 0.01, not 0.02;/,
      ],
    ];
    for (const [was, is, message] of cases) {
      const options = { checkpoint, resume: false };
      await stopAfter(3, other(was), options);
      const again = (of: Other) =>
        fit(other(of), noisy, clean, { ...SETTINGS, checkpoint });
      await assert.rejects(() => again(is), message);
      await assert.rejects(() => again(is), /resume: false/);
      await again({ ...was, optimizer: tf.train.adam(0.01) });
    }
  }));

Deno.test("a rate that onEpoch lowers is low after going on too", () =>
  inCheckpoint(async (checkpoint) => {
    const train = (model: tf.LayersModel, batches?: number) => {
      const options = {
        ...SETTINGS,
        onEpoch({ epoch }: { epoch: number }) {
          const low = { learningRate: 0.001 };
          if (epoch === 2) Object.assign(model.optimizer, low);
        },
      };
      return batches
        ? stopAfter(batches, model, { ...options, checkpoint })
        : fit(model, noisy, clean, { ...options, checkpoint });
    };
    const whole = build("Adam"), again = build("Adam");
    await train(whole);
    await train(build("Adam"), 13); // in the third epoch
    await train(again);
    assert.deepEqual(weightsOf(again), weightsOf(whole));
  }));

Deno.test("a training whose rate was lowered goes on, built anew or not", () =>
  inCheckpoint(async (checkpoint) => {
    const lowering = (model: tf.LayersModel) => ({
      checkpoint,
      onEpoch: () =>
        void Object.assign(model.optimizer, { learningRate: 0.001 }),
    });
    const model = build("Adam");
    await stopAfter(7, model, lowering(model)); // in the second epoch
    await stopAfter(5, model, lowering(model)); // the same model, at its low rate
    const anew = build("Adam");
    const rest = await fit(anew, noisy, clean, {
      ...{ ...SETTINGS, ...lowering(anew) },
    });
    assert.equal(rest.length, 4);
  }));

Deno.test("a rate that is halved after each epoch is not halved twice by going on", () =>
  inCheckpoint(async (checkpoint) => {
    const halving = (model: tf.LayersModel) => ({
      onEpoch: () => {
        const optimizer = model.optimizer as unknown as {
          learningRate: number;
        };
        optimizer.learningRate /= 2;
      },
    });
    const whole = build("Adam"), model = build("Adam"), anew = build("Adam");
    await fit(whole, noisy, clean, { ...SETTINGS, ...halving(whole) });
    for (const batches of [7, 3, 8]) { // each time somewhere within an epoch
      await stopAfter(batches, model, { checkpoint, ...halving(model) });
    }
    const options = { ...SETTINGS, checkpoint, ...halving(anew) };
    await fit(anew, noisy, clean, options);
    assert.deepEqual(weightsOf(anew), weightsOf(whole));
  }));

Deno.test("constraints are not applied once more by going on, or by loading", () =>
  inFolder(async (folder) => {
    const build = () => {
      const kernelConstraint = tf.constraints.maxNorm({ maxValue: 0.5 });
      const model = tf.sequential({
        layers: [tf.layers.dense({
          ...{ units: SIZE, inputShape: [SIZE], kernelConstraint },
          kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
        })],
      });
      model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
      return model;
    };
    const whole = build(), again = build();
    await fit(whole, noisy, clean, SETTINGS);
    const checkpoint = `${folder}/training`;
    await stopAfter(7, build(), { checkpoint });
    await fit(again, noisy, clean, { ...SETTINGS, checkpoint });
    assert.deepEqual(weightsOf(again), weightsOf(whole));
    await saveModel(whole, `${folder}/model`);
    const loaded = await loadModel(`${folder}/model`);
    assert.deepEqual(weightsOf(loaded), weightsOf(whole));
  }));

Deno.test("an onEpoch that changes its event changes no history", () =>
  inCheckpoint(async (checkpoint) => {
    const onEpoch: FitOptions["onEpoch"] = (event) => void (event.loss = -5);
    const options = { ...SETTINGS, checkpoint };
    const whole = await fit(build(), noisy, clean, SETTINGS);
    const told = await fit(build(), noisy, clean, { ...options, onEpoch });
    assert.deepEqual(losses(told), losses(whole));
    await stopAfter(7, build(), { checkpoint, onEpoch });
    const resumed = await fit(build(), noisy, clean, options);
    assert.deepEqual(losses(resumed), losses(whole));
  }));
