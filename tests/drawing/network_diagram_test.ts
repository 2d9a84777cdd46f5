import assert from "node:assert/strict";
import { networkDiagram } from "../../lib/drawing/network_diagram.ts";
import { captions, parse, svgOf } from "./svg_of.ts";

const stage = { layer: "pool", height: 14, width: 14, channels: 32 };

/** Of each block x, y, width and height, in pixels. */
function blocksOf(stages: typeof stage[]): number[][] {
  const svg = svgOf(networkDiagram(stages, captions));
  return [...svg.matchAll(/<rect ([^>]*)>/g)].map(([, attributes]) =>
    ["x", "y", "width", "height"].map((name) =>
      Number(attributes.match(new RegExp(`\\b${name}="([^"]*)"`))![1])
    )
  );
}

Deno.test("blocks of a large network lie inside the figure, side by side", () => {
  const large = { layer: "conv", height: 256, width: 256, channels: 512 };
  const blocks = blocksOf([large, stage, large]);
  assert.equal(blocks.length, 3);
  blocks.forEach(([x, y, width, height], i) => {
    const next = i < 2 ? blocks[i + 1][0] : 3 * 80;
    assert.ok(x > 0 && x + width <= next, `${x} ${width}`);
    assert.ok(y > 30 && y + height < 220, `${y} ${height}`);
  });
});

Deno.test("stages that cannot be drawn are refused", () => {
  const cases: [unknown, RegExp][] = [
    [[], /give a list of stages/],
    [stage, /give a list of stages/],
    [[{ ...stage, height: undefined }], /"undefined" as height of "pool"/],
    [[{ ...stage, channels: 0 }], /"0" as channels of "pool"/],
    [[{ ...stage, layer: 3 }], /its name must be a text/],
    [[{ ...stage, name: "x" }], /has no such option/],
  ];
  for (const [stages, message] of cases) {
    assert.throws(
      () => networkDiagram(stages as [typeof stage], captions),
      message,
    );
  }
  const misspelt = { ...captions, title: "x" };
  assert.throws(() => networkDiagram([stage], misspelt), /use "caption"/);
});

Deno.test("a diagram has a block for each stage", () => {
  const svg = svgOf(networkDiagram([stage, stage], captions));
  assert.equal(
    parse(svg).querySelectorAll("g[aria-label=rect] rect").length,
    2,
  );
  assert.ok(svg.includes("= 6,272") && svg.includes("14×14×32"));
});
