import * as Plot from "@observablehq/plot";
import assert from "node:assert/strict";
import {
  differenceCiede2000,
  filterDeficiencyDeuter,
  filterDeficiencyProt,
  filterDeficiencyTrit,
  wcagContrast,
} from "culori";
import { captions, parse, rows, svgOf, xy } from "./svg_of.ts";
import {
  COLOURS,
  plotFigure,
  STYLE,
  TEXT_COLOURS,
} from "../../lib/drawing/figures.ts";

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

Deno.test("places are rounded to hundredths of a pixel, and nothing else is", () => {
  const data = [1 / 3, 2 / 3, 1].map((value) => ({ value }));
  const mark = Plot.dot(data, {
    ...{ x: "value", y: "value", title: (d) => `${d.value}` },
    ...{ strokeOpacity: 0.00123, stroke: "red" },
  });
  const svg = svgOf(plotFigure({ marks: [mark] }, captions));
  assert.match(svg, /stroke-opacity="0.00123"/);
  assert.ok(svg.includes("<title>0.6666666666666666</title>"), svg);
  const circles = [...parse(svg).querySelectorAll("circle")];
  const wide = 640 - 50 - 20; // less the margins; the first dot is at the left
  assert.deepEqual(
    circles.map((circle) => circle.getAttribute("cx")),
    ["50", `${50 + wide / 2}`, `${50 + wide}`],
  );
  const ticks = svg.match(/translate\([\d.]+,[\d.]+\)/g)!;
  assert.ok(ticks.some((tick) => tick.includes(".")));
  for (const tick of ticks) assert.doesNotMatch(tick, /\.\d{3}/);
});

Deno.test("the blue is lighter on dark ground", () => {
  const svg = svgOf(
    plotFigure({ marks: [Plot.dot([1], { fill: COLOURS.clean })] }, captions),
  );
  const [, dark] = svg.split("prefers-color-scheme: dark");
  assert.match(dark, /\[fill="#0072b2"\] \{ fill: #56b4e9; \}/);
});

Deno.test("words in any colour of the figures can be read on both grounds", () => {
  const GROUNDS = ["#ffffff", "#1e1e1e"];
  for (const ground of GROUNDS) assert.ok(STYLE.includes(ground));
  const colours = Object.values(COLOURS) as string[];
  for (const colour of colours) assert.ok(colour in TEXT_COLOURS, colour);
  for (const [colour, shades] of Object.entries(TEXT_COLOURS)) {
    const text = Plot.text(["a"], { x: 1, y: 1, fill: colour });
    const svg = parse(svgOf(plotFigure({ marks: [text] }, captions)));
    const sheet = [...svg.querySelectorAll("style")].at(-1)!.textContent;
    const fill = svg.querySelector("g[aria-label=text]")!.getAttribute("fill");
    assert.equal(fill, colour);
    const [light, dark] = [...sheet.matchAll(
      new RegExp(`\\[fill="${colour}"\\] text \\{ fill: (#\\w+); \\}`, "g"),
    )].map(([, shade]) => shade);
    assert.deepEqual([light, dark], shades);
    shades.forEach((shade, i) => {
      const contrast = wcagContrast(shade, GROUNDS[i]);
      assert.ok(contrast >= 4.5, `${shade}: ${contrast.toFixed(2)}`);
    });
  }
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

Deno.test("a style may be text", () => {
  const svg = svgOf(plotFigure({ style: "color: red" }, captions));
  assert.match(svg, /^<svg[^>]* style="color: red"/);
});

/** Above 10 two colours are told apart at a glance (CIEDE2000). */
const LEAST = 10;
const difference = differenceCiede2000();

Deno.test("clean, noisy and denoised differ for each kind of colour vision", () => {
  const { clean, noisy, denoised } = COLOURS;
  const [, lighter] = STYLE.match(/{ fill: (#\w+); }/)!;
  const same = <Colour>(colour: Colour) => colour;
  for (const blue of [clean, lighter]) {
    for (
      const seen of [
        same,
        filterDeficiencyProt(1),
        filterDeficiencyDeuter(1),
        filterDeficiencyTrit(1),
      ]
    ) {
      const pairs = [[blue, noisy], [blue, denoised], [noisy, denoised]];
      for (const [one, other] of pairs) {
        const distance = difference(seen(one), seen(other));
        assert.ok(distance > LEAST, `${one}, ${other}: ${distance}`);
      }
    }
  }
});
