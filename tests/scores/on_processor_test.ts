import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { computeValues } from "../../lib/scores/on_processor.ts";

Deno.test("numbers come out, and no tensor stays", async () => {
  await useBackend();
  const { numTensors } = tf.memory();
  const values = computeValues(() =>
    tf.tensor1d([1, 2]).add(tf.tensor1d([3, 4]))
  );
  assert.deepEqual(values, Float32Array.of(4, 6));
  assert.equal(tf.memory().numTensors, numTensors);
});
