import assert from "node:assert/strict";
import { Random } from "../../lib/data/random.ts";
import { frechetDistance } from "../../lib/scores/frechet.ts";

const random = new Random(1);
const rows = Float32Array.from({ length: 3 * 400 }, () => random.normal());
const close = (value: number, wanted: number, by = 1e-4) =>
  assert.ok(Math.abs(value - wanted) < by, `${value} is not ${wanted}`);

Deno.test("a set is at no distance from itself, and order does not matter", () => {
  close(frechetDistance(rows, rows, { features: 3 }), 0);
  const other = rows.map((value, i) => 2 * value + i % 3);
  close(
    frechetDistance(rows, other, { features: 3 }),
    frechetDistance(other, rows, { features: 3 }),
  );
});

Deno.test("a shift costs its square", () => {
  const moved = rows.map((value, i) => value + [1, 0, -2][i % 3]);
  close(frechetDistance(rows, moved, { features: 3 }), 5);
});

Deno.test("of one feature it is the difference of means and of deviations, squared", () => {
  const first = Float32Array.of(-1, 1), second = Float32Array.of(2, 8);
  close(frechetDistance(first, second, { features: 1 }), 5 ** 2 + 2 ** 2);
});

Deno.test("it sees how features go together, where each alone is the same", () => {
  // Both have variances 1; the features agree in one set, and are opposite in
  // the other. C1 C2 is 0, so the distance is the sum of the traces.
  const same = Float32Array.of(1, 1, -1, -1);
  const opposite = Float32Array.of(1, -1, -1, 1);
  close(frechetDistance(same, opposite, { features: 2 }), 4);
});

Deno.test("rows that are not whole, too few or not finite are refused", () => {
  const of = (first: Float32Array, features: number) => () =>
    frechetDistance(first, rows, { features });
  assert.throws(of(rows.slice(1), 3), /"1199" numbers as rows of "3"/);
  assert.throws(of(rows.slice(0, 3), 3), /two whole rows/);
  assert.throws(of(rows.with(0, NaN), 3), /not finite/);
  assert.throws(of(rows, 0), RangeError);
});
