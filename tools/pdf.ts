/** Prints the course's pages as one PDF. */

import { pathToFileURL } from "node:url";
import { parseHTML } from "linkedom";
import { type Browser, chromium, type Page } from "playwright-core";
import { outputOf, venvPython } from "./system.ts";

/** What a printed course has beyond the pages. */
const STYLE = `
@page { size: A4; margin: 18mm 16mm 20mm; }
@page { @bottom-center { content: counter(page); font: 9pt sans-serif; } }
@page :first { @bottom-center { content: none; } }
.chapter { break-before: page; }
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
  const { protocol, pathname, hash } = new URL(href, `file:///${name}.html`);
  const target = pathname.slice(1, -".html".length);
  if (protocol !== "file:" || !names.includes(target)) return;
  return hash ? `${target}.${decodeURIComponent(hash.slice(1))}` : target;
}

/** A page as a chapter, in which each address begins with the page's name. */
async function chapterOf(site: string, name: string, names: string[]) {
  const html = await Deno.readTextFile(`${site}/${name}.html`);
  const main = parseHTML(html).document.querySelector("main")!;
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
  const [title, ...sections] = [...main.querySelectorAll("h1, h2[id]")];
  const textOf = (heading: Element) =>
    heading.textContent!.replace("¶", "").trim();
  const entries: Entry[] = [
    { id: name, title: textOf(title), isChapter: true },
    ...sections.map((heading) => ({
      ...{ id: heading.id, title: textOf(heading), isChapter: false },
    })).filter(({ title }) => !COMMON.includes(title)),
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
  return { style: document.querySelector("style")!.outerHTML, parts };
}

/** The contents; `pages` are the numbers of pages by place, once they are known. */
function contents(entries: Entry[], pages?: Record<string, number>) {
  const lost = pages && entries.find(({ id }) => !(id in pages));
  if (lost) throw new Error(`Cannot find the page of "${lost.title}"`);
  const lines = entries.map(({ id, title, isChapter }) =>
    `<li class="${isChapter ? "" : "section"}"><a href="#${encodeURI(id)}">` +
    `${title.replaceAll("<", "&lt;")}<b>${pages?.[id] ?? 100}</b></a></li>`
  );
  return `<section class="chapter"><h1>Contents</h1><ol class="book">` +
    `${lines.join("")}</ol></section>`;
}

/** Starts the first of the browsers that can be started. */
async function launch(): Promise<Browser> {
  const ways = [
    ...[Deno.env.get("CHROME_PATH"), "/usr/bin/chromium"]
      .flatMap((path) => path ? [{ executablePath: path }] : []),
    ...["chrome", "msedge"].map((channel) => ({ channel })),
  ];
  // Chromium refuses its sandbox to root, as whom containers often run.
  const chromiumSandbox = Deno.uid() !== 0;
  const reasons: string[] = [];
  for (const way of ways) {
    try {
      return await chromium.launch({ ...way, chromiumSandbox });
    } catch (error) {
      const [line] = (error as Error).message.split("\n");
      reasons.push(`${Object.values(way)}: ${line}`);
    }
  }
  throw new Error(
    "Cannot print: no Chromium, Chrome or Edge can be started. Install one, or " +
      `say where it is in CHROME_PATH. Tried:\n  ${reasons.join("\n  ")}`,
  );
}

/** @throws {Error} when there is no browser to print with. */
export async function checkBrowser() {
  await (await launch()).close();
}

/** Prints these pages of the folder into `course.pdf` there, in this order. */
export async function printCourse(site: string, names: string[]) {
  const { style, parts } = await titlePage(site);
  const chapters = await Promise.all(
    names.map((name) => chapterOf(site, name, names)),
  );
  const entries = chapters.flatMap(({ entries }) => entries);
  const bookWith = (pages?: Record<string, number>) =>
    `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">` +
    `<title>Cleaning digits with an autoencoder</title>${style}` +
    `<style>${STYLE}</style></head><body><main>${parts.join("")}` +
    `${contents(entries, pages)}${chapters.map(({ body }) => body).join("")}` +
    `</main></body></html>`;
  const path = `${site}/course.pdf`;
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await print(page, bookWith(), path);
    const places = await outputOf(venvPython(), ["-c", PLACES, path]);
    await print(page, bookWith(JSON.parse(places)), path);
  } finally {
    await browser.close();
  }
}

async function print(page: Page, html: string, path: string) {
  const source = `${path}.html`;
  try {
    await Deno.writeTextFile(source, html);
    await page.goto(pathToFileURL(source).href, { timeout: 0 });
    const pdf = await page.pdf({
      ...{ preferCSSPageSize: true, tagged: true, outline: true },
    });
    await Deno.writeFile(`${path}.part`, pdf);
    await Deno.rename(`${path}.part`, path);
  } finally {
    await Deno.remove(source).catch(() => {});
  }
}
