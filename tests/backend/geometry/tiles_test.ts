import assert from "node:assert/strict";
import {
  imagesPerSum,
  MAX_SUMS_BYTES,
  tilesOver,
} from "../../../lib/backend/geometry/tiles.ts";

Deno.test("tiles cover all outputs, and the padded image is what they need", () => {
  assert.deepEqual(tilesOver({ h: 28, w: 5 }, 4), {
    ...{ tilesH: 7, tilesW: 2 },
    ...{ paddedH: 30, paddedW: 10 },
  });
  assert.equal(tilesOver({ h: 7, w: 7 }, 1).paddedW, 9);
});

Deno.test("chunks are of 8 images, or of more where their sums need much memory", () => {
  const maxChunks = MAX_SUMS_BYTES / 4;
  for (const n of [1, 8, 128, 10_000]) {
    assert.equal(imagesPerSum(n, maxChunks), 8);
    for (const few of [1, 3, 10]) {
      assert.ok(Math.ceil(n / imagesPerSum(n, few)) <= few);
    }
    assert.ok(imagesPerSum(n, 0) >= n);
  }
});
