import assert from "node:assert/strict";
import {
  EXTRACTS,
  loadExtract,
  verifyExtract,
} from "../../lib/data/extracts.ts";
import { mean } from "../../lib/scores/metrics.ts";

const NAMES = ["clothes", "photos"] as const;

Deno.test("clothes come in turns of ten kinds, the dog comes first", async () => {
  const clothes = await loadExtract("clothes");
  assert.equal(clothes.count, 200);
  assert.equal(clothes.images.length, 200 * 784);
  assert.deepEqual(clothes.names.slice(9, 12), ["boot", "T-shirt", "trousers"]);
  const photos = await loadExtract("photos");
  assert.equal(photos.count, 20);
  assert.equal(photos.images.length, 20 * 784);
  assert.equal(photos.names[0], "Dog");
  assert.equal(new Set(photos.names).size, 20);
});

Deno.test("pixels lie between 0 and 1; clothes have black corners", async () => {
  for (const name of NAMES) {
    const { images } = await loadExtract(name);
    assert.ok(images.every((value) => value >= 0 && value <= 1));
  }
  const { images } = await loadExtract("clothes");
  const corners = images.filter((_, i) => i % 784 === 0);
  assert.ok(mean(corners) < 0.01, `${mean(corners)}`);
  assert.ok(mean(images) > 0.2);
});

Deno.test("a changed or cut file is refused, and the way out is said", async () => {
  for (const name of NAMES) {
    const { file } = EXTRACTS[name];
    const url = new URL(`../../data/extracts/${file}`, import.meta.url);
    const bytes = await Deno.readFile(url);
    const changed = bytes.slice();
    changed[500] ^= 1;
    for (const bad of [changed, bytes.slice(0, -1)]) {
      assert.throws(() => verifyExtract(bad, name), Deno.errors.InvalidData);
      assert.throws(() => verifyExtract(bad, name), /git checkout data/);
    }
  }
});

Deno.test("data/README.md names both checksums and every photograph", async () => {
  const readme = await Deno.readTextFile(
    new URL("../../data/README.md", import.meta.url),
  );
  for (const name of NAMES) assert.ok(readme.includes(EXTRACTS[name].sha256));
  for (const photo of EXTRACTS.photos.names) {
    assert.ok(readme.includes(`| [${photo}](`), photo);
  }
});

Deno.test("another name is refused, and both are said", async () => {
  for (const name of ["digits", "toString", undefined]) {
    const wrong = name as "photos";
    await assert.rejects(loadExtract(wrong), /"clothes" and "photos"/);
  }
});
