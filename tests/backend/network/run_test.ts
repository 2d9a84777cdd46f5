/**
 * Networks that run as one: their bits do not depend on the threads, and NaN shows.
 * tests/numerics/property_test.ts compares their numbers with those of the same layers
 * one by one.
 */

import assert from "node:assert/strict";
import { useBackend } from "../../../lib/backend/mod.ts";
import { Random } from "../../../lib/data/random.ts";
import { asOne, randomNetwork } from "../../numerics/random_network.ts";

Deno.test("networks as one give the same bits with 1, 2 and 3 threads", async () => {
  const answers = [];
  for (const threads of [1, 2, 3]) {
    await useBackend("wasm-threads", { threads });
    const { loss, gradients, prediction } = asOne(
      randomNetwork(new Random(8), 61),
    );
    answers.push({ loss, gradients: Object.values(gradients), prediction });
  }
  assert.deepEqual(answers[1], answers[0]);
  assert.deepEqual(answers[2], answers[0]);
});

Deno.test("a NaN in any weight shows in loss, gradient and prediction", async () => {
  await useBackend("wasm-threads");
  const network = randomNetwork(new Random(3));
  const weights = network.model.getWeights().map((weight) => weight.clone());
  assert.ok(weights.length >= 6);
  assert.ok(asOne(network).loss > 0);
  for (const i of weights.keys()) {
    const changed = weights.with(i, weights[i].mul(NaN));
    network.model.setWeights(changed);
    const { loss, gradients, prediction } = asOne(network);
    assert.ok(Number.isNaN(loss), `weight ${i}`);
    assert.ok(prediction.every(Number.isNaN), `weight ${i}`);
    const [lastBias] = Object.values(gradients).slice(-1);
    assert.ok(lastBias.every(Number.isNaN), `weight ${i}`);
  }
});
