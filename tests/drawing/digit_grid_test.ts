import { decode } from "fast-png";
import assert from "node:assert/strict";
import { digitGrid } from "../../lib/drawing/digit_grid.ts";
import { captions, svgOf } from "./svg_of.ts";

Deno.test("the pixels of a digit grid are those of the images", () => {
  const images = Float32Array.from({ length: 2 * 784 }, (_, i) => i / 1567);
  const svg = svgOf(digitGrid([{ label: "ramp", images }], captions));
  const [png] = pngsOf(svg);
  assert.deepEqual([png.height, png.width, png.channels], [28, 60, 1]);
  for (const [image, y, x] of [[0, 0, 0], [0, 27, 27], [1, 5, 9]]) {
    const expected = Math.round(255 * images[image * 784 + y * 28 + x]);
    assert.equal(png.data[y * png.width + image * 30 + x], expected);
  }
  // Drawn twice as large, and seen where the pictures are, not between them.
  assert.match(svg, /<image width="120" height="56" clip-path="url\(#pictures/);
  const boxes = "M0 0h56v56h-56zM60 0h56v56h-56z";
  assert.ok(svg.includes(`<clipPath id="pictures"><path d="${boxes}"/>`), svg);
  assert.ok(
    svg.includes(`<path d="${boxes}" fill="none" stroke="current`),
    svg,
  );
});

Deno.test("a digit grid weighs little more than its pixels", () => {
  const images = Float32Array.from({ length: 10 * 784 }, Math.random);
  const { html } = digitGrid([{ label: "noise", images }], captions);
  assert.ok(html.length < 1.7 * images.length, `${html.length}`);
});

Deno.test("errors are red above zero and blue below", () => {
  const images = new Float32Array(784);
  images.set([1, -1, 0]);
  const figure = digitGrid(
    [{ label: "error", images, scale: "error" }],
    captions,
  );
  const [{ data }] = pngsOf(svgOf(figure));
  assert.deepEqual([...data.slice(0, 3)], [255, 0, 0]);
  assert.deepEqual([...data.slice(3, 6)], [0, 0, 255]);
  assert.deepEqual([...data.slice(6, 9)], [255, 255, 255]);
});

Deno.test("rows of unequal length are refused", () => {
  const rows = [784, 1568].map((length) => ({
    label: `${length}`,
    images: new Float32Array(length),
  }));
  assert.throws(() => digitGrid(rows, captions), /Cannot draw row "1568"/);
});

function pngsOf(svg: string) {
  return [...svg.matchAll(/data:image\/png;base64,([^"]+)"/g)]
    .map(([, data]) => decode(Uint8Array.fromBase64(data)));
}

Deno.test("colour pictures of any size are drawn in colour, and not stretched", () => {
  const size = { height: 32, width: 48, channels: 3 };
  const images = Float32Array.from(
    { length: 2 * 32 * 48 * 3 },
    (_, i) => i % 256 / 255,
  );
  const rows = [
    { label: "colour", images },
    { label: "error", images: images.fill(-1, 3, 6), scale: "error" as const },
  ];
  const [colour, error] = pngsOf(svgOf(digitGrid(rows, {
    ...captions,
    ...size,
  })));
  assert.deepEqual([colour.width, colour.height], [2 * 52, 32]);
  const at = 3 * (31 * colour.width + 52 + 47); // last pixel of the second
  const last = images.subarray(-3).map((value) => Math.round(255 * value));
  assert.deepEqual([...colour.data.slice(at, at + 3)], [...last]);
  assert.deepEqual([...error.data.slice(3, 6)], [0, 0, 0]);
  assert.deepEqual([...error.data.slice(0, 3)], [128, 128, 129]);
});

Deno.test("small pictures are enlarged, and many go on below", () => {
  const images = new Float32Array(50 * 25).fill(1);
  const columns = Array.from({ length: 50 }, (_, i) => `p${i}`);
  const rows = [{ label: "a", images }, { label: "b", images }];
  const size = { height: 5, width: 5 };
  const svg = svgOf(digitGrid(rows, { ...captions, ...size, columns }));
  const pngs = pngsOf(svg);
  assert.equal(pngs.length, 2 * 4); // 14 and 14 and 14 and 8
  // 50 pixels wide and 10 times as large, with a gap of 4 rounded up to 10.
  assert.deepEqual(
    [pngs[0].width, pngs[7].width, pngs[0].height],
    [13 * 6, 11 * 6, 5],
  );
  assert.match(svg, /<image [^>]*width="780" height="50"/);
  for (const column of columns) assert.ok(svg.includes(`>${column}</text>`));
});

Deno.test("rows, sizes and options that cannot be drawn are refused", () => {
  const images = new Float32Array(1568);
  const row = { label: "row", images };
  const bytes = new Uint8Array(784);
  const cases: [unknown, object, RegExp][] = [
    [[], {}, /give a list of rows/],
    [row, {}, /give a list of rows/],
    [[images], {}, /"Float32Array": give a list of rows/],
    [[{ images }], {}, /its label must be a text/],
    [[{ ...row, scale: "gray" }], {}, /its scale is "'gray'"; use "grey"/],
    [[{ ...row, image: 1 }], {}, /use "images"/],
    [[{ ...row, images: bytes }], {}, /divide them by 255/],
    [[{ ...row, images: images.with(3, NaN) }], {}, /"NaN" \(number 3\)/],
    [[{ ...row, images: images.with(3, 255) }], {}, /divide them by 255/],
    [[row], { columns: ["one"] }, /of 2 images a row give 2 labels/],
    [[row], { columns: [3, 4] }, /"3" below a column: .*map\(String\)/],
    [[row], { columns: "ab" }, /give 2 labels in a list/],
    [[row], { title: "x" }, /use "caption"/],
    [[row], { channels: 2 }, /"2" channels: 1 is grey/],
    [[row], { channels: 3 }, /no whole images of 28 x 28 x 3/],
    [[row], { height: 2, width: 2 }, /"392" images a row: at most 200/],
    [[row], { caption: null }, /a figure with caption "null": give/],
    [[row], { alt: "" }, /a figure with alt "''": give/],
  ];
  for (const [rows, options, message] of cases) {
    assert.throws(
      () => digitGrid(rows as [], { ...captions, ...options }),
      message,
    );
  }
  const text = "Two digits." as unknown as typeof captions;
  assert.throws(() => digitGrid([row], text), /write them in braces/);
  assert.ok(!digitGrid([row]).html.includes("figcaption"));
});

Deno.test("long labels get room, and do not lie on one another", () => {
  const images = new Float32Array(10 * 784);
  const label = "a label of thirty letters or so";
  const columns = Array.from({ length: 10 }, (_, i) => `${i} of a long kind`);
  const svg = svgOf(digitGrid([{ label, images }], { ...captions, columns }));
  const left = Number(svg.match(/<g transform="translate\((\d+) /)![1]);
  assert.ok(left >= 8 * label.length, `${left}`);
  const middles = [...svg.matchAll(/<text x="(\d+)" y="\d+" text-anchor="mid/g)]
    .map(([, x]) => Number(x));
  const [first, second] = middles;
  assert.ok(second - first >= 7 * columns[0].length, `${first} ${second}`);
  assert.ok(Math.max(...middles) < 1_100);
});
