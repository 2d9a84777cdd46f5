import assert from "node:assert/strict";
import { countPictures, passOn, remember } from "../lib/images.ts";

const DIGIT = { height: 28, width: 28, channels: 1 };
const COLOUR = { height: 28, width: 28, channels: 3 };

Deno.test("pictures whose size is known are not taken for digits", () => {
  // As many numbers as twelve digits have.
  const four = remember(new Float32Array(4 * 28 * 28 * 3), COLOUR);
  assert.equal(countPictures("score", four, COLOUR), 4);
  const made = passOn(four, four.slice());
  for (const images of [four, made]) {
    assert.throws(
      () => countPictures("score", images, DIGIT),
      /they are pictures of 28 x 28 x 3; give { height: 28, width: 28, channels: 3 }/,
    );
  }
  assert.equal(countPictures("score", four.slice(), DIGIT), 12);
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
