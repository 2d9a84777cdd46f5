import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { fitPca } from "../../lib/scores/baselines.ts";
import { mean, meanSquaredError } from "../../lib/scores/metrics.ts";
import { loadMnist } from "../../lib/data/mnist.ts";
import { principalComponents } from "../../lib/scores/pca.ts";

await useBackend();
const { train: { images }, test } = await loadMnist({ train: 900, test: 50 });
const components = principalComponents(images);
const through = (count: number, some = images) =>
  components(count).decode(components(count).encode(some));

Deno.test("more components err less, and all of them hardly at all", () => {
  const errors = [1, 2, 10, 49, 784].map((count) =>
    mean(meanSquaredError(images, through(count)))
  );
  errors.slice(1).forEach((error, i) => assert.ok(error < errors[i]));
  assert.ok(errors[4] < 1e-6, `${errors[4]}`);
});

Deno.test("codes are centred, uncorrelated, and widest first", () => {
  const codes = components(3).encode(images);
  const column = (k: number) => codes.filter((_, i) => i % 3 === k);
  const covariance = (a: Float32Array, b: Float32Array) =>
    mean(a.map((value, i) => value * b[i]));
  const [first, second, third] = [0, 1, 2].map(column);
  assert.ok(Math.abs(mean(first)) < 1e-3);
  assert.ok(Math.abs(covariance(first, second)) < 1e-3);
  assert.ok(covariance(first, first) > covariance(second, second));
  assert.ok(covariance(second, second) > covariance(third, third));
});

Deno.test("fitPca is there and back by as many components", () => {
  const denoised = fitPca(images, { components: 10 })(test.images);
  assert.deepEqual(denoised, through(10, test.images));
});

Deno.test("a count that is none is refused", () => {
  for (const count of [0, 1.5, 785]) {
    assert.throws(() => components(count), RangeError);
  }
  const size = { height: 7, width: 7 }; // few numbers, so that it takes no time
  const five = Float32Array.from(images.subarray(0, 5 * 49));
  const message =
    /"5" as components: they must be fewer than the images, of wh/;
  assert.throws(() => principalComponents(five, size)(5), message);
  assert.throws(() => fitPca(five, { ...size, components: 5 }), message);
  fitPca(five, { ...size, components: 4 });
});

Deno.test("codes and images that are none are refused", () => {
  const pca = components(10);
  assert.throws(() => pca.decode(new Float32Array(15)), /10 components/);
  const codes = Array(10).fill(0) as unknown as Float32Array;
  assert.throws(() => pca.decode(codes), /"Array"/);
  assert.throws(() => pca.encode(new Float32Array(783)), /28 x 28/);
  assert.throws(() => pca.encode(images.with(0, NaN)), /"NaN" \(number 0\)/);
  const colours = { channels: 7 };
  assert.throws(() => principalComponents(images.slice(784), colours), /x 7/);
  const misspelt = { components: 10 } as object;
  assert.throws(() => principalComponents(images, misspelt), /no such option/);
});
