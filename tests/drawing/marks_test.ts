import * as Plot from "@observablehq/plot";
import assert from "node:assert/strict";
import { decode } from "fast-png";
import pl from "nodejs-polars";
import { PixelCanvas } from "../../lib/drawing/pixel_canvas.ts";
import { plotFigure } from "../../lib/drawing/figures.ts";
import { captions, parse, rows, svgOf, xy } from "./svg_of.ts";

/** Marks that need more than places, and what they need. */
const special: Record<string, () => Plot.Markish> = {
  arrow: () => Plot.arrow(rows, { x1: 0, y1: 0, x2: "x", y2: "y" }),
  axisFx: () => [Plot.dot(rows, { ...xy, fx: "x" }), Plot.axisFx()],
  axisFy: () => [Plot.dot(rows, { ...xy, fy: "y" }), Plot.axisFy()],
  cluster: () => Plot.cluster(rows, { path: "name" }),
  frame: () => Plot.frame(),
  geo: () => Plot.geo({ type: "Point", coordinates: [1, 2] }),
  graticule: () => Plot.graticule(),
  gridFx: () => [Plot.dot(rows, { ...xy, fx: "x" }), Plot.gridFx()],
  gridFy: () => [Plot.dot(rows, { ...xy, fy: "y" }), Plot.gridFy()],
  image: () => Plot.image(rows, { ...xy, src: () => "data:image/png,x" }),
  link: () => Plot.link(rows, { x1: 0, y1: 0, x2: "x", y2: "y" }),
  raster: () => Plot.raster(rows.map(({ v }) => v), { width: 6, height: 5 }),
  contour: () => Plot.contour(rows.map(({ v }) => v), { width: 6, height: 5 }),
  sphere: () => Plot.sphere(),
  text: () => Plot.text(rows, { ...xy, text: "name" }),
  tree: () => Plot.tree(rows, { path: "name" }),
};
/** These are on the Earth. */
const ON_EARTH = ["sphere", "graticule"];

type Maker = (...args: unknown[]) => Plot.Markish;

/** How each function of Plot is called, unless it is in `special`. */
function make(name: string): Plot.Markish {
  if (special[name]) return special[name]();
  const maker = (Plot as unknown as Record<string, Maker>)[name];
  return /^(axis|grid)/.test(name)
    ? [Plot.dot(rows, xy), maker()]
    : maker(rows, { ...xy, length: 5, rotate: 0 });
}

/** Those functions of Plot that make marks. */
const makers = Object.keys(Plot).filter((name) => {
  if (!/^[a-z]/.test(name) || /^(marks|column|plot)$/.test(name)) return false;
  try {
    return [make(name)].flat().some((mark) => mark instanceof Plot.Mark);
  } catch {
    return false;
  }
});

Deno.test("every mark of Plot is drawn", () => {
  assert.ok(makers.length > 60, `${makers.length}`);
  for (const name of makers) {
    const plot: Plot.PlotOptions = { marks: [make(name)] };
    if (ON_EARTH.includes(name)) plot.projection = "equal-earth";
    const svg = svgOf(plotFigure(plot, captions));
    const shapes = parse(svg)
      .querySelectorAll("path, circle, rect, line, text, image");
    assert.ok(shapes.length > 0, `${name} draws nothing`);
    assert.ok(!svg.includes("NaN"), `${name} draws at no place`);
  }
});

Deno.test("a raster is a picture of its pixels", () => {
  const raster = Plot.raster([0, 1, 2, 3], {
    ...{ width: 2, height: 2, imageRendering: "pixelated" },
  });
  const svg = svgOf(plotFigure({ marks: [raster] }, captions));
  const [, data] = svg.match(/href="data:image\/png;base64,([^"]+)"/)!;
  const png = decode(Uint8Array.fromBase64(data));
  assert.ok(png.width >= 2 && png.height >= 2);
  assert.ok(new Set(png.data).size > 2);
});

Deno.test("pixels come back from the PNG, of few colours, many, and transparent", () => {
  for (const [colours, alpha] of [[256, 255], [257, 255], [3, 128]]) {
    const canvas = new PixelCanvas();
    const { createImageData, putImageData } = canvas.getContext();
    const pixels = createImageData(20, 30);
    for (let i = 0; i < 600; i++) {
      const number = i % colours;
      pixels.data.set([number & 255, number >> 8, 7, alpha], 4 * i);
    }
    putImageData(pixels);
    const [, base64] = canvas.toDataURL().split(",");
    const png = decode(Uint8Array.fromBase64(base64));
    const found = png.palette
      ? Array.from(png.data, (i) => [...png.palette![i], 255]).flat()
      : [...png.data];
    assert.equal(Boolean(png.palette), colours <= 256 && alpha === 255);
    assert.deepEqual(found, [...pixels.data]);
  }
});

Deno.test("a table of polars is drawn as its rows are", () => {
  const columns = { x: [1, 2, 3], y: [3n, 4n, 5n], of: ["a", "a", "b"] };
  const frame = pl.DataFrame(columns) as unknown as Plot.Data;
  const records = pl.DataFrame(columns).toRecords() as unknown as Plot.Data;
  const ways: ((data: Plot.Data) => Plot.PlotOptions)[] = [
    (data) => ({ marks: [Plot.lineY(data, { x: "x", y: "y" })] }),
    (data) => ({ marks: [[Plot.barY(data, { x: "of", y: "x" })]] }),
    (data) => ({
      marks: [Plot.barX(data, Plot.groupY({ x: "sum" }, { y: "of", x: "x" }))],
    }),
    (data) => ({
      facet: { data, x: "of" },
      marks: [Plot.dot(data, { x: "x", y: "y" })],
    }),
  ];
  for (const way of ways) {
    const svg = svgOf(plotFigure(way(frame), captions));
    assert.equal(svg, svgOf(plotFigure(way(records), captions)));
    const shapes = "[aria-label=line], [aria-label=bar], [aria-label=dot]";
    assert.ok(parse(svg).querySelector(shapes));
  }
});

Deno.test("a mark may be drawn twice", () => {
  const plot = { marks: [Plot.dot(rows, xy)] };
  const [first, second] = [1, 2].map(() => svgOf(plotFigure(plot, captions)));
  assert.equal(first, second);
});

Deno.test("a column that no row has is refused by name", () => {
  const losses = [{ epoch: 1, loss: 0.3 }, { epoch: 2, loss: 0.2 }];
  const x = "epoch";
  const wrong: [Plot.Markish, string][] = [
    [Plot.line(losses, { x, y: "los" }), '"los" as y'],
    [Plot.line(losses, { x: "epohc", y: "loss" }), '"epohc" as x'],
    [Plot.barY(losses, { x, y: "los" }), '"los" as y'],
    [Plot.barY(losses, Plot.groupX({ y: "sum" }, { x, y: "los" })), '"los"'],
    [Plot.barY(losses, Plot.groupX({ y: "count" }, { x: "los" })), '"los"'],
    [Plot.rectY(losses, Plot.binX({ y: "count" }, { x: "los" })), '"los"'],
    [Plot.line(losses, Plot.windowY(2, { x, y: "los" })), '"los" as y'],
    [Plot.dot(losses, { x, y: "loss", fx: "los" }), '"los" as fx'],
    [Plot.dot(losses, { x, y: "loss", fill: "los" }), '"los" as fill'],
  ];
  for (const [mark, name] of wrong) {
    assert.throws(
      () => plotFigure({ marks: [mark] }, captions),
      ({ message }: Error) =>
        message.includes(`the column ${name}`) &&
        message.includes("no row has it; the columns are epoch and loss"),
    );
  }
  const marks = [Plot.line(losses, { x, y: "los" })];
  assert.throws(() => plotFigure({ marks }, captions), {
    message: /you may have meant "loss"$/,
  });
  const numbers = [Plot.lineY([1, 2], { y: "loss" })];
  assert.throws(() => plotFigure({ marks: numbers }, captions), {
    message: /the rows have no columns/,
  });
});

Deno.test("a mark without rows, and what is no mark, is refused", () => {
  const promise = Promise.resolve([1]) as unknown as Plot.Data;
  const refused: [unknown, RegExp][] = [
    [[Plot.lineY(promise)], /"Promise" as the rows .*; put await before/],
    [[Plot.lineY({} as Plot.Data)], /"Object" as the rows of a mark: give/],
    [
      Plot.barY([1]),
      /"Object" as marks: write them in a list, as in marks: \[/,
    ],
    [[5], /"5" as marks/],
  ];
  for (const [marks, message] of refused) {
    const plot = { marks } as Plot.PlotOptions;
    assert.throws(() => plotFigure(plot, captions), {
      name: "TypeError",
      message,
    });
  }
});
