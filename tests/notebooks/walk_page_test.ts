/** The page "Ten walks" in a real Chromium: it draws the steps that notebook 10 saved. */

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { Random, saveJson } from "../../lib/mod.ts";
import { writeWalkFiles } from "../../tools/network_files.ts";
import { outputOf, ROOT, venvPython } from "../../tools/system.ts";
import { inFolder } from "../in_folder.ts";
import { axeFaults } from "./axe.ts";
import { greysFor, greysOf } from "./canvas.ts";
import { CHROMIUM, inBrowser } from "./lab.ts";

const ignore = !CHROMIUM;
if (ignore) {
  console.error(
    '\nSKIPPED: no Chromium, so the page "Ten walks" is NOT tested.\n',
  );
}

const PIXELS = 28 * 28, COUNT = 10;
/** Noise levels of a walk of four steps. */
const levels = [4, 2, 1, 0.5, 0];

/** A walk as notebook 10 makes it, with any answers; and these answers. */
function walk() {
  const random = new Random(3);
  const answers = levels.slice(1).map(() =>
    Array.from({ length: COUNT * PIXELS }, () => random.uniform())
  );
  let here = answers[0].map(() => levels[0] * random.normal());
  const path = answers.map((answer, i) => {
    const part = 1 - levels[i + 1] / levels[i];
    here = here.map((x, k) => x + part * (answer[k] - x));
    return here;
  });
  return { path, answers };
}

/** Ten images, one after the other, as the page puts them side by side. */
function inARow(images: number[]): Float32Array {
  const row = new Float32Array(images.length);
  images.forEach((x, i) => {
    const image = Math.floor(i / PIXELS), y = Math.floor(i % PIXELS / 28);
    row[28 * COUNT * y + 28 * image + i % 28] = x;
  });
  return row;
}

const isNear = (one: number[], other: number[]) =>
  one.length === other.length &&
  one.every((grey, i) => Math.abs(grey - other[i]) <= 1);

/** What stands there, whatever the step is. */
const words = (page: Page) =>
  Promise.all(
    ["#number", "#sigma", "#play"].map((id) => page.locator(id).innerText()),
  );

Deno.test("each step of a walk is drawn, with what the network answered", {
  ignore,
}, () =>
  inFolder(async (folder) => {
    const { path, answers } = walk();
    await saveJson(`${folder}/ten-walks.json`, { levels, path });
    await Deno.mkdir(`${folder}/runs`);
    await writeWalkFiles(folder, folder);
    const name = "10_diffusion";
    await Deno.copyFile(
      `${ROOT}notebooks/${name}.ipynb`,
      `${folder}/${name}.ipynb`,
    );
    await outputOf(
      venvPython(),
      ["tools/notebooks.py", "export", folder, name],
      { cwd: ROOT },
    );
    /** What the page shows of the step with this number. */
    const expected = (step: number) => {
      const sigma = levels[step];
      const noisy = path[step - 1].map((x) => (x + sigma) / (1 + 2 * sigma));
      return [noisy, answers[step - 1]].map((images) =>
        greysFor(inARow(images))
      );
    };
    await inBrowser(async (page) => {
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(String(error)));
      await page.goto(pathToFileURL(`${folder}/walk.html`).href);
      await page.locator("#walk").waitFor();
      const assertShows = async (step: number) => {
        const [noisy, answer] = expected(step);
        assert.ok(isNear(await greysOf(page, "noisy"), noisy), `${step}`);
        assert.ok(isNear(await greysOf(page, "answers"), answer), `${step}`);
      };
      await assertShows(2);
      assert.deepEqual(await words(page), ["2", "1.00", "Play"]);
      await page.locator("#step").press("End");
      await assertShows(4);
      assert.deepEqual(await words(page), ["4", "0.00", "Play"]);
      await page.locator("#step").press("ArrowLeft");
      await assertShows(3);
      // Played from the end, it begins anew, and stops at the end.
      await page.locator("#step").press("End");
      await page.locator("#play").click();
      assert.equal(await page.locator("#play").innerText(), "Stop");
      await page.locator("#play", { hasText: "Play" }).waitFor();
      assert.deepEqual(await words(page), ["4", "0.00", "Play"]);
      await assertShows(4);
      faults.push(...await axeFaults(page));
      assert.deepEqual(faults, []);
      await page.goto(pathToFileURL(`${folder}/${name}.html`).href);
      assert.equal(await page.locator('main a[href="walk.html"]').count(), 1);
    });
  }));

Deno.test("a walk of other sizes is refused, and leaves no files", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/runs`);
    for (const path of [[[0, 1]], [new Array(PIXELS).fill(0), [0]]]) {
      await saveJson(`${folder}/ten-walks.json`, { levels: [1, 0], path });
      await assert.rejects(() => writeWalkFiles(folder, folder), /walks/);
    }
    assert.deepEqual([...Deno.readDirSync(`${folder}/runs`)], []);
  }));
