/** The pages of the notebooks in git: what leads from one place to another. */

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { parseHTML } from "linkedom";
import { notebookNames } from "../../tools/course.ts";
import { bundlePage } from "../../tools/bundle.ts";
import { printCourse } from "../../tools/pdf.ts";
import { outputOf, ROOT, venvPython } from "../../tools/system.ts";
import { axeFaults } from "./axe.ts";
import { deadLinks } from "./dead_links.ts";
import { CHROMIUM, inBrowser } from "./lab.ts";

const names = await notebookNames();
const folder = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => {
  Deno.removeSync(folder, { recursive: true });
});
for (const name of names) {
  const file = `${name}.ipynb`;
  await Deno.copyFile(`${ROOT}notebooks/${file}`, `${folder}/${file}`);
}
await Deno.mkdir(`${folder}/runs`);
await Deno.writeTextFile(
  `${folder}/runs/search.js`,
  await bundlePage("search"),
);
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

Deno.test("the first page shows no marks of Markdown", async () => {
  const html = await Deno.readTextFile(`${folder}/index.html`);
  const text = parseHTML(html).document.querySelector("main")!.textContent!;
  assert.ok(text.includes("a neural network can learn from"));
  assert.doesNotMatch(text, /[_`\]]/);
});

Deno.test("no link between pages is dead", () => assert.deepEqual(dead, []));

Deno.test("a page of solutions says what each exercise asks", async () => {
  for (const name of names) {
    const html = await Deno.readTextFile(`${folder}/solutions/${name}.html`);
    const { document } = parseHTML(html);
    const asked = [...document.querySelectorAll("main blockquote")];
    const { document: page } = pages.find((page) => page.name === name)!;
    const exercises = [...page.querySelectorAll("main ol:last-of-type > li")];
    const textOf = (element: Element) => [
      element.textContent!.replace(/★+/, "").replace(/\s+/g, " ").trim(),
      element.querySelectorAll("a[href]").length,
    ];
    assert.deepEqual(asked.map(textOf), exercises.map(textOf));
    assert.ok(asked.length >= 3, name);
  }
});

Deno.test("formulas are MathML, and no sign of them is left", async () => {
  let formulas = 0;
  for (const { name, html, document } of pages) {
    const path = `${folder}/${name}.ipynb`;
    const source = name === "glossary" ? "" : await Deno.readTextFile(path);
    const written = source.match(/"\$\$.*?\$\$\\n"/g)?.length ?? 0;
    const drawn = document.querySelectorAll('main math[display="block"]');
    assert.equal(drawn.length, written, name);
    assert.ok(!html.includes("$$"), `${name} shows the signs of a formula`);
    formulas += written;
  }
  assert.ok(formulas >= 7, `${formulas}`);
});

/** The text of each page of a PDF. */
const TEXTS = `
import json, sys
from pypdf import PdfReader
print(json.dumps([page.extract_text() for page in PdfReader(sys.argv[1]).pages]))
`;

Deno.test("the PDF's contents name the page of each chapter and section", {
  ignore: !CHROMIUM,
}, async () => {
  await printCourse(folder, [...names, "glossary"]);
  const path = `${folder}/course.pdf`;
  const texts: string[] = JSON.parse(
    await outputOf(venvPython(), ["-c", TEXTS, path], { cwd: ROOT }),
  );
  const first = texts.findIndex((text) => text.includes("1. Load the digits"));
  const begin = texts.findIndex((text) => text.includes("You load 70,000"));
  assert.deepEqual([first, texts.length > 150], [1, true]);
  const contents = texts.slice(first, begin).join("\n");
  const lines = [...contents.matchAll(/^(.+?)\s*\n?(\d+)$/gm)]
    .filter(([, title]) => /[a-z]/.test(title));
  assert.ok(lines.length > 60, contents);
  for (const [, title, page] of lines) {
    assert.ok(
      texts[Number(page) - 1].includes(title.trim()),
      `${title}: ${page}`,
    );
  }
  // Pages that are made now lead to it.
  await outputOf(venvPython(), args, { cwd: ROOT });
  const html = await Deno.readTextFile(`${folder}/index.html`);
  assert.ok(html.includes('href="course.pdf"'));
  assert.deepEqual(await deadLinks(folder), []);
  const own = texts[begin].split("\n").map((line) => line.trim());
  assert.ok(own.includes(`${begin + 1}`), own.join("\n"));
});

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
      assert.deepEqual(taken, ["course.zip", ...own]);
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
      copy.querySelectorAll("a, code, pre, summary").forEach((part) =>
        part.remove()
      );
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

const ignore = !CHROMIUM;
if (ignore) {
  console.error(
    "\nSKIPPED: no Chromium, so pages are NOT opened in a browser.\n",
  );
}
const addressOf = (name: string) =>
  pathToFileURL(`${folder}/${name}.html`).href;

// Those in which each kind of thing stands that a page may have.
const OPENED = ["index", "search", "glossary", "05_evaluate", "12_sound"]
  .concat("solutions/05_evaluate");
for (const [width, colorScheme] of [[360, "light"], [1280, "dark"]] as const) {
  Deno.test(
    `axe finds nothing at ${width} pixels, ${colorScheme}`,
    { ignore },
    async () => {
      await inBrowser(async (page) => {
        const faults: string[] = [];
        page.on("pageerror", (error) => faults.push(String(error)));
        page.on("console", (message) => faults.push(message.text()));
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        for (const name of OPENED) {
          await page.goto(addressOf(name));
          const wide = await page.evaluate(() =>
            document.documentElement.scrollWidth
          );
          assert.ok(wide <= width, `${name} is ${wide} pixels wide`);
          for (const fault of await axeFaults(page)) {
            faults.push(`${name}: ${fault}`);
          }
        }
        assert.deepEqual(faults, []);
      });
    },
  );
}

Deno.test("colours are chosen and kept, words are found, code is copied", {
  ignore,
}, async () => {
  await inBrowser(async (page) => {
    await page.context().grantPermissions([
      "clipboard-read",
      "clipboard-write",
    ]);
    await page.goto(addressOf("05_evaluate"));
    const ground = () =>
      page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(await ground(), "rgb(255, 255, 255)");
    await page.getByLabel("Colours").selectOption("dark");
    assert.equal(await ground(), "rgb(30, 30, 30)");
    const code = page.locator(".input_area").first();
    await code.hover();
    await code.getByRole("button", { name: "Copy" }).click();
    await code.getByRole("button", { name: "Copied" }).waitFor();
    await page.getByLabel("Search the course").fill("total variation");
    await page.getByLabel("Search the course").press("Enter");
    const results = page.locator("#results a");
    await results.first().waitFor();
    assert.equal(await ground(), "rgb(30, 30, 30)");
    const found = await results.allTextContents();
    assert.ok(
      found.some((text) => text === "Words and sources › Total variation"),
      `${found}`,
    );
    // A word is marked where it begins, not inside of another.
    await page.getByLabel("Words").fill("noise");
    const marked = page.locator("#results mark");
    for (const text of await marked.allTextContents()) {
      assert.match(text, /^(nois[ey]\w*)?$/i);
    }
    assert.match(await page.locator("#count").innerText(), /, of which 30 are/);
    const inside = await page.locator("#results p").evaluateAll((paragraphs) =>
      paragraphs.filter((p) => /[a-z]$/i.test(p.firstChild?.textContent ?? ""))
        .map((p) => p.textContent)
    );
    assert.deepEqual(inside, []);
    await page.getByLabel("Words").fill("total variation");
    await results.filter({ hasText: "5. Evaluate › Score it" }).click();
    assert.match(page.url(), /05_evaluate\.html#Score-it/);
  });
});

Deno.test("on paper nothing is cut off or closed, and no button is printed", {
  ignore,
}, async () => {
  await inBrowser(async (page) => {
    await page.goto(addressOf("05_evaluate"));
    await page.emulateMedia({ media: "print" });
    await page.setViewportSize({ width: 680, height: 900 });
    const cut = await page.evaluate(() =>
      [...document.querySelectorAll("main pre, main .wide")]
        .filter((box) => box.scrollWidth > box.clientWidth + 1)
        .map((box) => box.textContent!.slice(0, 80))
    );
    assert.deepEqual(cut, []);
    const answer = page.locator("main details:not(.drawing, .numbers)").first();
    const [closed, whole] = await answer.evaluate((element) => [
      element.querySelector("summary")!.getBoundingClientRect().height,
      element.getBoundingClientRect().height,
    ]);
    assert.ok(whole > closed + 20, `answers are closed: ${whole}, ${closed}`);
    for (const hidden of ["nav", ".copy", ".drawing", ".downloads"]) {
      assert.ok(!await page.locator(hidden).first().isVisible(), hidden);
    }
  });
});
