/** The pages of the notebooks in git: what leads from one place to another. */

import assert from "node:assert/strict";
import { parseHTML } from "linkedom";
import { notebookNames } from "../../tools/course.ts";
import { outputOf, ROOT, venvPython } from "../../tools/system.ts";
import { deadLinks } from "./dead_links.ts";

const names = await notebookNames();
const folder = await Deno.makeTempDir();
for (const name of names) {
  const file = `${name}.ipynb`;
  await Deno.copyFile(`${ROOT}notebooks/${file}`, `${folder}/${file}`);
}
const args = ["tools/notebooks.py", "export", folder, ...names];
await outputOf(venvPython(), args, { cwd: ROOT });
const pages = await Promise.all([...names, "glossary"].map(async (name) => {
  const html = await Deno.readTextFile(`${folder}/${name}.html`);
  return { name, html, document: parseHTML(html).document };
}));
const dead = await deadLinks(folder);
const scripts = await Promise.all(
  names.map((name) => Deno.readTextFile(`${folder}/${name}.ts`)),
);
const packed = await outputOf(venvPython(), [
  ...[
    "-c",
    "import sys, zipfile; print(*zipfile.ZipFile(sys.argv[1]).namelist(), sep='\\n')",
  ],
  `${folder}/course.zip`,
]);
await Deno.remove(folder, { recursive: true });

Deno.test("no link between pages is dead", () => assert.deepEqual(dead, []));

const isInGit = await Deno.stat(`${ROOT}.git`).catch(() => undefined);
if (!isInGit) {
  console.error(
    "\nSKIPPED: without git, course.zip is NOT compared with it.\n",
  );
}

Deno.test(
  "course.zip has the files that git has",
  { ignore: !isInGit },
  async () => {
    const args = ["ls-files", "--cached", "--others", "--exclude-standard"];
    const listed = await outputOf("git", args, { cwd: ROOT });
    const known = listed.trim().split("\n").filter((path) => path !== "");
    const files = packed.trim().split("\n").map((path) =>
      path.replace("cleaning-digits/", "")
    );
    assert.deepEqual(files.toSorted(), known.toSorted());
  },
);

Deno.test("scripts import the helpers", () => {
  for (const script of scripts) {
    assert.match(script, /from "\.\.\/lib\/mod\.ts"/);
  }
});

for (const { name, html, document } of pages) {
  Deno.test(`${name}: headings, figures and tables have addresses`, () => {
    const headings = [...document.querySelectorAll("main h2, main h3")];
    assert.ok(headings.length > 1);
    const listed = [...document.querySelectorAll(".contents.side a")];
    assert.deepEqual(
      listed.map((link) => link.getAttribute("href")),
      headings.map(({ id }) => `#${id}`),
    );
    for (const caption of document.querySelectorAll("figure > figcaption")) {
      const place = caption.textContent.match(/^(Figure|Table) (\d+)\.(\d+)\./);
      if (!place) continue;
      const [, kind, chapter, number] = place;
      const address = `${kind.toLowerCase()}-${chapter}-${number}`;
      assert.equal(caption.parentElement?.id, address);
    }
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length, "an address stands twice");
    const { title } = document;
    assert.match(title, /^.+ · Cleaning digits with an autoencoder$/);
  });

  if (name !== "glossary") {
    Deno.test(`${name}: what can be taken along, and what says nothing is left out`, () => {
      const taken = [...document.querySelectorAll("a[download]")]
        .map((link) => link.getAttribute("href"));
      const own = [`${name}.ipynb`, `${name}.ts`, `solutions/${name}.ipynb`];
      assert.deepEqual(taken, [...own, "course.zip"]);
      assert.ok(document.querySelector(`a[href="solutions/${name}.html"]`));
      const outputs = [...document.querySelectorAll(".output_text")]
        .map(({ textContent }) => textContent.trim());
      assert.ok(!outputs.includes('"wasm-threads"'));
      const text = document.querySelector("main")!.textContent;
      assert.ok(!/Previous: |Next: /.test(text));
    });

    Deno.test(`${name}: code that draws is folded, and no other`, () => {
      const folded = document.querySelectorAll("details.drawing");
      assert.ok(folded.length > 0);
      for (const fold of folded) {
        assert.match(
          fold.textContent,
          /(digitGrid|networkDiagram|plotFigure|soundPlayers|table)\(/,
        );
      }
      for (const code of document.querySelectorAll(".input_area")) {
        if (!code.closest("details")) {
          assert.doesNotMatch(
            code.textContent,
            /^(digitGrid|plotFigure|table)\(/m,
          );
        }
      }
    });
  }

  Deno.test(`${name}: what the text names is a link`, () => {
    const own = Number(name.slice(0, 2));
    const texts = document.querySelectorAll(
      "main .text_cell p, main .text_cell li, main .text_cell details",
    );
    const missing: string[] = [];
    for (const text of texts) {
      const copy = text.cloneNode(true) as Element;
      copy.querySelectorAll("a, code, pre").forEach((part) => part.remove());
      const rest = copy.textContent.replaceAll(/\s+/g, " ");
      for (const [place, number] of rest.matchAll(/\bnotebook (\d+)\b/gi)) {
        if (Number(number) !== own) missing.push(place);
      }
      missing.push(...rest.match(/\b(?:Figure|Table) \d+\.\d+/g) ?? []);
    }
    assert.deepEqual(missing, []);
  });
}

Deno.test("each word of the glossary leads to where a notebook links it first", () => {
  const { document } = pages.at(-1)!;
  const led = document.querySelectorAll('a[href*="#word-"]').length;
  const entries = document.querySelectorAll("h2#Words + ul > li").length;
  assert.ok(entries > 100 && led > 0.9 * entries, `${led} of ${entries}`);
});
