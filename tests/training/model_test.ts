import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import {
  buildAutoencoder,
  buildClassifier,
  buildUNet,
} from "../../lib/training/model.ts";

await useBackend();

for (const build of [buildAutoencoder, buildClassifier, buildUNet]) {
  Deno.test(`${build.name} takes a whole seed, and no other option`, () => {
    for (const seed of [NaN, 0.5, "1", null, Infinity, 2 ** 52]) {
      assert.throws(() => build({ seed: seed as number }), /as a seed/);
    }
    const random = { randomState: 1 } as object;
    assert.throws(() => build(random), /use "seed"/);
    assert.throws(() => build(1 as unknown as object), /write them in braces/);
    const [first, again, other] = [1, 1, 2].map((
      seed,
    ) => [...build({ seed }).getWeights()[0].dataSync()]);
    assert.deepEqual(first, again);
    assert.notDeepEqual(first, other);
  });
}
