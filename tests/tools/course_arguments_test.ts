import assert from "node:assert/strict";
import { resolve } from "node:path";
import { parse } from "../../tools/course.ts";

Deno.test("paths on the command line are those of the folder where it is given", () => {
  const { out, texts } = parse(["--out", "pages", "--texts", "he.po"]);
  assert.equal(out, resolve("pages"));
  assert.equal(texts, resolve("he.po"));
  assert.equal(parse(["04"]).texts, undefined);
});

Deno.test("an option without its path says what it wants", () => {
  assert.throws(() => parse(["--out"]), /"--out": it wants a folder/);
  assert.throws(() => parse(["--texts"]), /"--texts": it wants a file/);
  assert.throws(() => parse(["--texts", ""]), /"--texts": it wants a file/);
});

Deno.test("what does not go together is refused", () => {
  assert.throws(() => parse(["--quick", "--save"]), /"--save" with --quick/);
  assert.throws(() => parse(["--saved", "--force"]), /it runs nothing/);
  assert.throws(() => parse(["--text", "he.po"]), /known are .*--texts/);
});
