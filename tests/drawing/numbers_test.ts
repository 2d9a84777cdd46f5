import assert from "node:assert/strict";
import * as Plot from "@observablehq/plot";
import { plotFigure } from "../../lib/mod.ts";

const captions = { caption: "Figure 1. What it shows.", alt: "What one sees." };

/** The tables below a chart, each as its rows of texts, the heads first. */
function tables(plot: Plot.PlotOptions): string[][][] {
  const { html } = plotFigure(plot, captions);
  return [...html.matchAll(/<table>([\s\S]*?)<\/table>/g)].map(([, table]) =>
    [...table.matchAll(/<tr>(.*?)<\/tr>/g)].map(([, row]) =>
      [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, text]) => text)
    )
  );
}

/** Points of two series, `count` each. */
const twoSeries = (count: number) =>
  ["first", "second"].flatMap((series, k) =>
    Array.from(
      { length: count },
      (_, i) => ({ series, epoch: i, loss: k + i / 7 }),
    )
  );

const channels = { x: "epoch", y: "loss", stroke: "series" };

Deno.test("bars have their numbers, with the labels of the axes", () => {
  const counts = [{ digit: 0, n: 5923 }, { digit: 1, n: 0.123456 }];
  const marks = [
    Plot.barY(counts, { x: "digit", y: "n" }),
    Plot.ruleY([0]),
    Plot.text(["hello"]),
  ];
  assert.deepEqual(tables({ x: { label: "digit →" }, marks }), [
    [["digit", "n"], ["0", "5,923"], ["1", "0.1235"]],
  ]);
});

Deno.test("a histogram has the limits of its bars", () => {
  const shares = [{ from: 0, to: 8, share: 80 }, { from: 8, to: 16, share: 2 }];
  const marks = [Plot.rectY(shares, { x1: "from", x2: "to", y: "share" })];
  assert.deepEqual(tables({ x: { label: "grey" }, marks }), [
    [["grey, from", "grey, to", "share"], ["0", "8", "80"], ["8", "16", "2"]],
  ]);
});

Deno.test("a line and the dots on it are one table, with the series first", () => {
  const points = twoSeries(2);
  const marks = [Plot.line(points, channels), Plot.dot(points, channels)];
  assert.deepEqual(tables({ marks }), [[
    ["series", "epoch", "loss"],
    ["first", "0", "0"],
    ["first", "1", "0.1429"],
    ["second", "0", "1"],
    ["second", "1", "1.143"],
  ]]);
});

Deno.test("of long lines there are eleven points, the first and the last among them", () => {
  const marks = [Plot.line(twoSeries(71), channels)];
  const [rows] = tables({ marks });
  assert.match(plotFigure({ marks }, captions).html, />22 of 142 points</);
  assert.equal(rows.length, 1 + 2 * 11);
  assert.deepEqual(rows[1], ["first", "0", "0"]);
  assert.deepEqual(rows[11], ["first", "70", "10"]);
  assert.deepEqual(rows[22], ["second", "70", "11"]);
});

Deno.test("of many dots there are the means of each series", () => {
  const [rows] = tables({ marks: [Plot.dot(twoSeries(71), channels)] });
  assert.deepEqual(rows, [
    ["series", "epoch, mean", "loss, mean", "points"],
    ["first", "35", "5", "71"],
    ["second", "35", "6", "71"],
  ]);
});

Deno.test("words on an axis, and panels, name the series", () => {
  const results = [{ name: "a", dB: 20, set: "clean" }, {
    ...{ name: "b", dB: NaN, set: "noisy" },
  }];
  const marks = [Plot.dot(results, { x: "dB", y: "name", fy: "set" })];
  assert.deepEqual(tables({ y: { label: null }, marks }), [[
    ["set", "name", "dB"],
    ["clean", "a", "20"],
  ]]);
});

Deno.test("what is not drawn is not in the table, and groups stand in their panels", () => {
  const rows = [
    { set: "a", x: 1, y: 5, isGood: true },
    { set: "a", x: 2, y: 7, isGood: false },
    { set: "b", x: 3, y: null, isGood: true },
    { set: "b", x: 4, y: 9, isGood: true },
  ];
  const place = Plot.filter("isGood", { x: "x", y: "y" });
  assert.deepEqual(tables({ marks: [Plot.dot(rows, place)] }), [
    [["x", "y"], ["1", "5"], ["4", "9"]],
  ]);
  const groups = Plot.groupX({ y: "count" }, { x: "isGood", fx: "set" });
  assert.deepEqual(tables({ marks: [Plot.barY(rows, groups)] }), [[
    ["set", "isGood", "Frequency"],
    ["a", "true", "1"],
    ["a", "false", "1"],
    ["b", "true", "2"],
  ]]);
});

Deno.test("numbers shown by a shade or a size are there, and whole ones in full", () => {
  const rows = [{ x: 1, y: 2, n: 12_345, part: 0.123456 }];
  const marks = [Plot.dot(rows, { x: "x", y: "y", r: "n", fill: "part" })];
  assert.deepEqual(tables({ color: { label: "share" }, marks }), [[
    ["x", "y", "share", "n"],
    ["1", "2", "0.1235", "12,345"],
  ]]);
});

Deno.test("of many bars, or dots of one kind, there are the first", () => {
  const rows = Array.from({ length: 50 }, (_, i) => ({ i, value: i / 7 }));
  for (
    const mark of [
      Plot.barY(rows, { x: "i", y: "value" }),
      Plot.dot(rows, { x: "i", y: "value" }),
    ]
  ) {
    const [shown] = tables({ marks: [mark] });
    assert.equal(shown.length, 46);
    assert.deepEqual(shown[45], ["44", "6.286"]);
    const { html } = plotFigure({ marks: [mark] }, captions);
    assert.match(html, />the first 45 of 50</);
  }
});

Deno.test("a mark's description is the caption of its table, and a guide has none", () => {
  const points = [{ x: 0, y: 1e-9 }, { x: 1, y: 2 }, { x: 2, y: 0 }];
  const { html } = plotFigure({
    marks: [
      Plot.line([[0, 0], [1, 1]]),
      Plot.line(points, { x: "x", y: "y", ariaDescription: "measured" }),
    ],
  }, captions);
  const captionsOf = [...html.matchAll(/<caption[^>]*>(.*?)<\/caption>/g)];
  assert.deepEqual(captionsOf.map(([, text]) => text), ["measured"]);
  assert.match(html, />1.000e-9</);
});

Deno.test("lines of several z, numbers too, keep their own points", () => {
  const points = [0.1, 0.5].flatMap((p) =>
    Array.from({ length: 50 }, (_, x) => ({ p, x, y: p * x }))
  );
  const marks = [Plot.line(points, { x: "x", y: "y", z: "p" })];
  const [[head, ...rows]] = tables({ marks });
  assert.deepEqual(head, ["p", "x", "y"]);
  assert.deepEqual(rows[10], ["0.1", "49", "4.9"]);
  assert.deepEqual(rows[21], ["0.5", "49", "24.5"]);
});

Deno.test("a picture without axes has no numbers, nor are colours series", () => {
  const points = [{ x: 0, y: 1, fill: "#0072b2" }];
  const marks = [Plot.dot(points, { x: "x", y: "y", fill: "fill" })];
  assert.deepEqual(tables({ marks }), [[["x", "y"], ["0", "1"]]]);
  assert.deepEqual(tables({ marks, axis: null }), []);
  const none = { axis: null };
  assert.deepEqual(tables({ marks, x: none, y: none }), []);
});

Deno.test("a chart without numbers has no table", () => {
  assert.deepEqual(tables({ marks: [Plot.ruleY([0]), Plot.text(["a"])] }), []);
  assert.deepEqual(tables({ marks: [Plot.dot([], { x: "a", y: "b" })] }), []);
});
