import assert from "node:assert/strict";
import { loadMnist } from "../../lib/data/mnist.ts";
import { addNoise } from "../../lib/data/noise.ts";
import { checkPair } from "../../lib/training/data_checks.ts";
import { Random } from "../../lib/data/random.ts";

const { train: { images: clean } } = await loadMnist({ train: 300, test: 1 });
const noisy = addNoise(clean, { random: new Random(1) });
const right = { clean, psnr: 9.4 };

Deno.test("the tutorial's pair passes", () => {
  checkPair(noisy, clean, right);
});

Deno.test("swapped and self-paired images are refused", () => {
  assert.throws(() => checkPair(clean, noisy, right), /swapped/);
  assert.throws(
    () => checkPair(clean, clean.slice(784), right),
    /there are 299 targets, and 300 clean images/,
  );
  // Nothing is swapped here.
  assert.throws(
    () => checkPair(noisy, clean.with(5, 0.25), right),
    /number 5 is 0.25, not 0/,
  );
  assert.throws(() => checkPair(noisy, noisy, right), /not the clean images/);
});

Deno.test("clean, weaker and stronger inputs are refused", () => {
  assert.throws(() => checkPair(clean, clean, right), /PSNR is Infinity dB/);
  for (const factor of [0.4, 0.6]) {
    const other = addNoise(clean, { factor, random: new Random(2) });
    assert.throws(() => checkPair(other, clean, right), /dB, not 9.4/);
  }
});

Deno.test("colour pictures are checked as such", () => {
  const size = { height: 28, width: 28, channels: 3 };
  const [input, target] = [noisy, clean].map((images) =>
    Float32Array.from(images)
  ); // not known as digits
  const options = { ...right, clean: target, ...size, within: 1 };
  checkPair(input, target, options);
  assert.throws(
    () => checkPair(input.slice(784), target, options),
    /no whole images of 28 x 28 x 3/,
  );
});

Deno.test("what is no picture and no option is refused", () => {
  const bytes = new Uint8Array(784) as unknown as Float32Array;
  assert.throws(() => checkPair(bytes, clean, right), /divide them by 255/);
  assert.throws(() => checkPair(noisy, bytes, right), /divide them by 255/);
  const cases: [object, RegExp][] = [
    [{ ...right, clean: undefined }, /"undefined"/],
    [{ clean }, /psnr is undefined; give decibels/],
    [{ ...right, psnr: "9.4" }, /psnr is 9.4/],
    [{ ...right, within: NaN }, /within is NaN/],
    [{ ...right, tolerance: 1 }, /has no such option/],
  ];
  for (const [options, message] of cases) {
    assert.throws(
      () => checkPair(noisy, clean, options as typeof right),
      message,
    );
  }
});
