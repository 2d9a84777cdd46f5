import assert from "node:assert/strict";
import { check, EXERCISES } from "../../lib/exercises/check.ts";
import { basics } from "./exercises/basics.ts";
import { beyond } from "./exercises/beyond.ts";
import { diffusion } from "./exercises/diffusion.ts";
import { fewLabels } from "./exercises/few_labels.ts";
import { inside } from "./exercises/inside.ts";
import { sound } from "./exercises/sound.ts";
import { trained } from "./exercises/trained.ts";
import { withoutClean } from "./exercises/without_clean.ts";

const CASES = {
  ...basics,
  ...trained,
  ...beyond,
  ...withoutClean,
  ...diffusion,
  ...fewLabels,
  ...sound,
  ...inside,
};

Deno.test("every exercise has cases", () => {
  assert.deepEqual(Object.keys(CASES), EXERCISES);
});

for (const [id, { right, wrong }] of Object.entries(CASES)) {
  Deno.test(`${id}: right answers are right, wrong ones learn why`, () => {
    for (const answer of right) {
      assert.equal(check(id, answer).text, `${id} is right.`);
    }
    assert.ok(wrong.length >= 2);
    for (const [message, answer] of wrong) {
      const { right: passed, text } = check(id, answer);
      assert.match(text, message);
      assert.equal(passed, false);
      assert.ok(text.startsWith(`${id} is not right yet. `), text);
      const isNumber = typeof right[0] === "number";
      const told = text.slice(4).replaceAll(",", "").match(/\d[\d.]*/g) ?? [];
      assert.ok(!isNumber || !told.map(Number).includes(right[0] as number));
    }
  });

  Deno.test(`${id}: what is no answer at all is refused`, () => {
    for (const answer of [undefined, null, "text", NaN, {}, [], [NaN]]) {
      const { right: passed, text } = check(id, answer);
      assert.equal(passed, false);
      assert.match(text, /should be|is NaN|of 28|missing/, text);
    }
  });
}
