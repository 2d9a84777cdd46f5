import { decode } from "fast-png";
import assert from "node:assert/strict";
import { digitGrid } from "../lib/digit_grid.ts";
import type { Shown } from "../lib/shown.ts";

const captions = { caption: 'a < b & "c"', alt: 'An "alt" <text>' };

function svgOf({ html }: Shown): string {
  const [, data] = html.match(/data:image\/svg\+xml;base64,([^"]+)"/)!;
  return new TextDecoder().decode(Uint8Array.fromBase64(data));
}

Deno.test("the pixels of a digit grid are those of the images", () => {
  const images = Float32Array.from({ length: 2 * 784 }, (_, i) => i / 1567);
  const svg = svgOf(digitGrid([{ label: "ramp", images }], captions));
  const [, data] = svg.match(/data:image\/png;base64,([^"]+)"/)!;
  const png = decode(Uint8Array.fromBase64(data));
  for (const [image, y, x] of [[0, 0, 0], [0, 27, 27], [1, 5, 9]]) {
    const at = 4 * (2 * y * png.width + image * 60 + 2 * x);
    const expected = Math.round(255 * images[image * 784 + y * 28 + x]);
    assert.deepEqual([...png.data.slice(at, at + 4)], [
      expected,
      expected,
      expected,
      255,
    ]);
  }
  assert.equal(png.data[4 * 57 + 3], 0, "gaps are transparent");
});

Deno.test("errors are red above zero and blue below", () => {
  const images = new Float32Array(784);
  images.set([1, -1, 0]);
  const figure = digitGrid(
    [{ label: "error", images, scale: "error" }],
    captions,
  );
  const [, data] = svgOf(figure).match(/data:image\/png;base64,([^"]+)"/)!;
  const { data: pixels } = decode(Uint8Array.fromBase64(data));
  assert.deepEqual([...pixels.slice(0, 3)], [255, 0, 0]);
  assert.deepEqual([...pixels.slice(8, 11)], [0, 0, 255]);
  assert.deepEqual([...pixels.slice(16, 19)], [255, 255, 255]);
});

Deno.test("rows of unequal length are refused", () => {
  const rows = [784, 1568].map((length) => ({
    label: `${length}`,
    images: new Float32Array(length),
  }));
  assert.throws(() => digitGrid(rows, captions), /Cannot draw row "1568"/);
});
