/**
 * Figures say "sans-serif", and each system has another font by that name. So every
 * figure in git is drawn with letters as wide as those of DejaVu Sans, and as narrow
 * as those of Arial Narrow: no word may leave its figure, or lie on another word or on
 * a picture.
 */

import assert from "node:assert/strict";
import { notebookNames, solutionNames } from "../../tools/course.ts";
import { ROOT } from "../../tools/system.ts";
import { CHROMIUM, inBrowser } from "./lab.ts";

/**
 * Pixels between letters of Arial that make a text of 13 pixels as wide as in DejaVu
 * Sans and as in Arial Narrow: on average over the labels of notebooks 1, 4, 12, 13.
 */
const SPACINGS = { wide: 1, narrow: -1.1 };
/** Pixels by which boxes of words may meet: a box has room above its letters. */
const ROOM = 3;

/** Per figure its words that are cut, or lie on something else. Runs in the page. */
const FAULTS = String.raw`async (spacing) => {
  const faults = [];
  // Where there is no Arial, the letters that there are are made as wide first.
  const context = document.createElement("canvas").getContext("2d");
  context.font = '13px Arial, "Liberation Sans", sans-serif';
  const sample = "network, spectrogram";
  spacing += (125 - context.measureText(sample).width) / sample.length;
  for (const image of document.images) {
    const svg = await (await fetch(image.src)).text();
    const box = document.createElement("div");
    box.innerHTML = svg;
    box.firstChild.style.letterSpacing = spacing + "px";
    document.body.append(box);
    const frame = box.firstChild.getBoundingClientRect();
    // One letter marks a place among the data, and may lie on another.
    const words = [...box.querySelectorAll("text, tspan")]
      .filter((text) => !text.children.length && text.textContent.trim()[1])
      .map((text) => [text.textContent, text.getBoundingClientRect()]);
    for (const [word, { left, right, top, bottom }] of words) {
      const wide = Math.max(frame.left - left, right - frame.right);
      const tall = Math.max(frame.top - top, bottom - frame.bottom);
      if (wide > 0 || tall > ROOM) {
        faults.push([image.alt, word, "cut", wide, tall]);
      }
    }
    const pictures = [...box.querySelectorAll("image")]
      .map((picture) => ["picture", picture.getBoundingClientRect()]);
    words.forEach(([word, a], i) => {
      for (const [other, b] of [...words.slice(i + 1), ...pictures]) {
        const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (x > 0 && y > ROOM) faults.push([image.alt, word, other, x]);
      }
    });
    box.remove();
  }
  return faults;
}`.replaceAll("ROOM", `${ROOM}`);

/** The figures of a notebook's outputs in git, as HTML. */
async function figuresOf(name: string): Promise<string> {
  const text = await Deno.readTextFile(`${ROOT}notebooks/${name}.ipynb`);
  const { cells } = JSON.parse(text);
  return cells.flatMap(({ outputs = [] }) => outputs)
    .map(({ data }: { data?: Record<string, string[]> }) =>
      [data?.["text/html"] ?? ""].flat().join("")
    ).filter((html: string) => html.includes("data:image/svg")).join("");
}

Deno.test("words of figures have room in wide and in narrow fonts", {
  ignore: !CHROMIUM,
}, () =>
  inBrowser(async (page) => {
    const names = await notebookNames();
    let figures = 0;
    for (const name of [...names, ...await solutionNames(names)]) {
      await page.setContent(
        `<style>svg { font-family: Arial, "Liberation Sans", sans-serif !important; }` +
          `</style>${await figuresOf(name)}`,
      );
      figures += await page.locator("img").count();
      for (const spacing of Object.values(SPACINGS)) {
        const faults = await page.evaluate(`(${FAULTS})(${spacing})`);
        assert.deepEqual(faults, [], `${name}, ${spacing} px between letters`);
      }
    }
    assert.ok(figures > 60, `${figures}`);
  }));
