import { type Captions, plotFigure } from "./figures.ts";
import { checkCount } from "../data/images.ts";
import { inWords } from "../errors/in_words.ts";
import { checkOptions } from "../errors/options.ts";
import * as Plot from "@observablehq/plot";

/** Width of a stage: room for "28×28×32" in a wide font. */
const STAGE_PX = 80;

/** The output of a layer: an array of height x width x channels. */
export interface Stage {
  /** The name of the layer that computes it. */
  layer: string;
  height: number;
  width: number;
  channels: number;
}

/**
 * Draws a network from left to right, with a block for each array. A block's height is
 * that of the array; its width grows with the square root of the number of channels.
 * All shrink if one is more than 28 high or has more than 49 channels. The encoder
 * and the decoder appear as blocks that get lower and then higher.
 *
 * @throws {TypeError} when stages are not a list, or one has a wrong or unknown field.
 * @throws {RangeError} when a size is not a whole number above zero.
 */
export function networkDiagram(stages: Stage[], captions: Captions = {}) {
  checkOptions("networkDiagram", captions, ["caption", "alt"]);
  checkStages(stages);
  const halfOf = ({ channels }: Stage) => 6 + 4 * Math.sqrt(channels);
  // Networks larger than those of the course are shrunk so that they fit.
  const rise = 28 / Math.max(28, ...stages.map(({ height }) => height));
  const spread = 34 / Math.max(34, ...stages.map(halfOf));
  const blocks = stages.map((stage, i) => ({
    ...stage,
    x: STAGE_PX * (i + 0.5),
    half: halfOf(stage) * spread,
    up: stage.height * rise / 2,
    size: stage.height * stage.width * stage.channels,
  }));
  return plotFigure({
    width: STAGE_PX * stages.length,
    height: 250,
    axis: null,
    margin: 10,
    marginLeft: 10,
    marginBottom: 10,
    x: { domain: [0, STAGE_PX * stages.length] },
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
