import type { Captions } from "./figures.ts";
import { plotFigure } from "./figures.ts";
import * as Plot from "@observablehq/plot";

/** What lies between two layers: an array of height x width x channels. */
export interface Stage {
  /** The layer that makes it. */
  layer: string;
  height: number;
  width: number;
  channels: number;
}

/**
 * A drawing of a network from left to right: a block an array, as high as the
 * image is and as wide as the root of its channels, so that encoder and decoder
 * show as a narrowing and a widening.
 */
export function networkDiagram(stages: Stage[], captions: Captions) {
  const blocks = stages.map((stage, i) => ({
    ...stage,
    x: 72 * i + 36,
    half: 6 + 4 * Math.sqrt(stage.channels),
    size: stage.height * stage.width * stage.channels,
  }));
  return plotFigure({
    width: 72 * stages.length,
    height: 250,
    axis: null,
    margin: 10,
    marginLeft: 10,
    marginBottom: 10,
    x: { domain: [0, 72 * stages.length] },
    y: { domain: [-26, 24] },
    marks: [
      Plot.rect(blocks, {
        x1: ({ x, half }) => x - half,
        x2: ({ x, half }) => x + half,
        y1: ({ height }) => -height / 2,
        y2: ({ height }) => height / 2,
        fill: "#0072b2",
        fillOpacity: 0.35,
        stroke: "currentColor",
      }),
      Plot.text(blocks, { x: "x", y: 20, text: "layer", fontSize: 11 }),
      Plot.text(blocks, {
        x: "x",
        y: -19,
        text: ({ height, width, channels }) => `${height}×${width}×${channels}`,
      }),
      Plot.text(blocks, {
        x: "x",
        y: -23,
        text: ({ size }) => `= ${size.toLocaleString("en-US")}`,
      }),
    ],
  }, captions);
}
