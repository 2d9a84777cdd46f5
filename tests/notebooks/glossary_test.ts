/** Every term and source is in the glossary once, and links to them land. */

import assert from "node:assert/strict";
import { notebookNames } from "../../tools/course.ts";
import { ROOT } from "../../tools/system.ts";

interface Cell {
  cell_type: string;
  source: string | string[];
}

const read = (path: string) => Deno.readTextFileSync(`${ROOT}${path}`);
const glossary = read("notebooks/glossary.md");
const [words, sources] = glossary.split("\n## Sources\n");
const idsIn = (text: string) =>
  [...text.matchAll(/<a id="([\w-]+)"><\/a>/g)].map(([, id]) => id);
const ids = idsIn(glossary);
const linksIn = (text: string) =>
  [...text.matchAll(/(?<=\((?:notebooks\/)?glossary\.md#)[\w-]+(?=\))/g)]
    .map(([id]) => id);

const names = await notebookNames();
const linked = new Map(names.map((name) => {
  const cells = JSON.parse(read(`notebooks/${name}.ipynb`)).cells as Cell[];
  const text = cells.filter(({ cell_type }) => cell_type === "markdown")
    .map(({ source }) => [source].flat().join("")).join("\n");
  assert.match(text, /\[glossary\]\(glossary\.md\)/, name);
  return [name, linksIn(text)];
}));

Deno.test("every term and every source is there once, in order", () => {
  assert.ok(idsIn(words).length > 50 && idsIn(sources).length > 10);
  assert.equal(new Set(ids).size, ids.length);
  const terms = [...words.matchAll(/^- <a .*?><\/a>\*\*(.*?)\*\*:/gm)]
    .map(([, term]) => term.toLowerCase());
  assert.equal(terms.length, idsIn(words).length);
  assert.deepEqual(terms, terms.toSorted());
  assert.deepEqual(idsIn(sources), idsIn(sources).toSorted());
});

Deno.test("links to terms and sources land", () => {
  for (const [name, links] of linked) {
    for (const id of links) assert.ok(ids.includes(id), `${name}: ${id}`);
  }
  for (const [, id] of glossary.matchAll(/\]\(#([\w-]+)\)/g)) {
    assert.ok(ids.includes(id), id);
  }
});

Deno.test("the notebook that introduces a term links to it", () => {
  for (const entry of words.split("\n- ").slice(1)) {
    const [id] = idsIn(entry);
    const [, name] = entry.match(/\]\((\w+)\.ipynb\)/) ?? [];
    assert.ok(linked.get(name)?.includes(id), `${id}: ${name}`);
  }
});

Deno.test("every source is cited where it is used", () => {
  const cited = [...linked.values()].flat();
  for (const id of idsIn(sources)) assert.ok(cited.includes(id), id);
});

Deno.test("the title of every source leads to it", () => {
  const entries = sources.split(/^- /m).slice(1);
  assert.equal(entries.length, idsIn(sources).length);
  for (const entry of entries) {
    assert.equal(entry.match(/\]\(https:\/\/[^\s)]+\)/g)?.length, 1, entry);
  }
});
