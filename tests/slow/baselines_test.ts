import assert from "node:assert/strict";
import { loadMnist } from "../../lib/data/mnist.ts";
import { addNoise } from "../../lib/data/noise.ts";
import { Random } from "../../lib/data/random.ts";
import {
  fitLinearMap,
  fitPca,
  gaussianBlur,
  medianFilter,
  totalVariation,
  undoClipping,
} from "../../lib/scores/baselines.ts";
import { mean, psnr } from "../../lib/scores/metrics.ts";
import { useBackend } from "../../lib/backend/mod.ts";

await useBackend();
const { train, test } = await loadMnist({ train: 6_000, test: 1_000 });
const noisy = addNoise(test.images, { random: new Random(2) });
const noisyTrain = addNoise(train.images, { random: new Random(1) });

function isNear(actual: number, expected: number, tolerance: number) {
  assert.ok(
    Math.abs(actual - expected) <= tolerance,
    `${actual}, not ${expected}`,
  );
}

const scoreOf = (images: Float32Array) => mean(psnr(test.images, images));

Deno.test("each baseline scores what it is known to score", () => {
  isNear(scoreOf(medianFilter(noisy)), 14.0, 0.4);
  isNear(scoreOf(undoClipping(gaussianBlur(noisy))), 15.2, 0.4);
  isNear(scoreOf(undoClipping(totalVariation(noisy))), 15.6, 0.4);
  isNear(scoreOf(undoClipping(fitPca(train.images)(noisy))), 16.5, 0.4);
  // Fitted on a tenth of the pairs; on all of them 17.7.
  isNear(scoreOf(fitLinearMap(noisyTrain, train.images)(noisy)), 17.2, 0.4);
});

Deno.test("all components reproduce the clean images", () => {
  const some = train.images.slice(0, 784 * 900);
  const all = fitPca(some, { components: 784 })(some);
  assert.ok(mean(psnr(some, all)) > 60);
});

Deno.test("what a filter gives has the size that the filter was given", () => {
  const size = { height: 32, width: 48, channels: 3 };
  // As many numbers as 288 digits have.
  const images = new Float32Array(49 * 32 * 48 * 3).fill(0.5);
  const linear = fitLinearMap(new Float32Array(784), new Float32Array(784));
  assert.equal(psnr(images, medianFilter(images, size)).length, 49);
  assert.equal(psnr(images, gaussianBlur(images, size)).length, 49);
  const few = images.subarray(0, 784);
  assert.equal(psnr(few, linear(few)).length, 1);
});
