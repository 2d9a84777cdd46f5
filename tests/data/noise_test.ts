import assert from "node:assert/strict";
import { mean } from "../../lib/scores/metrics.ts";
import { addNoise } from "../../lib/data/noise.ts";
import { Random } from "../../lib/data/random.ts";

Deno.test("black and white move as clipped normal noise must", () => {
  const random = new Random(1);
  const black = addNoise(new Float32Array(200_000), { random });
  const white = addNoise(new Float32Array(200_000).fill(1), { random });
  // 0.5 / sqrt(2 pi), less what is cut off above 1: 0.195.
  assert.ok(Math.abs(mean(black) - 0.1952) < 0.002, `${mean(black)}`);
  assert.ok(Math.abs(mean(white) - 0.8048) < 0.002, `${mean(white)}`);
  assert.ok(black.every((value) => value >= 0 && value <= 1));
});

Deno.test("the seed decides, and factor 0 changes nothing", () => {
  const images = Float32Array.from({ length: 784 }, (_, i) => i / 784);
  const noisy = (seed: number) =>
    addNoise(images, { random: new Random(seed) });
  assert.deepEqual(noisy(1), noisy(1));
  assert.notDeepEqual(noisy(1), noisy(2));
  assert.deepEqual(
    addNoise(images, { factor: 0, random: new Random(1) }),
    images,
  );
  assert.throws(
    () => addNoise(images, { factor: -1, random: new Random(1) }),
    RangeError,
  );
  assert.throws(
    () => addNoise(images, { factor: NaN, random: new Random(1) }),
    RangeError,
  );
});

Deno.test("what is no picture, no factor or no generator is refused", () => {
  const image = new Float32Array(784);
  const random = new Random(1);
  for (const factor of [-1, NaN, Infinity, "0.5", null]) {
    const options = { factor: factor as number, random };
    assert.throws(() => addNoise(image, options), /of factor "/);
  }
  for (const wrong of [undefined, {}, { factor: 0.5 }, { random: 1 }]) {
    const options = wrong as unknown as { random: Random };
    assert.throws(() => addNoise(image, options), /random: new Random\(1\)/);
  }
  const misspelt = { noise_factor: 0.5, random };
  assert.throws(() => addNoise(image, misspelt), /use "factor"/);
  const bytes = new Uint8Array(784) as unknown as Float32Array;
  assert.throws(() => addNoise(bytes, { random }), /divide them by 255/);
  assert.throws(
    () => addNoise(image.with(1, 200), { random }),
    /bytes are; divide them by 255/,
  );
  assert.throws(
    () => addNoise(image.with(2, -1), { random }),
    /"-1" \(number 2\): .* from -1 to 0/,
  );
  assert.throws(() => addNoise(image.with(2, NaN), { random }), /"NaN"/);
  // A call that is refused takes no number from the generator.
  assert.equal(random.uniform(), new Random(1).uniform());
});
