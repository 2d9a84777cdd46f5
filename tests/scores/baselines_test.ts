import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import {
  fitLinearMap,
  fitPca,
  gaussianBlur,
  medianFilter,
  totalVariation,
  undoClipping,
} from "../../lib/scores/baselines.ts";
import { mean, psnr } from "../../lib/scores/metrics.ts";
import { loadMnist } from "../../lib/data/mnist.ts";
import { addNoise } from "../../lib/data/noise.ts";
import { Random } from "../../lib/data/random.ts";

await useBackend();
const { test } = await loadMnist({ train: 1, test: 1_000 });
const noisy = addNoise(test.images, { random: new Random(2) });
const scoreOf = (images: Float32Array) => mean(psnr(test.images, images));

function isNear(actual: number, expected: number, tolerance: number) {
  assert.ok(
    Math.abs(actual - expected) <= tolerance,
    `${actual}, not ${expected}`,
  );
}

Deno.test("a blur without the correction is no better than nothing", () => {
  assert.ok(
    scoreOf(gaussianBlur(noisy)) <
      scoreOf(undoClipping(gaussianBlur(noisy))) - 2,
  );
});

Deno.test("the median of a lone speck is its surroundings", () => {
  const image = new Float32Array(784);
  image[14 * 28 + 14] = 1;
  assert.ok(medianFilter(image).every((value) => value === 0));
});

Deno.test("a blur keeps the sum and is symmetric", () => {
  const image = new Float32Array(784);
  image[14 * 28 + 14] = 1;
  const blurred = gaussianBlur(image, { sigma: 1 });
  isNear(blurred.reduce((sum, value) => sum + value, 0), 1, 1e-5);
  assert.equal(blurred[13 * 28 + 14], blurred[15 * 28 + 14]);
  isNear(blurred[14 * 28 + 14], 1 / (2 * Math.PI), 1e-3);
});

Deno.test("clipping is undone on average", () => {
  const grey = addNoise(new Float32Array(784).fill(0.25), {
    factor: 0,
    random: new Random(1),
  });
  const many = Float32Array.from({ length: 784 }, () => {
    const noisy = addNoise(new Float32Array(500).fill(0.25), { random });
    return mean(noisy);
  });
  isNear(mean(undoClipping(many)), grey[0], 0.005);
});
const random = new Random(5);

Deno.test("arrays that are no images are refused", () => {
  assert.throws(() => medianFilter(new Float32Array(783)), RangeError);
  assert.throws(() => gaussianBlur(noisy, { sigma: 0 }), RangeError);
});

Deno.test("total variation leaves a flat image, and an edge sharp", () => {
  const flat = new Float32Array(784).fill(0.3);
  totalVariation(flat).forEach((value) => isNear(value, 0.3, 1e-6));
  const halves = flat.map((_, i) => i % 28 < 14 ? 0 : 1);
  const smoothed = totalVariation(halves, { iterations: 3_000 });
  // Each half moves towards the other by weight / width, and stays flat.
  isNear(smoothed[13], 0.25 / 14, 0.002);
  isNear(smoothed[14], 1 - 0.25 / 14, 0.002);
  isNear(smoothed[400], smoothed[401], 1e-3);
  assert.throws(() => totalVariation(flat, { weight: 0 }), RangeError);
});

const SIZE = { height: 9, width: 6, channels: 3 };
const colours = Float32Array.from(
  { length: 4 * 9 * 6 * 3 },
  (_, i) => (i * 37) % 101 / 100,
);
const plane = (images: Float32Array, channel: number) =>
  images.filter((_, i) => i % 3 === channel);

Deno.test("colour pictures of any size are filtered as their channels are", () => {
  for (const filter of [medianFilter, gaussianBlur, totalVariation]) {
    const filtered = filter(colours, SIZE);
    for (const channel of [0, 1, 2]) {
      const alone = filter(plane(colours, channel), { height: 9, width: 6 });
      assert.deepEqual(plane(filtered, channel), Float32Array.from(alone));
    }
  }
});

Deno.test("colour pictures of any size are mapped and projected", () => {
  const all = fitPca(colours, { ...SIZE, components: 3 })(colours);
  assert.ok(mean(psnr(colours, all, SIZE)) > 60);
  const map = fitLinearMap(colours, colours, { ...SIZE, ridge: 1e-6 });
  assert.ok(mean(psnr(colours, map(colours), SIZE)) > 40);
  assert.throws(() => map(colours.slice(1)), /no whole images of 9 x 6 x 3/);
});

Deno.test("what is no picture is refused by each baseline", () => {
  // As many as 64 components need.
  const image = new Float32Array(65 * 784);
  const bytes = new Uint8Array(65 * 784) as unknown as Float32Array;
  const baselines = [
    medianFilter,
    gaussianBlur,
    totalVariation,
    undoClipping,
    fitPca,
    (images: Float32Array) => fitLinearMap(images, images),
    (images: Float32Array) => fitLinearMap(image, images),
    (images: Float32Array) => fitLinearMap(images, image),
  ];
  for (const baseline of baselines) {
    assert.throws(() => baseline(bytes), /divide them by 255/);
    const pixels = image.fill(0).with(9, 255);
    assert.throws(() => baseline(pixels), /bytes are; divide them by 255/);
    assert.throws(() => baseline(pixels.with(9, NaN)), /"NaN" \(number 9\)/);
  }
});

Deno.test("options that cannot be are refused by each baseline", () => {
  const image = new Float32Array(784);
  type Any = (images: Float32Array, options: object) => unknown;
  const map = (images: Float32Array, options: object) =>
    fitLinearMap(images, images, options);
  const cases: [Any, object, RegExp][] = [
    [medianFilter, { size: 3 }, /no such option/],
    [gaussianBlur, { std: 1 }, /use "sigma"/],
    [totalVariation, { wieght: 1 }, /no such option/],
    [undoClipping, { noise_factor: 1 }, /use "factor"/],
    [fitPca, { n_components: 3 }, /use "components"/],
    [map, { lambda: 1 }, /no such option/],
    [medianFilter, { channels: 3 }, /no whole images of 28 x 28 x 3/],
    [gaussianBlur, { sigma: Infinity }, /from 0.01 to 28/],
    [gaussianBlur, { sigma: 1e-200 }, /from 0.01 to 28/],
    [gaussianBlur, { sigma: "1" }, /sigma "'1'"/],
    [totalVariation, { weight: NaN }, /weight "NaN"/],
    [totalVariation, { weight: 1e-310 }, /must be a number from 1e-9 up/],
    [totalVariation, { iterations: 0.5 }, /"0.5" as iterations/],
    [undoClipping, { factor: 0 }, /factor "0"/],
    [undoClipping, { factor: 60 }, /factor "60": .* 10 at most/],
    [fitPca, { components: 785 }, /as components: .* 1 to 784/],
    [fitPca, { components: 1 }, /fewer than the images, of which there are 1/],
    [map, { ridge: -1 }, /ridge "-1"/],
    [map, { ridge: 0 }, /vary too little for it; take a larger one/],
  ];
  for (const [baseline, options, message] of cases) {
    assert.throws(() => baseline(image, options), message);
  }
  const two = new Float32Array(2 * 784);
  assert.throws(() => fitLinearMap(image, two), /"1" noisy images to 2 clean/);
});
