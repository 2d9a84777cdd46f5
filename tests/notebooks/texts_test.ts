/** What the pages say around the notebooks can be said in another language. */

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { parseHTML } from "linkedom";
import { capture, outputOf, ROOT, venvPython } from "../../tools/system.ts";
import { bundlePage } from "../../tools/bundle.ts";
import { inFolder } from "../in_folder.ts";
import { CHROMIUM, inBrowser } from "./lab.ts";

const ignore = !CHROMIUM;
if (ignore) {
  console.error(
    "\nSKIPPED: no Chromium, so what programs say is NOT tested.\n",
  );
}

/**
 * Python that writes a translation into Hebrew which only puts a mark before each text,
 * with both quotes in it.
 */
const TRANSLATE = `
import sys
from babel.messages.pofile import read_po, write_po
with open("tools/course_template/texts.pot", "rb") as file:
    catalog = read_po(file)
catalog.locale = "he"
for message in catalog:
    if message.id:
        message.string = sys.argv[2] + message.id
with open(sys.argv[1], "wb") as file:
    write_po(file, catalog)
`;
const MARK = `ד"ר א' `;

const python = (args: string[], env: Record<string, string> = {}) =>
  outputOf(venvPython(), args, { cwd: ROOT, env });

/** Where a notebook's page has words of its own. */
const AROUND = [
  ...[".skip", "footer p", ".downloads h2", ".downloads li", ".notice"],
  ...["details.contents summary", "details.drawing summary"],
  ...['nav a[href$="index.html"]', ".minutes"],
];
/** Where a page with a program has words. */
const WORDS =
  "h1, h2, p:not(:has(label, button)), th, figcaption, label, button, option";

/** Writes a translation, and pages that are made with it, into the folder. */
async function translated(folder: string) {
  await python(["-c", TRANSLATE, `${folder}/he.po`, MARK]);
  await Deno.mkdir(`${folder}/runs`);
  // The programs themselves do not matter here, but for the search.
  for (const name of ["try", "map", "walk", "search"]) {
    const program = name === "search" ? await bundlePage("search") : "";
    await Deno.writeTextFile(`${folder}/runs/${name}.js`, program);
    await Deno.writeTextFile(`${folder}/runs/${name}.json`, "{}");
  }
  const names = ["01_load", "02_noise"];
  for (const name of names) {
    const file = `${name}.ipynb`;
    await Deno.copyFile(`${ROOT}notebooks/${file}`, `${folder}/${file}`);
  }
  await python(["tools/notebooks.py", "export", folder, ...names], {
    COURSE_TEXTS: `${folder}/he.po`,
  });
}

const documentOf = async (folder: string, name: string) =>
  parseHTML(await Deno.readTextFile(`${folder}/${name}.html`)).document;

Deno.test("the list of texts is that of the templates", async () => {
  await python(["tools/texts.py", "--check"]);
});

Deno.test("all words around the notebooks are translated, from right to left", () =>
  inFolder(async (folder) => {
    await translated(folder);
    const assertTranslated = (text: string, where: string) => {
      if (text.trim() === "") return;
      assert.ok(text.trim().startsWith(MARK.trim()), `${where}: ${text}`);
    };
    const programs = ["try", "map", "walk", "search"];
    const pages = ["index", "01_load", "solutions/01_load", ...programs];
    for (const name of pages) {
      const document = await documentOf(folder, name);
      const { lang, dir } = document.documentElement;
      assert.deepEqual([lang, dir], ["he", "rtl"]);
      const isProgram = programs.includes(name);
      const places = isProgram ? `main :is(${WORDS}), footer p` : `${AROUND}`;
      const found = [...document.querySelectorAll(places)];
      assert.ok(found.length >= 2, name);
      for (const element of found) {
        assertTranslated(element.textContent!, `${name} ${element.localName}`);
      }
      const around = isProgram ? "" : ":is(nav, section)";
      for (const attribute of ["aria-label", "placeholder"]) {
        for (
          const element of document.querySelectorAll(
            `${around}[${attribute}]`,
          )
        ) {
          assertTranslated(element.getAttribute(attribute)!, `${name} label`);
        }
      }
      const html = await Deno.readTextFile(`${folder}/${name}.html`);
      const [, json] = html.match(/ data-words='([^']*)'/)!;
      for (const text of Object.values<string>(JSON.parse(json))) {
        assertTranslated(text, name);
      }
      assert.match(html, /style="--goes-on: '[^"]*'"/);
    }
    const index = await documentOf(folder, "index");
    assertTranslated(
      index.querySelector("main img")!.getAttribute("alt")!,
      "picture",
    );
    for (const text of index.querySelectorAll("main > p, main > figure")) {
      assertTranslated(text.textContent!, "index");
    }
  }));

Deno.test(
  "what programs say is translated",
  { ignore },
  () =>
    inFolder(async (folder) => {
      await translated(folder);
      await inBrowser(async (page) => {
        const faults: string[] = [];
        page.on("pageerror", (error) => faults.push(String(error)));
        const open = (name: string) =>
          page.goto(pathToFileURL(`${folder}/${name}.html`).href);
        await open("01_load");
        const copy = page.locator("button.copy").first();
        assert.equal(await copy.innerText(), `${MARK}Copy`);
        const choices = await page.locator(".tools option").allInnerTexts();
        assert.deepEqual(
          choices,
          ["as the system", "light", "dark"].map((word) => MARK + word),
        );
        await page.locator(".tools select").selectOption("dark");
        const root = page.locator("html");
        assert.equal(await root.getAttribute("data-colours"), "dark");
        const note = await root.evaluate((element) =>
          getComputedStyle(element).getPropertyValue("--goes-on")
        );
        assert.ok(note.includes("\\5d3 ") || note.includes("ד"), note);
        await open("search");
        await page.locator("#words").fill("brightness");
        const count = await page.locator("#count").innerText();
        assert.ok(/\d+ places/.test(count) && count.startsWith(MARK), count);
        assert.deepEqual(faults, []);
      });
    }),
);

Deno.test("texts that cannot be read are refused before anything runs", () =>
  inFolder(async (folder) => {
    const cases: [string, RegExp][] = [
      ['msgid "Copy"\nmsgstr "x"\n', /no "Language/],
      ['msgid ""\nmsgstr "Language: he\\n"\n\nmsgid "Copy', /Cannot read/],
      ...([
        ["Code of %(shown)s", "%(other)s"],
        ["Code of %(shown)s", "20 % of %(shown)s"],
        ["{count} places", "{anzahl} Stellen"],
      ].map(([text, translation]): [string, RegExp] => [
        'msgid ""\nmsgstr "Language: he\\n"\n\n' +
        `msgid "${text}"\nmsgstr "${translation}"\n`,
        /do not keep the names/,
      ])),
    ];
    for (const [text, expected] of cases) {
      await Deno.writeTextFile(`${folder}/he.po`, text);
      const args = ["tools/texts.py", "--read", `${folder}/he.po`];
      const { code, stderr } = await capture(venvPython(), args, { cwd: ROOT });
      assert.equal(code, 1, text);
      assert.match(stderr, expected);
      assert.doesNotMatch(stderr, /Traceback/);
    }
    const { stderr } = await capture(venvPython(), [
      ...["tools/texts.py", "--read", `${folder}/none.po`],
    ], { cwd: ROOT });
    assert.match(stderr, /Cannot read the texts in ".*none.po"/);
  }));
