import assert from "node:assert/strict";
import { encodeWav } from "../../lib/data/wav.ts";

const samples = Float32Array.of(0, 0.5, -0.5, 1, -1, 2, -2);

Deno.test("a WAV file has the header of one channel of 16 bits", () => {
  const bytes = encodeWav(samples, { rate: 8_000 });
  const view = new DataView(bytes.buffer);
  const letters = (at: number) =>
    String.fromCharCode(...bytes.subarray(at, at + 4));
  assert.equal(bytes.length, 44 + 14);
  assert.deepEqual([0, 8, 12, 36].map(letters), [
    ...["RIFF", "WAVE", "fmt ", "data"],
  ]);
  assert.equal(view.getUint32(4, true), bytes.length - 8);
  assert.equal(view.getUint32(16, true), 16);
  assert.deepEqual([20, 22, 32, 34].map((at) => view.getUint16(at, true)), [
    ...[1, 1, 2, 16],
  ]);
  assert.equal(view.getUint32(24, true), 8_000);
  assert.equal(view.getUint32(28, true), 16_000);
  assert.equal(view.getUint32(40, true), 14);
});

Deno.test("samples from -1 to 1 are whole numbers of 16 bits; others are clipped", () => {
  const { buffer } = encodeWav(samples, { rate: 8_000 });
  assert.deepEqual(
    [...new Int16Array(buffer, 44)],
    [0, 16_384, -16_383, 32_767, -32_767, 32_767, -32_767],
  );
});

Deno.test("what is no sound is refused", () => {
  const rate = 8_000;
  const refused: [unknown, unknown, RegExp][] = [
    [[0, 1], { rate }, /^Cannot encode "Array": the samples of a sound/],
    [new Float32Array(0), { rate }, /"0" samples/],
    [Float32Array.of(0, NaN), { rate }, /"NaN" \(number 1\)/],
    [samples, { rate: 0.5 }, /rate "0.5": give samples per second/],
    [samples, {}, /rate "undefined"/],
    [samples, undefined, /the options of encodeWav/],
    [samples, { rate, bits: 8 }, /"bits": encodeWav has no such option/],
  ];
  for (const [given, options, message] of refused) {
    assert.throws(
      () => encodeWav(given as Float32Array, options as { rate: number }),
      { message },
    );
  }
});
