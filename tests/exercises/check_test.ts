import assert from "node:assert/strict";
import { check, EXERCISES } from "../../lib/exercises/check.ts";

const ROOT = new URL("../..", import.meta.url);

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
