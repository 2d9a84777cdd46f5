import assert from "node:assert/strict";
import { inWords } from "../../lib/errors/in_words.ts";

Deno.test("any value has a short name, and a text is no number", () => {
  const cases: [unknown, string][] = [
    [5, "5"],
    ["5", "'5'"],
    [NaN, "NaN"],
    [undefined, "undefined"],
    [null, "null"],
    [5n, "5"],
    [Symbol("x"), "Symbol(x)"],
    [new Float32Array(9), "Float32Array"],
    [Object.create(null), "Object"],
    [Math.random, "random"],
    [() => 1, "a function"],
    [class {}, "a function"],
  ];
  for (const [value, name] of cases) assert.equal(inWords(value), name);
  assert.ok(inWords("x".repeat(1_000)).length < 70);
});
