/** The page "Map" in a real Chromium: what it draws is what the decoder answers. */

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import * as tf from "@tensorflow/tfjs";
import { useBackend } from "../../lib/backend/mod.ts";
import { loadMnist, predict, saveModel } from "../../lib/mod.ts";
import { writeMapFiles } from "../../tools/network_files.ts";
import { outputOf, ROOT, venvPython } from "../../tools/system.ts";
import { inFolder } from "../in_folder.ts";
import { axeFaults } from "./axe.ts";
import { greysFor, greysOf } from "./canvas.ts";
import { CHROMIUM, inBrowser } from "./lab.ts";

const ignore = !CHROMIUM;
if (ignore) {
  console.error('\nSKIPPED: no Chromium, so the page "Map" is NOT tested.\n');
}

const dense = (units: number, activation: "relu" | "linear" | "sigmoid") =>
  tf.layers.dense({
    ...{ units, activation },
    kernelInitializer: tf.initializers.glorotNormal({ seed: units }),
    biasInitializer: tf.initializers.randomNormal({ seed: units }),
  });

/** An encoder and a decoder of notebook 7's shape, as they are before training. */
function twoNumbers() {
  const encoder = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [28, 28, 1] }),
      dense(256, "relu"),
      dense(2, "linear"),
    ],
  });
  const decoder = tf.sequential({
    layers: [
      tf.layers.inputLayer({ inputShape: [2] }),
      dense(64, "relu"),
      dense(256, "relu"),
      dense(784, "sigmoid"),
      tf.layers.reshape({ targetShape: [28, 28, 1] }),
    ],
  });
  return { encoder, decoder };
}

/** The greys of the image that the page draws. */
const drawn = (page: Page) => greysOf(page, "drawn");

Deno.test(
  "a point on the map is drawn as the decoder draws it",
  { ignore },
  () =>
    inFolder(async (folder) => {
      await useBackend();
      const { encoder, decoder } = twoNumbers();
      const both = tf.sequential({ layers: [encoder, decoder] });
      await saveModel(both, `${folder}/two-numbers`);
      await Deno.mkdir(`${folder}/runs`);
      await writeMapFiles(`${folder}/two-numbers`, folder);
      const name = "07_compression";
      await Deno.copyFile(
        `${ROOT}notebooks/${name}.ipynb`,
        `${folder}/${name}.ipynb`,
      );
      const args = ["tools/notebooks.py", "export", folder, name];
      await outputOf(venvPython(), args, { cwd: ROOT });
      const { size } = await Deno.stat(`${folder}/map.html`);
      assert.ok(size < 2_000_000, `${size}`);
      await useBackend();
      const { test } = await loadMnist({ train: 1, test: 2_000 });
      const codes = await predict(encoder, test.images);
      const sorted = [0, 1].map((k) =>
        codes.filter((_, i) => i % 2 === k).toSorted()
      );
      /** What notebook 7 draws at these per cent of the map. */
      const expected = async (first: number, second: number) => {
        const code = [first, second].map((share, k) =>
          sorted[k][Math.floor(share / 100 * 2_000)]
        );
        const pixels = await predict(decoder, Float32Array.from(code));
        return greysFor(pixels);
      };
      const isNear = (one: number[], other: number[]) =>
        one.every((grey, i) => Math.abs(grey - other[i]) <= 1);
      await inBrowser(async (page) => {
        const faults: string[] = [];
        page.on("pageerror", (error) => faults.push(String(error)));
        await page.goto(pathToFileURL(`${folder}/map.html`).href);
        await page.locator("#walk").waitFor();
        assert.ok(isNear(await drawn(page), await expected(50, 50)));
        // The mouse.
        const box = (await page.locator("#map").boundingBox())!;
        await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
        await page.mouse.down();
        await page.mouse.move(
          box.x + 0.9 * box.width,
          box.y + 0.8 * box.height,
        );
        await page.mouse.up();
        const values = [];
        for (const id of ["first", "second"]) {
          values.push(Number(await page.locator(`#${id}`).inputValue()));
        }
        assert.ok(Math.abs(values[0] - 90) <= 1, `${values}`);
        assert.ok(Math.abs(values[1] - 20) <= 1, `${values}`);
        const [first, second] = values;
        const there = await drawn(page);
        assert.ok(isNear(there, await expected(first, second)));
        assert.ok(!isNear(there, await expected(50, 50)), "it has moved");
        // A key.
        await page.locator("#first").press("Home");
        assert.ok(isNear(await drawn(page), await expected(0, second)));
        await page.locator("#first").press("End");
        assert.ok(isNear(await drawn(page), await expected(99.99, second)));
        faults.push(...await axeFaults(page));
        assert.deepEqual(faults, []);
        await page.goto(pathToFileURL(`${folder}/${name}.html`).href);
        assert.equal(await page.locator('main a[href="map.html"]').count(), 1);
      });
    }),
);
