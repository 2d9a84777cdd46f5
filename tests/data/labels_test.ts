import assert from "node:assert/strict";
import { argMax, oneHot } from "../../lib/data/labels.ts";

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
  assert.deepEqual(argMax(numbers), labels);
});

Deno.test("of equal probabilities the first is taken", () => {
  const even = new Float32Array(10).fill(0.1);
  assert.deepEqual(argMax(even), Uint8Array.of(0));
});

Deno.test("letters have 26 classes, if that is said", () => {
  const letters = Uint8Array.of(25, 0, 7);
  const numbers = oneHot(letters, { classes: 26 });
  assert.equal(numbers.length, 3 * 26);
  assert.deepEqual(argMax(numbers, { classes: 26 }), letters);
  assert.throws(() => oneHot(letters), /"25" \(number 0\) .* 10 classes/);
  assert.throws(() => argMax(numbers), /no whole rows of 10 classes/);
  // As many numbers as 26 rows of ten have.
  const ten = oneHot(new Uint8Array(10), { classes: 26 });
  assert.throws(() => argMax(ten), /sum of row 1: .* add up to 1/);
});

Deno.test("numbers that are no probabilities have a largest one too", () => {
  const numbers = Float32Array.of(-3, -2, -9, -Infinity, -2, -4);
  assert.deepEqual(argMax(numbers, { classes: 3 }), Uint8Array.of(1, 1));
  assert.throws(
    () => argMax(numbers.fill(-Infinity, 3), { classes: 3 }),
    /"-Infinity" for every class of row 1: none of them is the likeliest/,
  );
});

Deno.test("what is no label, no probability or no count is refused", () => {
  for (const wrong of [10, -1, 0.5, NaN, "3", 3n, null]) {
    const labels = [1, wrong] as number[];
    assert.throws(() => oneHot(labels), /\(number 1\) as a label/);
  }
  for (const wrong of [undefined, 3, "3"]) {
    const labels = wrong as unknown as number[];
    assert.throws(() => oneHot(labels), /a list of whole numbers/);
  }
  const even = new Float32Array(20).fill(0.1);
  assert.throws(() => argMax(even.with(13, NaN)), /class 3 of row 1/);
  const list = Array.from(even) as unknown as Float32Array;
  assert.throws(() => argMax(list), /"Array": .*Float32Array.from/);
  for (const classes of [0, 1.5, 257, NaN]) {
    assert.throws(() => oneHot([0], { classes }), /as classes: .* 1 to 256/);
    assert.throws(() => argMax(even, { classes }), RangeError);
  }
  const misspelt = { numClasses: 3 } as object;
  assert.throws(() => oneHot([0], misspelt), /use "classes"/);
  assert.throws(() => argMax(even, misspelt), /use "classes"/);
});
