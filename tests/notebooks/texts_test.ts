/** What the pages say around the notebooks can be said in another language. */

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { parseHTML } from "linkedom";
import { capture, outputOf, ROOT, venvPython } from "../../tools/system.ts";
import { inFolder } from "../in_folder.ts";
import { CHROMIUM, inBrowser } from "./lab.ts";

const ignore = !CHROMIUM;
if (ignore) {
  console.error(
    "\nSKIPPED: no Chromium, so what programs say is NOT tested.\n",
  );
}

/** Python that writes a translation into Hebrew which only puts a mark before each text. */
const TRANSLATE = `
import sys
from babel.messages.pofile import read_po, write_po
with open("tools/course_template/texts.pot", "rb") as file:
    catalog = read_po(file, locale="he")
for message in catalog:
    if message.id:
        message.string = "א " + message.id
with open(sys.argv[1], "wb") as file:
    write_po(file, catalog)
`;
const MARK = "א ";

const python = (...args: string[]) =>
  outputOf(venvPython(), args, { cwd: ROOT });

/** Places of a page that hold its own words, not those of a notebook. */
const CHROME = [
  ...[".skip", "footer p", ".downloads h2", ".downloads li", ".notice"],
  ...["details.contents summary", "details.drawing summary"],
  ...['nav a[href$="index.html"]', ".minutes"],
];

Deno.test("the list of texts is that of the templates", async () => {
  await python("tools/texts.py", "--check");
});

Deno.test("all words around the notebooks are translated, from right to left", {
  ignore,
}, () =>
  inFolder(async (folder) => {
    await python("-c", TRANSLATE, `${folder}/he.po`);
    await outputOf(Deno.execPath(), [
      ...["run", "-A", "tools/course.ts", "01", "02", "--saved"],
      ...["--out", `${folder}/site`, "--texts", `${folder}/he.po`],
    ], { cwd: ROOT });
    for (const name of ["index", "01_load", "solutions/01_load", "search"]) {
      const html = await Deno.readTextFile(`${folder}/site/${name}.html`);
      const { document } = parseHTML(html);
      assert.equal(document.documentElement.lang, "he");
      assert.equal(document.documentElement.dir, "rtl");
      const said = CHROME.flatMap((place) => [
        ...document.querySelectorAll(place),
      ]).map((element) => element.textContent!.trim());
      assert.ok(said.length >= 3, name);
      const labels = [...document.querySelectorAll("nav[aria-label]")]
        .map((nav) => nav.getAttribute("aria-label")!);
      for (const text of [...said, ...labels]) {
        assert.ok(text.startsWith(MARK), `${name}: ${text}`);
      }
    }
    await inBrowser(async (page) => {
      const open = (name: string) =>
        page.goto(pathToFileURL(`${folder}/site/${name}.html`).href);
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
      await open("search");
      await page.locator("#words").fill("brightness");
      assert.match(await page.locator("#count").innerText(), /^א \d+ places/);
    });
  }));

Deno.test("texts that cannot be read are refused before anything runs", () =>
  inFolder(async (folder) => {
    const cases: [string, RegExp][] = [
      ['msgid "Copy"\nmsgstr "x"\n', /no "Language/],
      ['msgid ""\nmsgstr "Language: he\\n"\n\nmsgid "Copy', /Cannot read/],
      [
        'msgid ""\nmsgstr "Language: he\\n"\n\n#, python-format\n' +
        'msgid "Code of %(shown)s"\nmsgstr "%(other)s"\n',
        /Code of/,
      ],
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
