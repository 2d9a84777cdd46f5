/** The tutorial's program in one file: it learns what the tutorial's learns. */

import assert from "node:assert/strict";
import { decode } from "fast-png";
import { loadMnist } from "../lib/mod.ts";
import { outputOf, ROOT } from "../tools/system.ts";

const PIXELS = 784, COLS = 10;

/** The picture's three rows, each of ten digits one after the other, in [0, 1]. */
async function rowsOf(path: string): Promise<number[][]> {
  const { width, height, data } = decode(await Deno.readFile(path));
  assert.deepEqual([width, height], [COLS * 28, 3 * 28]);
  return [0, 1, 2].map((row) =>
    Array.from({ length: COLS * PIXELS }, (_, i) => {
      const [digit, pixel] = [Math.floor(i / PIXELS), i % PIXELS];
      const y = row * 28 + Math.floor(pixel / 28);
      return data[y * width + digit * 28 + pixel % 28] / 255;
    })
  );
}

function meanSquaredError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a, (x, i) => (x - b[i]) ** 2)
    .reduce((sum, square) => sum + square) / a.length;
}

Deno.test("tutorial.ts learns as Keras does, and writes three rows of digits", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const stdout = await outputOf(
      Deno.execPath(),
      ["run", "-A", `--config=${ROOT}deno.json`, `${ROOT}tutorial.ts`, "1"],
      { cwd: folder },
    );
    assert.match(stdout, /Total params: 28353/);
    const [, loss, validation] = stdout
      .match(/loss: (\d\.\d{4}) - val_loss: (\d\.\d{4})/)!.map(Number);
    // The losses depend a little on the first weights and the order of the images.
    assert.ok(loss > 0.15 && loss < 0.21, `${loss}`);
    assert.ok(validation > 0.11 && validation < 0.14, `${validation}`);
    const [clean, noisy, denoised] = await rowsOf(`${folder}/tutorial.png`);
    const { test } = await loadMnist({ train: 1, test: COLS });
    assert.ok(meanSquaredError(clean, test.images) < 1e-5);
    const [before, after] = [noisy, denoised].map((row) =>
      meanSquaredError(row, clean)
    );
    assert.ok(before > 0.1 && before < 0.13, `${before}`);
    assert.ok(after < before / 5, `${after}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("tutorial.ts refuses a number of epochs that is none", async () => {
  const args = ["run", "-A", `${ROOT}tutorial.ts`, "ten"];
  await assert.rejects(
    () => outputOf(Deno.execPath(), args, { cwd: ROOT }),
    /Cannot train for "ten" epochs: give a whole number from 1 up/,
  );
});
