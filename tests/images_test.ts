import assert from "node:assert/strict";
import { countPictures, passOn, readSize, remember } from "../lib/images.ts";

const DIGIT = { height: 28, width: 28, channels: 1 };
const COLOUR = { height: 28, width: 28, channels: 3 };

Deno.test("a size that is said counts, or else the known one, or that of digits", () => {
  // As many numbers as twelve digits have.
  const four = remember(new Float32Array(4 * 28 * 28 * 3), COLOUR);
  const made = passOn(four, four.slice());
  for (const images of [four, made, four.subarray(0, 28 * 28 * 3)]) {
    assert.deepEqual(readSize("psnr", {}, { images: [images] }), COLOUR);
    const said = { height: 56, width: 42 };
    assert.deepEqual(
      readSize("psnr", said, { images: [images] }),
      { ...said, channels: 1 },
    );
  }
  const copy = four.slice();
  assert.deepEqual(readSize("psnr", {}, { images: [copy] }), DIGIT);
  assert.deepEqual(readSize("psnr", {}, { images: [copy, four] }), COLOUR);
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
