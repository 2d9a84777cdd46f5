/** Prints the course's pages as one PDF. */

import { posix } from "node:path";
import { parseHTML } from "linkedom";
import { type Browser, chromium } from "playwright-core";
import { writeWhole } from "../lib/data/files.ts";
import { escapeHtml } from "../lib/notebook/cell_output.ts";
import { CHROMIUM } from "./chromium.ts";
import { outputOf, venvPython } from "./system.ts";

/** What a printed course has beyond the pages. */
const STYLE = `
@page { size: A4; margin: 18mm 16mm 20mm; }
@page { @bottom-center { content: counter(page); font: 9pt sans-serif; } }
@page :first { @bottom-center { content: none; } }
.chapter { break-before: page; }
.book-note { font-size: 0.92em; }
.book { list-style: none; padding: 0; }
.book a { display: flex; gap: 0.5em; align-items: baseline; }
.book a::before { content: ""; order: 1; flex: 1; border-bottom: 1pt dotted #999; }
.book b { order: 2; font-weight: normal; }
.book .section { padding-inline-start: 1.5em; font-size: 0.9em; }`;

/** Python that prints on which page each named place of a PDF is. */
const PLACES = `
import json, sys
from pypdf import PdfReader
pdf = PdfReader(sys.argv[1])
places = pdf.named_destinations
pages = {name: pdf.get_destination_page_number(place) + 1 for name, place in places.items()}
print(json.dumps({name.removeprefix("/"): page for name, page in pages.items()}))
`;

/** Sections that each notebook has; the contents name the others. */
const COMMON = ["Setup", "Summary", "Questions", "Exercises"];

/** A place in the book that its contents name. */
interface Entry {
  id: string;
  title: string;
  isChapter: boolean;
}

/** The address of a place in the book, of a link on one of its pages. */
function placeOf(href: string, name: string, names: string[]) {
  const [path, hash] = href.split("#").map(decoded);
  const target = path === ""
    ? name
    : posix.join(posix.dirname(name), path).replace(/\.html$/, "");
  if (!names.includes(target)) return;
  return hash ? `${target}.${hash}` : target;
}

function decoded(address: string): string {
  try {
    return decodeURI(address);
  } catch {
    return address; // somebody's own link, with a "%" in it
  }
}

/** A page as a chapter, in which each address begins with the page's name. */
async function chapterOf(site: string, name: string, names: string[]) {
  const html = await Deno.readTextFile(`${site}/${name}.html`);
  const { document } = parseHTML(html);
  const main = document.querySelector("main")!;
  for (const part of main.querySelectorAll(".downloads")) part.remove();
  for (const element of main.querySelectorAll("[id]")) {
    element.id = `${name}.${element.id}`;
  }
  for (const link of main.querySelectorAll("a[href]")) {
    const href = link.getAttribute("href")!;
    const place = placeOf(href, name, names);
    if (place) link.setAttribute("href", `#${encodeURI(place)}`);
    else if (!/^https?:/.test(href)) link.removeAttribute("href");
  }
  // Somebody's own notebook may have no heading, but its page has a title.
  const [title] = document.querySelector("title")!.textContent!.split(" · ");
  const sections = [...main.querySelectorAll("h2[id]")].map((heading) => ({
    id: heading.id,
    title: heading.textContent!.replace("¶", "").trim(),
    isChapter: false,
  }));
  const entries: Entry[] = [
    { id: name, title, isChapter: true },
    ...sections.filter(({ title }) => !COMMON.includes(title)),
  ];
  const body = `<section class="chapter" id="${name}">${main.innerHTML}` +
    `</section>`;
  return { entries, body };
}

/** The title page: what the first page of the course says of it. */
async function titlePage(site: string) {
  const html = await Deno.readTextFile(`${site}/index.html`);
  const { document } = parseHTML(html);
  const parts = ["main h1", "main figure", "main p:not(:has(a))", "footer"]
    .map((selector) => document.querySelector(selector)!.outerHTML);
  const [title, style] = ["title", "style"]
    .map((name) => document.querySelector(name)!.outerHTML);
  const { lang, dir } = document.documentElement;
  const texts: Record<"contents" | "folded", string> = JSON.parse(
    document.querySelector("#texts")!.textContent!,
  );
  return { title, style, parts, lang, dir, texts };
}

/** The contents; `pages` are the numbers of pages by place, once they are known. */
function contents(
  entries: Entry[],
  { heading, pages }: { heading: string; pages?: Record<string, number> },
) {
  const lost = pages && entries.find(({ id }) => !(id in pages));
  if (lost) throw new Error(`Cannot find the page of "${lost.title}"`);
  const lines = entries.map(({ id, title, isChapter }) =>
    `<li class="${isChapter ? "" : "section"}"><a href="#${encodeURI(id)}">` +
    `${escapeHtml(title)}<b>${pages?.[id] ?? 100}</b></a></li>`
  );
  return `<section class="chapter"><h1>${
    escapeHtml(heading)
  }</h1><ol class="book">` +
    `${lines.join("")}</ol></section>`;
}

async function launch(): Promise<Browser> {
  if (!CHROMIUM) {
    throw new Error(
      "Cannot print: no Chromium, Chrome or Edge is at a usual place. Install " +
        "one, or set CHROME_PATH to it",
    );
  }
  try {
    return await chromium.launch({
      executablePath: CHROMIUM,
      // Chromium's sandbox does not start as root, the usual user in containers.
      chromiumSandbox: Deno.uid() !== 0,
    });
  } catch (cause) {
    const [reason] = (cause as Error).message.split("\n");
    throw new Error(`Cannot print: "${CHROMIUM}" does not start (${reason})`, {
      cause,
    });
  }
}

/** @throws {Error} when there is no browser to print with. */
export async function checkBrowser() {
  await (await launch()).close();
}

/** Prints these pages of the folder into `course.pdf` there, in this order. */
export async function printCourse(site: string, names: string[]) {
  const { title, style, parts, lang, dir, texts } = await titlePage(site);
  const chapters = await Promise.all(
    names.map((name) => chapterOf(site, name, names)),
  );
  const entries = chapters.flatMap(({ entries }) => entries);
  // As on the pages, no program runs and nothing is fetched.
  const bookWith = (pages?: Record<string, number>) =>
    `<!DOCTYPE html><html lang="${lang}" dir="${dir}"><head>` +
    `<meta charset="utf-8">` +
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; ` +
    `img-src data:; style-src 'unsafe-inline'">` +
    `${title}${style}<style>${STYLE}</style></head><body><main>${
      parts.join("")
    }<p class="book-note">${escapeHtml(texts.folded)}</p>` +
    `${contents(entries, { heading: texts.contents, pages })}${
      chapters.map(({ body }) => body).join("")
    }` +
    `</main></body></html>`;
  const browser = await launch();
  const draft = await Deno.makeTempFile({ suffix: ".pdf" });
  try {
    const page = await browser.newPage({ javaScriptEnabled: false });
    const print = async (html: string) => {
      await page.setContent(html, { timeout: 0 });
      return await page.pdf({
        ...{ preferCSSPageSize: true, tagged: true, outline: true },
      });
    };
    await Deno.writeFile(draft, await print(bookWith()));
    const pages = await outputOf(venvPython(), ["-c", PLACES, draft]);
    const pdf = await print(bookWith(JSON.parse(pages)));
    await writeWhole(`${site}/course.pdf`, pdf);
  } finally {
    await browser.close();
    await Deno.remove(draft);
  }
}
