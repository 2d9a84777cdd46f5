/** The page "Try it" in a real Chromium: drawing, noise, the network, training. */

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import * as tf from "@tensorflow/tfjs";
import { useBackend } from "../../lib/backend/mod.ts";
import {
  addNoise,
  buildAutoencoder,
  fit,
  loadMnist,
  loadModel,
  predict,
  psnr,
  Random,
  saveModel,
  ssim,
} from "../../lib/mod.ts";
import { writeNetworkFiles } from "../../tools/network_files.ts";
import { outputOf, ROOT, venvPython } from "../../tools/system.ts";
import { axeFaults } from "./axe.ts";
import { greysFor, greysOf } from "./canvas.ts";
import { CHROMIUM, inBrowser } from "./lab.ts";

const ignore = !CHROMIUM;
if (ignore) {
  console.error('\nSKIPPED: no Chromium, so "Try it" is NOT tested.\n');
}

/** A folder of pages with a network that has learned a little. */
async function makeSite() {
  const folder = await Deno.makeTempDir();
  const { train, test } = await loadMnist({ train: 2_560, test: 1 });
  await useBackend();
  const model = buildAutoencoder({ seed: 1 });
  model.compile({
    optimizer: tf.train.adam(0.002),
    loss: "binaryCrossentropy",
  });
  const noisy = addNoise(train.images, { random: new Random(1) });
  await fit(model, noisy, train.images, { epochs: 2, seed: 1 });
  await saveModel(model, `${folder}/model`);
  await writeNetworkFiles(`${folder}/model`, folder);
  await Deno.copyFile(
    `${ROOT}notebooks/04_fit.ipynb`,
    `${folder}/04_fit.ipynb`,
  );
  const args = ["tools/notebooks.py", "export", folder, "04_fit"];
  await outputOf(venvPython(), args, { cwd: ROOT });
  // What notebooks show of the first test digit.
  await useBackend();
  const input = addNoise(test.images, { random: new Random(2) });
  const answer = await predict(await loadModel(`${folder}/model`), input);
  return { folder, clean: test.images, input, answer };
}

const site = ignore ? undefined : await makeSite();
globalThis.addEventListener("unload", () => {
  if (site) Deno.removeSync(site.folder, { recursive: true });
});

const ISOLATED = {
  "Content-Type": "text/html",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** Opens the page from its file, or from a server whose pages may share memory. */
async function onPage(isServed: boolean, use: (page: Page) => Promise<void>) {
  const path = `${site!.folder}/try.html`;
  const server = Deno.serve(
    { port: 0, hostname: "localhost", onListen() {} },
    async () => new Response(await Deno.readFile(path), { headers: ISOLATED }),
  );
  try {
    await inBrowser(async (page) => {
      const faults: string[] = [];
      page.on("pageerror", (error) => faults.push(String(error)));
      page.on("request", (request) => {
        const { protocol, hostname } = new URL(request.url());
        const isOwn = protocol === "file:" || protocol === "blob:" ||
          protocol === "data:" || hostname === "localhost";
        if (!isOwn) faults.push(request.url());
      });
      const { port } = server.addr as Deno.NetAddr;
      await page.goto(
        isServed ? `http://localhost:${port}/` : pathToFileURL(path).href,
      );
      await page.locator("#try").waitFor();
      await answered(page);
      await use(page);
      faults.push(...await axeFaults(page));
      assert.deepEqual(faults, []);
    });
  } finally {
    await server.shutdown();
  }
}

const numberIn = async (page: Page, id: string) =>
  parseFloat(await page.locator(`#${id}`).innerText());

/** Waits until the page shows the answer to the last question. */
const answered = (page: Page) =>
  page.locator('#try[aria-busy="false"]').waitFor();

for (const isServed of [false, true]) {
  const where = isServed ? "from a server, with threads" : "from its file";
  Deno.test(
    `${where}: it shows what the notebooks show of the first test digit`,
    {
      ignore,
    },
    async () => {
      const { clean, input, answer } = site!;
      await onPage(isServed, async (page) => {
        assert.deepEqual(await greysOf(page, "noisy"), greysFor(input));
        assert.deepEqual(await greysOf(page, "denoised"), greysFor(answer));
        const shown = await page.locator("#denoised-psnr").innerText();
        assert.equal(shown, `${psnr(clean, answer)[0].toFixed(2)} dB`);
        const closeness = await page.locator("#denoised-ssim").innerText();
        assert.equal(closeness, ssim(clean, answer)[0].toFixed(3));
      });
    },
  );
}

Deno.test(
  "a drawn stroke is cleaned, and less noise is less noise",
  { ignore },
  async () => {
    await onPage(false, async (page) => {
      await page.getByRole("button", { name: "Clear the board" }).click();
      const box = (await page.locator("#clean").boundingBox())!;
      const at = (x: number, y: number): [number, number] => [
        box.x + x * box.width,
        box.y + y * box.height,
      ];
      await page.mouse.move(...at(0.5, 0.2));
      await page.mouse.down();
      await page.mouse.move(...at(0.5, 0.8), { steps: 10 });
      await page.mouse.up();
      await answered(page);
      const white = (await greysOf(page, "clean")).filter((grey) => grey > 200);
      assert.ok(white.length > 15 && white.length < 100, `${white.length}`);
      const noisy = await numberIn(page, "noisy-psnr");
      assert.ok(await numberIn(page, "denoised-psnr") > noisy + 3);
      await page.locator("#factor").fill("0.2");
      await answered(page);
      assert.ok(await numberIn(page, "noisy-psnr") > noisy + 5);
      const before = await greysOf(page, "noisy");
      await page.getByRole("button", { name: "New noise" }).click();
      await answered(page);
      assert.notDeepEqual(await greysOf(page, "noisy"), before);
    });
  },
);

Deno.test("keys draw, and other kinds of noise and layers are shown", {
  ignore,
}, async () => {
  await onPage(false, async (page) => {
    await page.getByRole("button", { name: "Clear the board" }).click();
    await page.locator("#clean").focus();
    for (let i = 0; i < 6; i++) await page.keyboard.press("Shift+ArrowDown");
    await answered(page);
    assert.ok((await greysOf(page, "clean")).filter((x) => x > 200).length > 5);
    const seen = new Set<string>();
    for (const noise of ["gaussian", "salt", "poisson"]) {
      await page.locator("#noise").selectOption(noise);
      await answered(page);
      seen.add(String(await greysOf(page, "noisy")));
    }
    assert.equal(seen.size, 3);
    const first = await greysOf(page, "maps");
    await page.locator("#layer").selectOption({ index: 2 });
    await answered(page);
    assert.notDeepEqual(await greysOf(page, "maps"), first);
  });
});

Deno.test("a network that is trained in the page learns, and nothing freezes", {
  ignore,
}, async () => {
  await onPage(false, async (page) => {
    await page.getByRole("button", { name: "Train" }).click();
    const loss = page.locator("#loss");
    await loss.filter({ hasText: /^step 1?\d of/ }).waitFor();
    const first = parseFloat((await loss.innerText()).split("loss ")[1]);
    // While it trains, the page answers.
    const usual = await page.locator("#denoised-psnr").innerText();
    const before = await greysOf(page, "noisy");
    await page.locator("#digit").fill("3");
    await answered(page);
    assert.notDeepEqual(await greysOf(page, "noisy"), before);
    assert.ok(await page.locator("#train").isDisabled(), "it still trains");
    const early = await numberIn(page, "own-psnr");
    await loss.filter({ hasText: /^step (9\d|[1-9]\d\d) of/ }).waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await answered(page);
    const last = parseFloat((await loss.innerText()).split("loss ")[1]);
    assert.ok(last < first, `${first} → ${last}`);
    assert.ok(await numberIn(page, "own-psnr") > early);
    // The other network stays as it is.
    await page.locator("#digit").fill("1");
    await answered(page);
    assert.equal(await page.locator("#denoised-psnr").innerText(), usual);
  });
});

Deno.test("the page is lighter than 2 MB", { ignore }, async () => {
  const { size } = await Deno.stat(`${site!.folder}/try.html`);
  assert.ok(size < 2_000_000, `${size}`);
});
