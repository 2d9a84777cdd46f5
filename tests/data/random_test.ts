import assert from "node:assert/strict";
import { Random, shuffledIndices } from "../../lib/data/random.ts";

Deno.test("a seed gives one sequence, another seed another", () => {
  const draw = (seed: number) => {
    const random = new Random(seed);
    return Array.from({ length: 5 }, () => random.uniform());
  };
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
  assert.notDeepEqual(draw(1), draw(1.1));
  // Fixed for ever: published figures depend on it.
  assert.deepEqual(new Random(1).integer(1_000_000), FIRST);
});
const FIRST = 552742;

Deno.test("normal deviates have the moments of a normal distribution", () => {
  const random = new Random(7);
  const n = 200_000;
  const z = Float64Array.from({ length: n }, () => random.normal());
  const moment = (power: number) =>
    z.reduce((sum, value) => sum + value ** power, 0) / n;
  const expected = [0, 1, 0, 3];
  const tolerance = [0.01, 0.02, 0.04, 0.15]; // four standard errors
  expected.forEach((value, i) => {
    assert.ok(
      Math.abs(moment(i + 1) - value) < tolerance[i],
      `moment ${i + 1}`,
    );
  });
});

Deno.test("integers are even and stay below the bound", () => {
  const random = new Random(3);
  const counts = new Array(7).fill(0);
  for (let i = 0; i < 70_000; i++) counts[random.integer(7)]++;
  assert.equal(counts.length, 7);
  assert.ok(
    counts.every((count) => Math.abs(count - 10_000) < 400),
    `${counts}`,
  );
});

Deno.test("a shuffle keeps every index once and moves most", () => {
  const order = shuffledIndices(10_000, new Random(1));
  assert.deepEqual(order.toSorted(), Uint32Array.from(order.keys()));
  assert.ok(order.filter((index, i) => index === i).length < 10);
});

Deno.test("seeds, bounds and counts that are none are refused", () => {
  for (const wrong of [undefined, NaN, Infinity, "1", null, 1n]) {
    assert.throws(() => new Random(wrong as number), /as a seed/);
  }
  const random = new Random(1);
  for (const below of [0, -1, 1.5, NaN, 2 ** 32 + 1]) {
    assert.throws(() => random.integer(below), /whole number below/);
    assert.throws(() => shuffledIndices(below - 1 / 3, random), RangeError);
  }
  const none = undefined as unknown as Random;
  assert.throws(() => shuffledIndices(3, none), /new Random\(1\)/);
  assert.equal(shuffledIndices(0, random).length, 0);
});

Deno.test("0 and -0 are one seed", () => {
  assert.equal(new Random(-0).uniform(), new Random(0).uniform());
});
