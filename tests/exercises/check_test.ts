import assert from "node:assert/strict";
import { check, EXERCISES } from "../../lib/exercises/check.ts";
import { basics } from "./basics.ts";
import { beyond } from "./beyond.ts";
import { trained } from "./trained.ts";

const ROOT = new URL("../..", import.meta.url);
const CASES = { ...basics, ...trained, ...beyond };

Deno.test("every exercise has cases", () => {
  assert.deepEqual(Object.keys(CASES), EXERCISES);
});

for (const [id, { right, wrong }] of Object.entries(CASES)) {
  Deno.test(`${id}: right answers are right, wrong ones are told why`, () => {
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

Deno.test("an unknown id is an error that lists the notebook's exercises", () => {
  assert.throws(() => check("02.9", 1), RangeError);
  assert.throws(() => check("02.9", 1), /02 are 02.1, 02.2, 02.3, 02.4$/);
  assert.throws(() => check("2.1", 1), /ids are such as 01.1/);
  assert.throws(() => check("toString", 1), RangeError);
});

Deno.test("a verdict is shown in a cell as HTML and as text", () => {
  // deno-lint-ignore no-explicit-any -- a symbol of Deno's kernel
  const shown = (check("03.4", "<b>") as any)[Symbol.for("Jupyter.display")]();
  assert.match(shown["text/html"], /<strong>03.4 is not right yet\.<\/strong>/);
  assert.match(check("03.4", undefined).html, /<code>undefined<\/code>/);
  assert.equal(check("03.4", 121).text, "03.4 is right.");
});

Deno.test("notebooks and solutions hand over to the checks that there are", () => {
  const folder = new URL("notebooks/", ROOT);
  const names = [...Deno.readDirSync(new URL("solutions/", folder))]
    .map(({ name }) => name).filter((name) => name.endsWith(".ipynb")).sort();
  const idsIn = (path: string, kind: string) =>
    JSON.parse(Deno.readTextFileSync(new URL(path, folder))).cells
      .filter((cell: { cell_type: string }) => cell.cell_type === kind)
      .flatMap((cell: { source: string[] }) =>
        cell.source.join("").match(/(?<=check\(\s*")\d\d\.\d/g) ?? []
      );
  assert.deepEqual(names.flatMap((name) => idsIn(name, "markdown")), EXERCISES);
  assert.deepEqual(
    names.flatMap((name) => idsIn(`solutions/${name}`, "code")),
    EXERCISES,
  );
  for (const name of names) {
    const text = Deno.readTextFileSync(new URL(name, folder));
    assert.ok(text.includes(`(solutions/${name})`), name);
    for (
      const id of EXERCISES.filter((id) => name.startsWith(id.slice(0, 2)))
    ) {
      const item = new RegExp(`${id[3]}\\. ★[^★]*check\\(\\\\"${id}\\\\"`);
      assert.match(text.replaceAll("★★★", "★").replaceAll("★★", "★"), item);
    }
  }
});
