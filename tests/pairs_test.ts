import assert from "node:assert/strict";
import { loadMnist } from "../lib/mnist.ts";
import { addNoise } from "../lib/noise.ts";
import { checkPair } from "../lib/pairs.ts";
import { Random } from "../lib/random.ts";

const { train: { images: clean } } = await loadMnist({ train: 300, test: 1 });
const noisy = addNoise(clean, { random: new Random(1) });
const right = { clean, psnr: 9.4 };

Deno.test("the tutorial's pair passes", () => {
  checkPair(noisy, clean, right);
});

Deno.test("swapped and self-paired images are refused", () => {
  const targets = [noisy, clean.slice(784), clean.with(5, 0.25)];
  for (const target of targets) {
    assert.throws(() => checkPair(clean, target, right), /swapped/);
  }
  assert.throws(() => checkPair(noisy, noisy, right), /not the clean images/);
});

Deno.test("clean, weaker and stronger inputs are refused", () => {
  assert.throws(() => checkPair(clean, clean, right), /PSNR is Infinity dB/);
  for (const factor of [0.4, 0.6]) {
    const other = addNoise(clean, { factor, random: new Random(2) });
    assert.throws(() => checkPair(other, clean, right), /dB, not 9.4/);
  }
});
