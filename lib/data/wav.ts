import { inWords } from "../errors/in_words.ts";
import { checkOptions } from "../errors/options.ts";

/** Bytes before the samples: RIFF, WAVE, the format, and the length of the data. */
const HEADER_BYTES = 44;
/** Largest sample of 16 bits. */
const LARGEST = 32_767;

/**
 * The bytes of a WAV file of one channel and 16 bits a sample (Microsoft and IBM,
 * Multimedia Programming Interface and Data Specifications 1.0, 1991). `samples` go
 * from -1 to 1, what lies outside is clipped, and `rate` is in samples per second.
 *
 * @example
 * ```ts
 * const tone = Float32Array.from({ length: 8_000 }, (_, i) => Math.sin(i / 3));
 * await Deno.writeFile("tone.wav", encodeWav(tone, { rate: 8_000 }));
 * ```
 *
 * @throws {TypeError} when `samples` is no Float32Array, or for an option that it
 * does not know.
 * @throws {RangeError} when there are no samples, one is no finite number, or the
 * rate is no whole number from 1 up.
 */
export function encodeWav(
  samples: Float32Array,
  options: { rate: number },
): Uint8Array<ArrayBuffer> {
  checkOptions("encodeWav", options, ["rate"]);
  const { rate } = options;
  checkSamples("encode", samples);
  checkRate("encode", rate);
  const bytes = new Uint8Array(HEADER_BYTES + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  const text = (at: number, letters: string) =>
    [...letters].forEach((letter, i) =>
      view.setUint8(at + i, letter.charCodeAt(0))
    );
  text(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true); // bytes of the format that follows
  view.setUint16(20, 1, true); // plain numbers
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true); // bytes per second
  view.setUint16(32, 2, true); // bytes of a sample
  view.setUint16(34, 16, true); // bits of a sample
  text(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((value, i) => {
    const clipped = Math.max(-1, Math.min(1, value));
    view.setInt16(HEADER_BYTES + 2 * i, Math.round(LARGEST * clipped), true);
  });
  return bytes;
}

/**
 * Looks whether these may be the samples of a sound; `action` is a verb for the
 * error's message.
 *
 * @throws {TypeError} when they are no Float32Array.
 * @throws {RangeError} when there are none, or one is no finite number.
 */
export function checkSamples(action: string, samples: Float32Array) {
  if (!(samples instanceof Float32Array)) {
    throw new TypeError(
      `Cannot ${action} "${inWords(samples)}": the samples of a sound are a ` +
        `Float32Array`,
    );
  }
  const wrong = samples.findIndex((value) => !Number.isFinite(value));
  if (samples.length > 0 && wrong < 0) return;
  throw new RangeError(
    samples.length === 0
      ? `Cannot ${action} "0" samples: a sound has at least one`
      : `Cannot ${action} "${samples[wrong]}" (number ${wrong}): a sample is ` +
        `a finite number`,
  );
}

/** @throws {RangeError} when the rate is no whole number from 1 to 2^31. */
export function checkRate(action: string, rate: number) {
  if (Number.isInteger(rate) && rate >= 1 && rate <= 2 ** 31) return;
  throw new RangeError(
    `Cannot ${action} with rate "${inWords(rate)}": give samples per second, ` +
      `such as 8000`,
  );
}
