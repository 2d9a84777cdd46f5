import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import {
  buildAutoencoder,
  buildClassifier,
  buildUNet,
} from "../../lib/training/model.ts";
import { weightsOf } from "./small_model.ts";

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

Deno.test("the network is the tutorial's", () => {
  const model = buildAutoencoder();
  assert.equal(model.countParams(), 28_353);
  const lines: string[] = [];
  model.summary(80, undefined, (line: string) => lines.push(line));
  const shapes = lines.join("\n").match(/\[\[?null,[\d,]+\]/g)!;
  assert.equal(shapes.at(-1), "[null,28,28,1]");
  assert.ok(lines.some((line) => line.includes("Total params: 28353")));
  assert.deepEqual(weightsOf(model)[1], new Float32Array(32));
  assert.notDeepEqual(
    weightsOf(buildAutoencoder({ seed: 1 }))[0],
    weightsOf(model)[0],
  );
});
