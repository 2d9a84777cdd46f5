/**
 * Notebooks in real JupyterLab and a real Chromium, as a student has them;
 * with COURSE_FULL=1 on all digits, as long as the notebooks themselves take.
 */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { ROOT } from "../../tools/system.ts";
import {
  CHROMIUM,
  inBrowser,
  IS_FULL,
  type Lab,
  startLab,
  until,
} from "./lab.ts";
import {
  choose,
  finished,
  openNotebook,
  runAll,
  runCell,
  runFrom,
  type ShownCell,
  shownCells,
  stop,
} from "./lab_page.ts";
import { someNotebooks } from "./some_notebooks.ts";

if (!CHROMIUM) {
  console.error(
    "\nSKIPPED: no Chromium found, so JupyterLab is NOT tested. Install " +
      "chromium, or set CHROME_PATH to a browser of its kind.\n",
  );
}

interface Cell {
  cell_type: string;
  source: string[];
  outputs?: { name?: string; data?: Record<string, unknown> }[];
}

interface Notebook {
  cells: Cell[];
}

async function readNotebook(name: string): Promise<Notebook> {
  const json = await Deno.readTextFile(`${ROOT}notebooks/${name}.ipynb`);
  return JSON.parse(json);
}

function codeCells({ cells }: Notebook): Cell[] {
  return cells.filter(({ cell_type }) => cell_type === "code");
}

/** The outputs that git keeps are what JupyterLab must show, each in its cell. */
function checkShown(notebook: Notebook, shown: ShownCell[]) {
  const cells = codeCells(notebook);
  assert.equal(shown.length, cells.length);
  cells.forEach(({ source, outputs = [] }, i) => {
    const where = `cell ${i + 1}`;
    const kinds = outputs.map(({ name, data }) =>
      ["text/html", "text/plain"].find((kind) => data?.[kind]) ??
        `application/vnd.jupyter.${name}`
    );
    // So there is no error either, nor anything red (stderr).
    assert.deepEqual(shown[i].kinds, kinds, where);
    const captions = source.join("").match(/(?:Figure|Table) \d+\.\d(?=\. )/g);
    assert.deepEqual(shown[i].captions, captions ?? [], where);
    const images = JSON.stringify(outputs).match(/<img /g) ?? [];
    assert.equal(shown[i].widths.length, images.length, where);
    assert.ok(shown[i].widths.every((width) => width > 300), where);
  });
}

/** Uses a copy, since JupyterLab saves as it runs; the outputs are taken off. */
async function withCopy(
  name: string,
  use: (path: string, notebook: Notebook) => Promise<void>,
  change = (json: string) => json,
) {
  const notebook = await readNotebook(name);
  const empty = structuredClone(notebook);
  for (const cell of codeCells(empty)) cell.outputs = [];
  const path = `data/browser-test-${name}.ipynb`;
  await Deno.writeTextFile(ROOT + path, change(JSON.stringify(empty)));
  try {
    await use(path, notebook);
  } finally {
    await Deno.remove(ROOT + path);
  }
}

/** Long enough to be watched and stopped: quick epochs take a fifth of a second. */
const LONGER = (json: string) =>
  IS_FULL ? json : json.replaceAll("epochs: size.epochs", "epochs: 25");
const STEPS = IS_FULL ? 10 * 469 : 25 * 20;

/** In notebook 4: the curve moves, Stop ends the cell, run again it goes on. */
async function watchStopAndGoOn(page: Page, notebook: Notebook) {
  const training = codeCells(notebook)
    .findIndex(({ source }) => source.join("").includes("checkpoint:"));
  const curve = page.locator('img[alt^="Curves of training"]');
  const step = async () => {
    const text = await page.locator("p:has(progress)").textContent();
    return Number(text!.match(/step (\d+) of \d+/)![1]);
  };
  await curve.waitFor({ timeout: 120_000 });
  const states = new Set<string | null>();
  await until("the curve moves", async () => {
    states.add(await curve.getAttribute("src"));
    return states.size > 5;
  });
  assert.equal(await curve.count(), 1);
  const ms = await stop(page, training);
  assert.ok(ms < 1_500, `Stop took ${ms} ms`);
  // The cells below were waiting, and are not run.
  const cells = await until("no cell waits", async () => {
    const shown = await shownCells(page);
    return shown.every(({ prompt }) => prompt !== "*") && shown;
  });
  assert.match(cells[training].text, /Stopped by you after \d/);
  for (const { prompt, text } of cells.slice(training + 1)) {
    assert.equal(prompt + text, "");
  }
  const stopped = await step();
  assert.ok(stopped > 20 && stopped < STEPS, `stopped at step ${stopped}`);
  await runCell(page, training);
  let first = Infinity;
  await until("the training goes on", async () => {
    const at = await step();
    if (at !== stopped && at > 0) first = Math.min(first, at);
    return (await shownCells(page))[training].prompt !== "*";
  });
  assert.ok(first > stopped, `went on at step ${first}, not ${stopped}`);
  assert.equal(await step(), STEPS);
  await runFrom(page, training + 1);
}

/** Whether no training holds the folder where notebook 4 saves its own. */
async function isFree(): Promise<boolean> {
  const folder = `${ROOT}data/${IS_FULL ? "run" : "quick"}/training`;
  await Deno.mkdir(folder, { recursive: true });
  const lock = await Deno.open(`${folder}/lock`, {
    write: true,
    create: true,
  });
  const free = await lock.tryLock(true);
  lock.close();
  return free;
}

/** These take more than half of all the time; they run once, the others twice. */
const LONG = ["07", "08", "09", "10", "11", "12", "13"];
const isLong = (name: string) => IS_FULL || LONG.includes(name.slice(0, 2));

async function tryNotebook(page: Page, lab: Lab, name: string) {
  const isFit = name === "04_fit";
  await withCopy(name, async (path, notebook) => {
    await openNotebook(page, lab, path);
    try {
      await runAll(page);
      if (isFit) await watchStopAndGoOn(page, notebook);
      checkShown(notebook, await finished(page));
      if (!isLong(name)) {
        const before = await lab.kernels();
        assert.equal(before.length, 1);
        await runAll(page, { restart: true });
        checkShown(notebook, await finished(page));
        const after = await lab.kernels();
        assert.equal(after.length, 1);
        assert.notDeepEqual(after, before);
      }
    } finally {
      await choose(page, "Kernel", "Shut Down Kernel");
      await until("the kernel is gone", async () => {
        return (await lab.kernels()).length === 0;
      });
    }
    assert.ok(await isFree());
  }, isFit ? LONGER : undefined);
}

const RUNS = 2;
const SETTLE = 3_000;

/** Cells that say which they are, in each of the ways there are to say it. */
function manyCells(): Cell[] {
  const sources = Array.from({ length: 200 }, (_, i) =>
    [
      `for (let k = 0; k < 5; k++) console.log("C${i}."); "C${i}."`,
      `"C${i}."`,
      `await new Promise((resolve) => setTimeout(resolve, 3));\n` +
      `Deno.jupyter.html\`C${i}.\``,
    ][i % 3]);
  return ['import "../lib/mod.ts"; void 0', ...sources].map((source, i) => ({
    ...{ id: `c${i}`, cell_type: "code", metadata: {}, outputs: [] },
    ...{ execution_count: null, source: [source] },
  }));
}

async function tryMany(page: Page, lab: Lab) {
  await withCopy("01_load", async (path) => {
    await openNotebook(page, lab, path);
    for (let run = 0; run < RUNS; run++) {
      await runAll(page, { restart: run > 0 });
      await finished(page);
      // JupyterLab draws long after what it has got of cells out of sight.
      await page.waitForTimeout(SETTLE);
      const [first, ...cells] = await shownCells(page);
      assert.equal(first.text, "");
      cells.forEach(({ text }, i) => {
        const times = i % 3 === 0 ? 6 : 1;
        assert.equal(text.replace(/[\s"]/g, ""), `C${i}.`.repeat(times));
      });
    }
  }, (json) => JSON.stringify({ ...JSON.parse(json), cells: manyCells() }));
}

Deno.test("JupyterLab runs notebooks, and again after a restart", {
  ignore: !CHROMIUM,
  sanitizeOps: false,
  sanitizeResources: false,
}, async (test) => {
  await using lab = await startLab();
  await inBrowser(async (page) => {
    for (const name of await someNotebooks()) {
      await test.step(name, () => tryNotebook(page, lab, name));
    }
    await test.step("200 cells at once", () => tryMany(page, lab));
  });
});
