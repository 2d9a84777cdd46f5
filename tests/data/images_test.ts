import assert from "node:assert/strict";
import {
  countPictures,
  knownSize,
  readSize,
  withSize,
} from "../../lib/data/images.ts";

const DIGIT = { height: 28, width: 28, channels: 1 };
const COLOUR = { height: 28, width: 28, channels: 3 };

Deno.test("what is made of pictures has their size, and no other is believed", () => {
  // As many numbers as twelve digits have.
  const four = withSize(new Float32Array(4 * 28 * 28 * 3), COLOUR);
  const one = 28 * 28 * 3;
  const made = [
    ...[four, four.slice(0, one), four.subarray(one), four.slice().slice()],
    four.map((value) => 1 - value),
  ];
  for (const images of made) {
    assert.ok(images instanceof Float32Array);
    assert.deepEqual(knownSize(images), COLOUR);
    assert.deepEqual(readSize("psnr", {}, { images: [images] }), COLOUR);
    assert.deepEqual(
      readSize("psnr", { channels: 3 }, { images: [images] }),
      COLOUR,
    );
    assert.throws(
      () => readSize("psnr", { height: 56, width: 42 }, { images: [images] }),
      /"56 x 42 x 3": some are known to be of 28 x 28 x 3; leave the size out, or/,
    );
  }
  assert.equal(made[1].length, one);
  const grey = withSize(new Float32Array(four.length), DIGIT);
  assert.throws(
    () => readSize("psnr", {}, { images: [four, grey] }),
    /"28 x 28 x 3": some are known to be of 28 x 28;/,
  );
  const red = four.filter((_, i) => i % 3 === 0);
  assert.equal(red.length, 4 * 28 * 28);
  assert.equal(knownSize(red), undefined);
  assert.deepEqual(readSize("psnr", {}, { images: [[], made[1]] }), COLOUR);
});

Deno.test("a size that is not known is that of digits, where none is said", () => {
  const copy = Float32Array.from(withSize(new Float32Array(2_352), COLOUR));
  assert.equal(knownSize(copy), undefined);
  assert.deepEqual(readSize("psnr", {}, { images: [copy] }), DIGIT);
  assert.deepEqual(
    readSize("psnr", { height: 56, width: 42 }, { images: [copy] }),
    { height: 56, width: 42, channels: 1 },
  );
});

Deno.test("no image at all, or a part of one, is refused", () => {
  for (const length of [0, 783, 785]) {
    const images = new Float32Array(length);
    assert.throws(
      () => countPictures("score", images, DIGIT),
      /no whole images/,
    );
  }
});
