import { encode } from "fast-png";
import jpeg from "jpeg-js";
import assert from "node:assert/strict";
import { decodePicture } from "../lib/picture_file.ts";

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
    ] as const
  ) {
    const { parts, data } = decodePicture(bytesOf(name), name);
    assert.equal(parts, 4);
    expected.forEach((value, i) =>
      assert.ok(Math.abs(data[i] - value) <= 8, `${name} ${i}: ${data[i]}`)
    );
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
  const text = (start: string) =>
    Uint8Array.from(start, (letter) => letter.charCodeAt(0));
  const data = new Uint8Array(2 * 3 * 3);
  const turned = jpeg.encode({
    width: 8,
    height: 8,
    data: new Uint8Array(256),
  }).data;
  const orientation = [0xff, 0xe1, 0, 34, ...text("Exif\0\0MM\0*\0\0\0\x08")]
    .concat([0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]);
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
      Uint8Array.of(
        ...turned.subarray(0, 2),
        ...orientation,
        ...turned.subarray(2),
      ),
      /lies on its side or is mirrored \(EXIF orientation 6\)/,
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
