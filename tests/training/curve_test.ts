import assert from "node:assert/strict";
import { countPoints, lastPoint } from "../../lib/training/curve.ts";

Deno.test("an epoch has 40 points, spaced evenly, the last one at its end", () => {
  for (let batches = 1; batches <= 1_000; batches++) {
    let before = 0, points = 0;
    for (let batch = 1; batch <= batches; batch++) {
      if (lastPoint(batch, batches) === batch) {
        points++;
        const even = Math.floor(batches / 40);
        const gap = batch - before;
        assert.ok(gap === Math.max(1, even) || gap === even + 1, `${batches}`);
        before = batch;
      }
      assert.equal(lastPoint(batch, batches), before);
      assert.equal(countPoints(batch, batches), points);
    }
    assert.equal(before, batches);
    assert.equal(points, Math.min(40, batches));
  }
  assert.equal(lastPoint(0, 469), 0);
});
