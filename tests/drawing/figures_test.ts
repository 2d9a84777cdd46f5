import * as Plot from "@observablehq/plot";
import assert from "node:assert/strict";
import { decode } from "fast-png";
import pl from "nodejs-polars";
import { parseHTML } from "linkedom";
import { COLOURS, plotFigure } from "../../lib/drawing/figures.ts";
import { networkDiagram } from "../../lib/drawing/network_diagram.ts";
import type { Shown } from "../../lib/notebook/shown.ts";
import { trainingFigure } from "../../lib/drawing/training_figure.ts";

const captions = { caption: 'a < b & "c"', alt: 'An "alt" <text>' };

function svgOf({ html }: Shown): string {
  const [, data] = html.match(/data:image\/svg\+xml;base64,([^"]+)"/)!;
  return new TextDecoder().decode(Uint8Array.fromBase64(data));
}

function parse(svg: string) {
  return parseHTML(svg).document as unknown as Document;
}

Deno.test("captions are escaped, and shown with the figure", () => {
  const { html } = plotFigure({ marks: [Plot.ruleY([0])] }, captions);
  assert.ok(
    html.includes("<figcaption>a &lt; b &amp; &quot;c&quot;</figcaption>"),
  );
  assert.ok(html.includes('alt="An &quot;alt&quot; &lt;text&gt;"'));
});

Deno.test("a chart is an image of its own, with colours for light and dark", () => {
  const data = [1, 2, 3].map((value) => ({ value }));
  const svg = svgOf(
    plotFigure({ marks: [Plot.barX(data, { x: "value" })] }, captions),
  );
  assert.match(svg, /^<svg[^>]* xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  assert.match(svg, /prefers-color-scheme: dark/);
  assert.equal(parse(svg).querySelectorAll("g[aria-label=bar] rect").length, 3);
});

Deno.test("the blue is lighter on dark ground", () => {
  const svg = svgOf(
    plotFigure({ marks: [Plot.dot([1], { fill: COLOURS.clean })] }, captions),
  );
  const [, dark] = svg.split("prefers-color-scheme: dark");
  assert.match(dark, /\[fill="#0072b2"\] \{ fill: #56b4e9; \}/);
});

Deno.test("of two lines that end close together the upper one has the upper label", () => {
  for (const [training, validation] of [[0.14, 0.13], [0.13, 0.14]]) {
    const points = [
      { epoch: 1, loss: training, series: "training" as const },
      { epoch: 1, loss: validation, series: "validation" as const },
    ];
    const svg = svgOf(
      trainingFigure(
        { points, epochs: 2, floor: 0.05, step: 1, steps: 2, elapsed: 1 },
        captions,
      ),
    );
    const heights = [0.14, 0.13].map((loss) => {
      const [label] = [...parse(svg).querySelectorAll("text")]
        .filter(({ textContent }) => textContent?.endsWith(loss.toFixed(4)));
      const of = (element: Element) =>
        Number(element.getAttribute("transform")?.match(/,(-?[\d.]+)\)/)?.[1]);
      return of(label) + of(label.parentElement!);
    });
    assert.ok(heights[1] - heights[0] > 16, String(heights));
  }
});

Deno.test("a training figure says how far, how fast and how long still", () => {
  const points = [1, 2, 3].map((epoch) => ({
    epoch,
    loss: 0.2 / epoch,
    series: "training" as const,
  }));
  const state = { points, epochs: 10, floor: 0.0581, steps: 1_000 };
  const draw = (step: number, elapsed: number) =>
    trainingFigure({ ...state, step, elapsed }, captions);
  assert.ok(
    draw(250, 50_000).html.includes(
      "step 250 of 1000, 200 ms a step, 0:50 min so far, 2:30 min left",
    ),
  );
  const ended = (step: number, end: "done" | "stopped") =>
    trainingFigure(
      { ...state, step, elapsed: 61_000, end, isSaved: true },
      captions,
    ).html;
  assert.ok(ended(1_000, "done").includes("done in 1:01 min"));
  // Even after the last step: its validation loss is missing.
  assert.ok(
    ended(1_000, "stopped").includes("stopped after 1:01 min; to go on"),
  );
  assert.ok(ended(0, "done").includes('value="100"'));
  assert.ok(draw(0, 0).html.includes("step 0 of 1000"));
  const svg = svgOf(draw(250, 50_000));
  assert.ok(svg.includes("floor 0.0581") && svg.includes("training 0.0667"));
});

Deno.test("a live figure is small and quick to draw", () => {
  const points = Array.from({ length: 480 }, (_, i) => ({
    epoch: i / 48,
    loss: 0.1 + 0.1 / (i + 1),
    series: "training" as const,
  }));
  const state = {
    points,
    epochs: 10,
    floor: 0.0581,
    step: 1,
    steps: 2,
    elapsed: 3,
  };
  const start = performance.now();
  for (let i = 0; i < 10; i++) trainingFigure(state, captions);
  assert.ok(performance.now() - start < 2_000);
  assert.ok(trainingFigure(state, captions).html.length < 20_000);
});

Deno.test("a diagram has a block for each stage", () => {
  const stage = { layer: "pool", height: 14, width: 14, channels: 32 };
  const svg = svgOf(networkDiagram([stage, stage], captions));
  assert.equal(
    parse(svg).querySelectorAll("g[aria-label=rect] rect").length,
    2,
  );
  assert.ok(svg.includes("= 6,272") && svg.includes("14×14×32"));
});

const rows = Array.from({ length: 30 }, (_, i) => ({
  x: i % 6,
  y: Math.floor(i / 6),
  v: 1 + i / 30,
  name: `a/b${i}`,
}));
const xy = { x: "x", y: "y" };

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
  const { width, height, data: pixels } = decode(Uint8Array.fromBase64(data));
  assert.ok(width >= 2 && height >= 2);
  assert.ok(new Set(pixels).size > 2);
});

Deno.test("what is drawn beside a chart, or is no option, is refused by name", () => {
  const refused: [object, RegExp][] = [
    [{ title: "T" }, /"title" beside a chart: say it in the caption/],
    [{ subtitle: "T" }, /"subtitle" beside/],
    [{ caption: "T" }, /"caption" beside/],
    [{ figure: true }, /"figure" beside/],
    [{ color: { legend: true } }, /legend of "color" beside.*Plot.text/],
    [{ opacity: { legend: true } }, /legend of "opacity"/],
    [{ width: "wide" }, /width "'wide'": give a number of pixels, such as 400/],
    [{ height: -5 }, /height "-5": give a number of pixels/],
    [{ height: NaN }, /height "NaN": give a number/],
    [{ marginLeft: "50" }, /marginLeft "'50'": give a number, such as 10/],
    [{ inset: null }, /inset "null": give a number/],
    [{ x: "epoch" }, /scale x "'epoch'": give its options.*in the marks/],
    [{ widht: 3 }, /"widht": plotFigure has no such option/],
    [[Plot.dot(rows, xy)], /"0": plotFigure has no such option/],
  ];
  for (const [options, message] of refused) {
    assert.throws(() => plotFigure(options, captions), { message });
  }
  const noText = { caption: 3 } as unknown as typeof captions;
  assert.throws(() => plotFigure({}, noText), {
    message: /a figure with caption "3": give/,
  });
});

Deno.test("while one tries something, caption and alt may be left out", () => {
  const plot = { marks: [Plot.dot(rows, xy)] };
  const { html, text } = plotFigure(plot);
  assert.match(html, /alt="A figure without a description."/);
  assert.ok(!html.includes("figcaption"));
  assert.equal(text, "A figure without a description.");
  assert.match(plotFigure(plot, { caption: "Dots." }).html, /alt="Dots."/);
  const { html: other } = plotFigure(plot, { alt: "Dots." });
  assert.ok(!other.includes("undefined"));
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

Deno.test("a style may be text", () => {
  const svg = svgOf(plotFigure({ style: "color: red" }, captions));
  assert.match(svg, /^<svg[^>]* style="color: red"/);
});
