import { encode } from "fast-png";
import jpeg from "jpeg-js";
import assert from "node:assert/strict";
import { decodePicture } from "../../lib/data/picture_file.ts";

/** Of 4 x 6 pixels, made by Pillow and pypng, not by what reads them here. */
const FILES = {
  grey1:
    "iVBORw0KGgoAAAANSUhEUgAAAAYAAAAEAQAAAACFf3PuAAAAEElEQVR42mOYwKDCpMLkAQAFbAEl+2DMRgAAAABJRU5ErkJggg==",
  palette:
    "iVBORw0KGgoAAAANSUhEUgAAAAYAAAAEAgMAAADQaqbQAAAACVBMVEX/AAAA/wAAAP8tSs2KAAAAFElEQVR42mOU8GDxlGdoE2CU8AAACo4BxeUEY5kAAAAASUVORK5CYII=",
  seeThroughPalette:
    "iVBORw0KGgoAAAANSUhEUgAAAAYAAAAEAgMAAADQaqbQAAAACVBMVEX/AAAA/wAAAP8tSs2KAAAAA3RSTlP/ADP7PpElAAAAFElEQVR42mOU8GDxlGdoE2CU8AAACo4BxeUEY5kAAAAASUVORK5CYII=",
  interlaced1:
    "iVBORw0KGgoAAAANSUhEUgAAAAYAAAAEAQAAAAHyeEN4AAAAFUlEQVR4nGNoYAABBQYHhgYGFYYJAA3sAhXWHMAoAAAAAElFTkSuQmCC",
  interlaced16:
    "iVBORw0KGgoAAAANSUhEUgAAAAYAAAAEEAAAAAGv+P1KAAAAQUlEQVR4nGNgYGCY48Dgp8DAwOSnNMeJQV2g1OBwAIO6UKnR4SAGBkZ1QT/FUsM5jocDGRiY1YX9lEuN5zgfDgYAPekNCdWDpOkAAAAASUVORK5CYII=",
  seeThroughColour:
    "iVBORw0KGgoAAAANSUhEUgAAAAYAAAAECAIAAAAiZtkUAAAABnRSTlMAUAA8AK89rWrXAAAAGElEQVR4nGNkYPivwXADGbEw2DCgAeKEAKYGBsGXfQLVAAAAAElFTkSuQmCC",
  seeThroughGrey:
    "iVBORw0KGgoAAAANSUhEUgAAAAYAAAAEAgAAAADC3wk+AAAAAnRSTlMAApidrBQAAAAUSURBVHicY5AWYMhJYNi4geHYAQAQVgPfbIvjtQAAAABJRU5ErkJggg==",
  progressive:
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoKBggLDAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgr/wgARCAAEAAYDAREAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABUBAQEAAAAAAAAAAAAAAAAAAAIE/9oADAMBAAIQAxAAAAFzL//EABcQAAMBAAAAAAAAAAAAAAAAAAUGBxP/2gAIAQEAAQUCCz9Yy//EABoRAAAHAAAAAAAAAAAAAAAAAAAFBgcVM0H/2gAIAQMBAT8BaxXHkbZg/8QAGhEAAAcAAAAAAAAAAAAAAAAAAAUGBxUyQf/aAAgBAgEBPwF31IbSt9H/xAAWEAADAAAAAAAAAAAAAAAAAAAANEH/2gAIAQEABj8CRh//xAAWEAEBAQAAAAAAAAAAAAAAAADRAAH/2gAIAQEAAT8hfML/2gAMAwEAAgADAAAAEH//xAAYEQACAwAAAAAAAAAAAAAAAABRYQABEf/aAAgBAwEBPxDRQTTn/8QAGBEAAgMAAAAAAAAAAAAAAAAAUWEAARH/2gAIAQIBAT8QzGkW5//EABcQAAMBAAAAAAAAAAAAAAAAAAARYZH/2gAIAQEAAT8QYw2H/9k=",
  /** Colour itself, and not luma and chroma. */
  rgbJpeg:
    "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBggLCAkKCgoKCgYICwwLCgwJCgoK/8AAEQgABAAGA1IRAEcRAEIRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAAwDUgBHAEIAAD8Ap/8ABuJ/yQF/+wXH/wChJW5/w5J/4J5/9Eg/8iR//G6sf8HHf/Jfk/7Ckn/oL1//2Q==",
  /** In colour with a palette for poor screens, and to be turned (EXIF 6). */
  suggestedPalette:
    "iVBORw0KGgoAAAANSUhEUgAAAAYAAAAECAIAAAAiZtkUAAAACVBMVEX/AAAA/wAAAP8tSs2KAAAAGmVYSWZNTQAqAAAACAABARIAAwAAAAEABgAAAAAAANZnS2kAAABISURBVHicDcjBAABRCATQwclgL0FkkMYYpJFBlyAyCKf97/gAnGANRUTCBx+gJ7qmRY1UH33FE66xyEj68FWf9FoXO7J9+vsBQtggWTpGhQEAAAAASUVORK5CYII=",
  greyJpeg:
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoKBggLDAsKDAkKCgr/wAALCAAEAAYBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAABP/EABoQAAEFAQAAAAAAAAAAAAAAAAIAAwo3dbL/2gAIAQEAAD8AHHEoE8tvoF//2Q==",
};
const bytesOf = (name: keyof typeof FILES) =>
  Uint8Array.fromBase64(FILES[name]);

/** The numbers of a picture whose pixel at (y, x) has these. */
function pixels(pixelOf: (y: number, x: number) => number[]): number[] {
  return Array.from({ length: 24 }, (_, i) => pixelOf(Math.floor(i / 6), i % 6))
    .flat();
}

Deno.test("PNGs of few bits, of a palette and interlaced are read right", () => {
  const cases: [keyof typeof FILES, number, number[]][] = [
    ["grey1", 255, pixels((y, x) => [(x + y) % 3 ? 0 : 255])],
    [
      "palette",
      255,
      pixels((y, x) => [0, 1, 2].map((c) => (x + y) % 3 === c ? 255 : 0)),
    ],
    [
      "seeThroughPalette",
      255,
      pixels((y, x) => {
        const kind = (x + y) % 3;
        const colour = [0, 1, 2].map((c) => kind === c ? 255 : 0);
        return [...colour, [255, 0, 51][kind]];
      }),
    ],
    [
      "seeThroughColour",
      255,
      pixels((
        y,
        x,
      ) => [x * 40, y * 60, 255 - x * 40, x === 2 && y === 1 ? 0 : 255]),
    ],
    [
      "seeThroughGrey",
      255,
      pixels((y, x) => [85 * ((x + y) % 4), (x + y) % 4 === 2 ? 0 : 255]),
    ],
    ["interlaced16", 65_535, pixels((y, x) => [x * 10_000 + y])],
  ];
  for (const [name, most, expected] of cases) {
    const picture = decodePicture(bytesOf(name), name);
    assert.deepEqual([picture.height, picture.width], [4, 6], name);
    assert.equal(picture.most, most, name);
    assert.deepEqual(Array.from(picture.data), expected, name);
  }
});

Deno.test("JPEGs are read, also progressive and grey ones", () => {
  const colour = pixels((y, x) => [x * 40, y * 60, 255 - x * 40, 255]);
  const grey = pixels((_, x) => [x * 40, x * 40, x * 40, 255]);
  for (
    const [name, expected] of [
      ["progressive", colour],
      ["greyJpeg", grey],
      ["rgbJpeg", colour],
    ] as const
  ) {
    const { parts, data } = decodePicture(bytesOf(name), name);
    assert.equal(parts, 4);
    expected.forEach((value, i) =>
      assert.ok(Math.abs(data[i] - value) <= 8, `${name} ${i}: ${data[i]}`)
    );
  }
});

const text = (letters: string) =>
  Uint8Array.from(letters, (letter) => letter.charCodeAt(0));

/** A file with other bytes at some places. */
function withBytes(name: keyof typeof FILES, others: [number, number][]) {
  const bytes = bytesOf(name);
  for (const [place, byte] of others) bytes[place] = byte;
  return bytes;
}

/** What a JPEG's part that says its size begins with. */
const SOF = [0xff, 0xc0];

/** A JPEG with other bytes in the part that begins so. */
function jpegWith(start: number[], others: [number, number][]) {
  const bytes = bytesOf("greyJpeg");
  const at = bytes.findIndex((_, i) =>
    start.every((byte, j) => bytes[i + j] === byte)
  );
  return withBytes("greyJpeg", others.map(([i, byte]) => [at + i, byte]));
}

/** A JPEG of four corners, and what EXIF says of it. */
function cornered(...exif: number[]): Uint8Array {
  const [height, width] = [16, 32];
  const data = Uint8Array.from(
    { length: 4 * height * width },
    (_, i) => {
      const y = Math.floor(i / 4 / width), x = Math.floor(i / 4) % width;
      return i % 4 === 3 ? 255 : 80 * (2 * +(y >= 8) + +(x >= 16));
    },
  );
  const bytes = jpeg.encode({ width, height, data }).data;
  const part = [...text("Exif\0\0"), ...exif];
  return Uint8Array.of(
    ...bytes.subarray(0, 2),
    ...[0xff, 0xe1, 0, part.length + 2, ...part],
    ...bytes.subarray(2),
  );
}

Deno.test("a picture that lies on its side or is mirrored is set upright", () => {
  // Which corner is seen above on the left, on the right, and below them, as
  // EXIF defines it: 0 and 1 above in the file, 2 and 3 below.
  const seen = [
    ...["0123", "1032", "3210", "2301", "0213", "2031", "3120", "1302"],
  ];
  for (const [i, corners] of seen.entries()) {
    const tags = [...text("MM\0*\0\0\0\x08"), 0, 1]
      .concat([1, 0x12, 0, 3, 0, 0, 0, 1, 0, i + 1, 0, 0, 0, 0, 0, 0]);
    const { height, width, data } = decodePicture(cornered(...tags), "a.jpg");
    assert.deepEqual([height, width], i < 4 ? [16, 32] : [32, 16]);
    const at = (y: number, x: number) =>
      Math.round(data[4 * (y * width + x)] / 80);
    const [bottom, right] = [height - 3, width - 3];
    const found = [at(2, 2), at(2, right), at(bottom, 2), at(bottom, right)];
    assert.equal(found.join(""), corners, `orientation ${i + 1}`);
  }
  // The number may have four bytes in place of two.
  const long = [...text("MM\0*\0\0\0\x08"), 0, 1]
    .concat([1, 0x12, 0, 4, 0, 0, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0]);
  assert.equal(decodePicture(cornered(...long), "a.jpg").height, 32);
  const name = "suggestedPalette";
  const picture = decodePicture(bytesOf(name), name);
  assert.deepEqual([picture.height, picture.width], [6, 4]);
  const turned = Array.from({ length: 24 }, (_, i) => {
    const y = 3 - i % 4, x = Math.floor(i / 4);
    return [x * 40, y * 60, 255 - x * 40];
  });
  assert.deepEqual(Array.from(picture.data), turned.flat());
});

Deno.test("EXIF that is cut short leaves a picture as it lies", () => {
  for (const exif of ["", "MM", "MM\0*\0\0\0\0", "MM\0*\0\0\0\x08\0\x09"]) {
    const { height } = decodePicture(cornered(...text(exif)), "a.jpg");
    assert.equal(height, 16, exif);
  }
});

Deno.test("a picture cut anywhere is refused, and never read in part", () => {
  for (const name of ["palette", "progressive", "greyJpeg"] as const) {
    const bytes = bytesOf(name);
    const whole = decodePicture(bytes, name);
    for (let length = 0; length < bytes.length; length++) {
      try {
        // Where nothing of the pixels is missing, they may be read.
        const picture = decodePicture(bytes.slice(0, length), name);
        assert.deepEqual(picture, whole);
      } catch (error) {
        assert.ok(error instanceof Deno.errors.InvalidData, `${error}`);
      }
    }
  }
});

Deno.test("what is no picture that can be read says why", () => {
  const data = new Uint8Array(2 * 3 * 3);
  const damaged = encode({ width: 2, height: 3, data, channels: 3 });
  damaged[45] ^= 4;
  const cases: [Uint8Array, RegExp][] = [
    [new Uint8Array(), /it is empty/],
    [text("hello"), /it is no picture; give PNG or JPEG/],
    [text("GIF89a..."), /it is a GIF; give PNG or JPEG/],
    [text("RIFF1234WEBPVP8 "), /a WebP/],
    [text("\0\0\0\x18ftypheic"), /a HEIC/],
    [text("<!DOCTYPE html><p>Not found"), /a web page/],
    [text('<?xml version="1.0"?>\n<svg>'), /an SVG/],
    [damaged, /damaged or cut short \(CRC mismatch/],
    [bytesOf("interlaced1"), /interlaced, with fewer than 8 bits/],
    [
      withBytes("grey1", [[20, 1]]),
      /16777220 x 6 \(height x width\), more than 100 m/,
    ],
    [jpegWith(SOF, [[4, 12]]), /it has 12 bits a number; save it with 8/],
    [
      jpegWith(SOF, [[5, 255], [7, 255]]),
      /65284 x 65286 \(height x width\), more th/,
    ],
  ];
  for (const [bytes, message] of cases) {
    assert.throws(() => decodePicture(bytes, "a.png"), message, `${message}`);
    assert.throws(
      () => decodePicture(bytes, "a.png"),
      { name: "InvalidData", message: /Cannot read "a.png"/ },
    );
  }
});
