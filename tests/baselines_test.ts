import assert from "node:assert/strict";
import { useBackend } from "../lib/backend/mod.ts";
import {
  fitLinearMap,
  fitPca,
  gaussianBlur,
  medianFilter,
  totalVariation,
  undoClipping,
} from "../lib/baselines.ts";
import { mean, psnr } from "../lib/metrics.ts";
import { loadMnist } from "../lib/mnist.ts";
import { addNoise } from "../lib/noise.ts";
import { Random } from "../lib/random.ts";

await useBackend();
const { train, test } = await loadMnist({ train: 6_000, test: 1_000 });
const noisy = addNoise(test.images, { random: new Random(2) });
const noisyTrain = addNoise(train.images, { random: new Random(1) });
const scoreOf = (images: Float32Array) => mean(psnr(test.images, images));

function isNear(actual: number, expected: number, tolerance: number) {
  assert.ok(
    Math.abs(actual - expected) <= tolerance,
    `${actual}, not ${expected}`,
  );
}

Deno.test("each baseline scores what it is known to score", () => {
  isNear(scoreOf(medianFilter(noisy)), 14.0, 0.4);
  isNear(scoreOf(undoClipping(gaussianBlur(noisy))), 15.2, 0.4);
  isNear(scoreOf(undoClipping(totalVariation(noisy))), 15.6, 0.4);
  isNear(scoreOf(undoClipping(fitPca(train.images)(noisy))), 16.5, 0.4);
  // Fitted on a tenth of the pairs; on all of them 17.7.
  isNear(scoreOf(fitLinearMap(noisyTrain, train.images)(noisy)), 17.2, 0.4);
});

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

Deno.test("all components reproduce the clean images", () => {
  const some = train.images.slice(0, 784 * 900);
  const all = fitPca(some, { components: 784 })(some);
  assert.ok(mean(psnr(some, all)) > 60);
});

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
