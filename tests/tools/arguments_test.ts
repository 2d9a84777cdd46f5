import assert from "node:assert/strict";
import { readArguments, wholeNumber } from "../../tools/arguments.ts";

const USAGE = "program [--rounds N] FOLDER [THREADS]";

const read = (...args: string[]) =>
  readArguments(USAGE, {
    options: { rounds: { type: "string", default: "10" } },
    least: 1,
    most: 2,
    args,
  });

Deno.test("options and words are read", () => {
  assert.deepEqual({ ...read("a", "--rounds", "3", "2") }, {
    values: { __proto__: null, rounds: "3" },
    positionals: ["a", "2"],
  });
  assert.equal(read("a").values.rounds, "10");
});

Deno.test("what is unknown, missing or too much is refused with the usage", () => {
  const refused: [string[], RegExp][] = [
    [["a", "--round", "3"], /^Cannot run "a --round 3": Unknown option/],
    [["a", "--rounds"], /argument missing/],
    [[], /: something is missing/],
    [["a", "2", "3"], /: "3" is too much/],
  ];
  for (const [args, message] of refused) {
    assert.throws(() => read(...args), { name: "RangeError", message });
    assert.throws(
      () => read(...args),
      /\nUsage: program \[--rounds N\] FOLDER/,
    );
  }
});

Deno.test("a number is a whole one", () => {
  assert.equal(wholeNumber("12"), 12);
  for (const text of ["", "-1", "1.5", "many", "1e3"]) {
    assert.throws(() => wholeNumber(text), /whole one from 0 up/);
  }
  assert.throws(() => wholeNumber("0", 1), /from 1 up/);
});
