/** Recurrent layers in one kernel are what they are step by step. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../../lib/backend/mod.ts";
import { Random } from "../../../lib/data/random.ts";
import {
  ACTIVATIONS,
  assertSame,
  type Call,
  KINDS,
  LARGE,
  normal,
  outputsAndGradients,
  runsOf,
  SIZES,
  SMALL,
} from "./calls.ts";

for (const kind of KINDS) {
  Deno.test(`${kind} of many sizes, with what it may return`, async () => {
    for (const sizes of SIZES) {
      for (const returnSequences of [false, true]) {
        for (const returnState of [false, true]) {
          const settings = { returnSequences, returnState };
          await assertSame(kind, { sizes, settings, hasState: returnState });
        }
      }
    }
  });

  Deno.test(`${kind} with each activation, backwards and without bias`, async () => {
    for (const activation of ACTIVATIONS) {
      for (const recurrentActivation of ACTIVATIONS) {
        await assertSame(kind, {
          sizes: SMALL,
          settings: {
            ...{ activation, recurrentActivation },
            goBackwards: activation === "relu",
            returnSequences: recurrentActivation !== "tanh",
            useBias: activation !== "sigmoid",
            unitForgetBias: activation === "tanh",
          },
        });
      }
    }
  });

  Deno.test(`${kind} with masks, forwards and backwards`, async () => {
    for (const goBackwards of [false, true]) {
      for (const masked of [0.2, 0.9, 1]) {
        for (const returnSequences of [false, true]) {
          const settings = { goBackwards, returnSequences, returnState: true };
          for (const sizes of [SMALL, LARGE]) {
            await assertSame(kind, { sizes, settings, masked, hasState: true });
          }
        }
      }
    }
  });

  Deno.test(`${kind}: gradients are those of finite differences`, async () => {
    await useBackend("wasm-threads");
    const random = new Random(3);
    for (const time of [1, 3]) {
      const layer = tf.layers[kind]({
        ...{ units: 3, recurrentInitializer: "glorotUniform" },
        ...{ recurrentActivation: "sigmoid", returnSequences: true },
      });
      layer.build([2, time, 2]);
      const x = tf.variable(normal(random, [2, time, 2]));
      const factors = normal(random, [2, time, 3]);
      const loss = () =>
        (layer.call(x, {}) as tf.Tensor).mul(factors).sum() as tf.Scalar;
      let all: tf.NamedTensorMap = {};
      const runs = await runsOf(() => all = tf.variableGrads(loss).grads);
      assert.deepEqual(runs, [1, 1]);
      for (const [name, gradient] of Object.entries(all)) {
        const variable = tf.engine().registeredVariables[name];
        const before = variable.dataSync(), slopes = gradient.dataSync();
        slopes.forEach((slope, i) => {
          const [low, high] = [-1, 1].map((sign) => {
            const moved = before.slice();
            moved[i] += sign * 1e-2;
            variable.assign(tf.tensor(moved, variable.shape));
            return loss().dataSync()[0];
          });
          assert.ok(
            Math.abs((high - low) / 2e-2 - slope) < 2e-3,
            `${name} ${i}`,
          );
          variable.assign(tf.tensor(before, variable.shape));
        });
      }
      x.dispose();
    }
  });

  Deno.test(`${kind}: the same bits with 1, 2 and 3 threads`, async () => {
    const call: Call = {
      sizes: { batch: 40, time: 5, inputs: 9, units: 37 },
      settings: { returnSequences: true, returnState: true },
      ...{ hasState: true, masked: 0.2 },
    };
    const all = [];
    for (const threads of [1, 2, 3]) {
      await useBackend("wasm-threads", { threads });
      all.push(await outputsAndGradients(undefined, kind, call));
    }
    const [one, ...others] = all;
    others.forEach((values) => assert.deepEqual(values, one));
    await useBackend("wasm-threads");
  });
}
