import assert from "node:assert/strict";
import {
  binaryCrossentropy,
  mean,
  meanSquaredError,
  psnr,
  ssim,
} from "../lib/metrics.ts";
import { loadMnist } from "../lib/mnist.ts";
import { addNoise } from "../lib/noise.ts";
import { Random } from "../lib/random.ts";

function isNear(actual: number, expected: number, tolerance: number) {
  assert.ok(
    Math.abs(actual - expected) <= tolerance,
    `${actual}, not ${expected}`,
  );
}

Deno.test("errors and decibels of a case done by hand", () => {
  const target = Float32Array.of(0, 1, 0.5, 0.5);
  const output = Float32Array.of(0.5, 0.5, 0.5, 0.5);
  assert.deepEqual([...meanSquaredError(target, output, { size: 2 })], [
    0.25,
    0,
  ]);
  const [first, second] = psnr(target, output, { size: 2 });
  isNear(first, 6.0206, 1e-4); // 10 log10 4
  assert.equal(second, Infinity);
  const [nats] = binaryCrossentropy(target, output, { size: 4 });
  isNear(nats, Math.LN2, 1e-7);
  const wrong = binaryCrossentropy(Float32Array.of(1), Float32Array.of(0), {
    size: 1,
  });
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
