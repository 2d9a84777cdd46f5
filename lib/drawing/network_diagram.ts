import type { Captions } from "./figures.ts";
import { plotFigure } from "./figures.ts";
import { checkCount } from "../data/images.ts";
import { inWords } from "../errors/in_words.ts";
import { checkOptions } from "../errors/options.ts";
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
 * image is and as wide as the root of its channels (all smaller, where one is more
 * than 28 high or has more than 49 channels), so that encoder and decoder
 * show as a narrowing and a widening.
 *
 * @throws {TypeError} when stages are no list, or one lacks what a stage has.
 * @throws {RangeError} when a size is no whole number above zero.
 */
export function networkDiagram(stages: Stage[], captions: Captions = {}) {
  checkOptions("networkDiagram", captions, ["caption", "alt"]);
  checkStages(stages);
  const halfOf = ({ channels }: Stage) => 6 + 4 * Math.sqrt(channels);
  // What is larger than the course's networks is drawn smaller, to stay inside.
  const rise = 28 / Math.max(28, ...stages.map(({ height }) => height));
  const spread = 34 / Math.max(34, ...stages.map(halfOf));
  const blocks = stages.map((stage, i) => ({
    ...stage,
    x: 72 * i + 36,
    half: halfOf(stage) * spread,
    up: stage.height * rise / 2,
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
        y1: ({ up }) => -up,
        y2: "up",
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

function checkStages(stages: Stage[]) {
  if (!Array.isArray(stages) || stages.length === 0) {
    throw new TypeError(
      `Cannot draw "${inWords(stages)}": give a list of stages, such as ` +
        `[{ layer: "pool", height: 14, width: 14, channels: 32 }]`,
    );
  }
  for (const stage of stages) {
    checkOptions("a stage of networkDiagram", stage, [
      "layer",
      "height",
      "width",
      "channels",
    ]);
    if (typeof stage.layer !== "string") {
      throw new TypeError(
        `Cannot draw layer "${inWords(stage.layer)}": its name must be a text`,
      );
    }
    for (const name of ["height", "width", "channels"] as const) {
      checkCount(`${name} of "${stage.layer}"`, stage[name]);
    }
  }
}
