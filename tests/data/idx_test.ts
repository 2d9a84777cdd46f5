import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { loadIdx, parseIdx } from "../../lib/data/idx.ts";
import { mnistFile } from "../../lib/data/mnist.ts";

const bytes = await Deno.readFile(mnistFile("t10k-labels-idx1-ubyte"));

Deno.test("a user's own IDX file is loaded, zipped or not", async () => {
  const path = await Deno.makeTempFile();
  try {
    for (const content of [bytes, gzipSync(bytes)]) {
      await Deno.writeFile(path, content);
      const { shape, data } = await loadIdx(path);
      assert.deepEqual(shape, [10_000]);
      assert.deepEqual(data, bytes.subarray(8));
    }
    await assert.rejects(loadIdx(3 as unknown as string), /give the path/);
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
  assert.throws(
    () => parseIdx(Uint8Array.from([...idx, 7]), "seven"),
    /its size is wrong: 1 bytes follow/,
  );
  assert.throws(
    () => parseIdx(Uint8Array.from(idx.slice(0, -1)), "five"),
    /it is short: 5 of 6 numbers/,
  );
});

Deno.test("a file of another kind is named for what it is", () => {
  const text = (start: string) =>
    Uint8Array.from(start, (letter) => letter.charCodeAt(0));
  const zipped = new Uint8Array(gzipSync(bytes));
  const floats = Uint8Array.of(0, 0, 0x0d, 1, 0, 0, 0, 1, 0, 0, 0, 0);
  const page = text("<!DOCTYPE html>\n<html><title>404</title>");
  const cases: [Uint8Array, RegExp][] = [
    [floats, /an IDX file of 32-bit floats \(type 0x0D\); only unsigned bytes/],
    [floats.with(2, 0x0b), /16-bit whole numbers \(type 0x0B\)/],
    [floats.with(2, 0x0e), /64-bit floats/],
    [text("PK\x03\x04..."), /it is a zip archive; unpack it/],
    [page, /it is a web page.* fetch the file again/],
    [new Uint8Array(gzipSync(page)), /it is a web page/],
    [new Uint8Array(gzipSync(zipped)), /it was zipped twice/],
    [text("\x89PNG\r\n"), /it is a picture; use loadPictures/],
    [text("\x93NUMPY\x01"), /an array of NumPy's/],
    [text("version https://git-lfs.github.com/spec/v1"), /git lfs pull/],
    [zipped.subarray(0, 3_000), /it ends too early to be unzipped/],
    [zipped.with(2_000, 0x55).with(2_001, 0x55), /damaged, and cannot be/],
    [zipped.with(2, 0), /damaged, .* \(unknown compression method\)/],
    [text("hello"), /first bytes \(68 65 6c 6c\) are not those/],
    [text("hi"), /first bytes \(68 69\)/],
    [new Uint8Array(), /it is empty/],
  ];
  for (const [wrong, message] of cases) {
    assert.throws(() => parseIdx(wrong, "a.gz"), message, `${message}`);
    assert.throws(() => parseIdx(wrong, "a.gz"), Deno.errors.InvalidData);
  }
});
