import assert from "node:assert/strict";
import {
  binaryCrossentropy,
  mean,
  meanSquaredError,
  psnr,
  ssim,
} from "../../lib/scores/metrics.ts";
import { loadMnist } from "../../lib/data/mnist.ts";
import { addNoise } from "../../lib/data/noise.ts";
import { Random } from "../../lib/data/random.ts";

function isNear(actual: number, expected: number, tolerance: number) {
  assert.ok(
    Math.abs(actual - expected) <= tolerance,
    `${actual}, not ${expected}`,
  );
}

/** The size of images of one row. */
const row = (width: number) => ({ height: 1, width, channels: 1 });

Deno.test("errors and decibels of a case done by hand", () => {
  const target = Float32Array.of(0, 1, 0.5, 0.5);
  const output = Float32Array.of(0.5, 0.5, 0.5, 0.5);
  assert.deepEqual([...meanSquaredError(target, output, row(2))], [
    0.25,
    0,
  ]);
  const [first, second] = psnr(target, output, row(2));
  isNear(first, 6.0206, 1e-4); // 10 log10 4
  assert.equal(second, Infinity);
  const [nats] = binaryCrossentropy(target, output, row(4));
  isNear(nats, Math.LN2, 1e-7);
  const wrong = binaryCrossentropy(
    Float32Array.of(1),
    Float32Array.of(0),
    row(1),
  );
  isNear(wrong[0], -Math.log(1e-7), 1e-6);
});

Deno.test("SSIM equals scikit-image's", () => {
  // i = np.arange(784); a = ((i * 37) % 101 / 100).reshape(28, 28)
  // b = np.clip(0.7 * a + ((i * 53) % 17 / 40).reshape(28, 28), 0, 1), float32
  // structural_similarity(a, b, win_size=7, data_range=1)
  const a = Float32Array.from({ length: 784 }, (_, i) => (i * 37) % 101 / 100);
  const b = a.map((value, i) =>
    Math.min(1, Math.max(0, 0.7 * value + (i * 53) % 17 / 40))
  );
  isNear(ssim(a, b)[0], SKIMAGE, 1e-6);
  isNear(ssim(a, a)[0], 1, 1e-12);
});
const SKIMAGE = 0.8338096403;

Deno.test("scores of the noisy test images, and the floor", async () => {
  const { test: { images } } = await loadMnist({ train: 1, test: 2_000 });
  const noisy = addNoise(images, { random: new Random(1) });
  isNear(mean(psnr(images, noisy)), 9.4, 0.1);
  isNear(mean(ssim(images, noisy)), 0.359, 0.005);
  isNear(mean(binaryCrossentropy(images, noisy)), 0.835, 0.015);
});

Deno.test("the floor of the cross-entropy is that of the clean images", async () => {
  const { test: { images } } = await loadMnist({ train: 1 });
  isNear(mean(binaryCrossentropy(images, images)), 0.0581, 5e-5);
});

Deno.test("arrays that do not match are refused", () => {
  const image = new Float32Array(784);
  for (const score of [meanSquaredError, psnr, binaryCrossentropy, ssim]) {
    assert.throws(() => score(image, new Float32Array(783)), RangeError);
    assert.throws(() => score(image.slice(1), image.slice(1)), RangeError);
  }
});

const SIZE = { height: 9, width: 8, channels: 3 };
const colours = Float32Array.from(
  { length: 2 * 9 * 8 * 3 },
  (_, i) => (i * 37) % 101 / 100,
);
const answers = colours.map((value, i) => Math.abs(value - (i % 5) / 10));
const plane = (images: Float32Array, channel: number) =>
  images.filter((_, i) => i % 3 === channel);

Deno.test("colour pictures of any size are scored as their channels are", () => {
  const grey = { height: 9, width: 8 };
  for (const score of [meanSquaredError, binaryCrossentropy, ssim]) {
    const scores = score(colours, answers, SIZE);
    const [red, green, blue] = [0, 1, 2].map((channel) =>
      score(plane(colours, channel), plane(answers, channel), grey)
    );
    assert.equal(scores.length, 2);
    scores.forEach((value, i) =>
      isNear(value, (red[i] + green[i] + blue[i]) / 3, 1e-12)
    );
  }
  assert.equal(psnr(colours, answers, SIZE).length, 2);
});

Deno.test("an image smaller than SSIM's window is refused", () => {
  const small = new Float32Array(25);
  assert.throws(
    () => ssim(small, small, { height: 5, width: 5 }),
    /SSIM of "5 x 5" images: its window is 7 x 7/,
  );
});

Deno.test("what is no array of pixels is refused, and says what it is", () => {
  const image = new Float32Array(784);
  const bytes = new Uint8Array(784);
  const cases: [unknown, RegExp][] = [
    [bytes, /"Uint8Array": .*divide them by 255/],
    [Array.from(image), /"Array": .*use Float32Array.from/],
    [new Float64Array(784), /"Float64Array": .*use Float32Array.from/],
    [{ images: image }, /"Object": .*give its `images`/],
    [undefined, /"undefined": it must be a Float32Array/],
  ];
  for (const score of [meanSquaredError, psnr, binaryCrossentropy, ssim]) {
    for (const [wrong, message] of cases) {
      const array = wrong as Float32Array;
      assert.throws(() => score(array, image), message);
      assert.throws(() => score(image, array), message);
      assert.throws(() => score(image, array), TypeError);
    }
  }
});

Deno.test("targets that are no pixels are refused, with the reason that is found", () => {
  const image = new Float32Array(784).fill(0.5);
  const cases: [Float32Array, RegExp][] = [
    [image.with(3, 254), /"254" \(number 3\): .* from 0.5 to 254/],
    [image.fill(2).with(3, 254), /bytes are; divide them by 255/],
    [image.with(9, -0.5), /from -0.5 to 2; scale or clip/],
    [image.with(0, NaN), /"NaN" \(number 0\): it is no finite number/],
  ];
  for (const [wrong, message] of cases) {
    for (const score of [psnr, binaryCrossentropy, ssim]) {
      assert.throws(() => score(wrong, image), message);
    }
  }
  assert.throws(() => meanSquaredError(image.with(0, NaN), image), /NaN/);
});

Deno.test("an output that is no number makes its image's score NaN", () => {
  const images = new Float32Array(2 * 784).fill(0.5);
  for (const score of [meanSquaredError, psnr, binaryCrossentropy, ssim]) {
    const [first, second] = score(images, images.with(5, NaN));
    assert.ok(Number.isNaN(first) && !Number.isNaN(second));
  }
});

Deno.test("sizes and options that cannot be are refused", () => {
  const image = new Float32Array(784);
  for (const score of [meanSquaredError, psnr, binaryCrossentropy, ssim]) {
    for (const wrong of [0, -28, 1.5, NaN, "28"]) {
      const options = { height: wrong as number };
      assert.throws(() => score(image, image, options), /as height: it must/);
    }
    const options = { chanels: 3 } as object;
    assert.throws(() => score(image, image, options), /has no such option/);
    assert.throws(() => score(image, image, { channels: 3 }), /28 x 28 x 3/);
  }
  for (const wrong of [784, null, "784"]) {
    const options = wrong as unknown as object;
    assert.throws(() => psnr(image, image, options), /write them in braces/);
  }
});

Deno.test("a mean of nothing, or of what is no number, is refused", () => {
  assert.throws(() => mean([]), RangeError);
  assert.throws(() => mean(new Float32Array()), /it is empty/);
  for (const wrong of [undefined, 3, "123", {}]) {
    const values = wrong as unknown as number[];
    assert.throws(() => mean(values), /it is no list/);
  }
  for (const wrong of [null, undefined, "1", 1n, true, [1]]) {
    const values = [1, wrong] as number[];
    assert.throws(() => mean(values), /\(number 1\): it is no number/);
  }
  assert.ok(Number.isNaN(mean([1, NaN])));
});
