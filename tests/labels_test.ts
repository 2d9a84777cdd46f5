import assert from "node:assert/strict";
import { likeliest, oneHot } from "../lib/labels.ts";

Deno.test("a label comes back from its ten numbers", () => {
  const labels = Uint8Array.of(0, 9, 3, 3);
  const numbers = oneHot(labels);
  assert.deepEqual([...numbers.subarray(10, 20)], [
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    1,
  ]);
  assert.deepEqual(likeliest(numbers), labels);
});

Deno.test("of equal probabilities the first is taken", () => {
  const even = new Float32Array(10).fill(0.1);
  assert.deepEqual(likeliest(even), Uint8Array.of(0));
});
