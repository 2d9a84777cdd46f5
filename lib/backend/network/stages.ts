/**
 * Which networks can run as one: stacks of 3 by 3 convolutions with relu, 2 by 2
 * pooling and upsampling, which end in upsampling and one channel of probabilities.
 * Every other network runs layer by layer.
 */

import { util } from "@tensorflow/tfjs-core";
import {
  layers as tfLayers,
  type LayersModel,
  type SymbolicTensor,
} from "@tensorflow/tfjs-layers";
import {
  hasOwnCall,
  innerConvolution,
  type Weight,
} from "../internals/layers.ts";
import { DIRECT, OUTPUT, UPSAMPLED, WINOGRAD } from "../threads/jobs.ts";

/** With smaller images too much of a tile would be outside: they run layer by layer. */
const MIN_SIDE_PIXELS = 3;

type Layer = LayersModel["layers"][number];
type Model = Pick<LayersModel, "layers" | "inputs" | "outputs">;

/** A convolution with the upsampling before it and the pooling after it. */
export interface Stage {
  kind: number;
  pooled: boolean;
  h: number;
  w: number;
  cin: number;
  cout: number;
  filter: Weight;
  bias: Weight;
}

/** The stages of a model, or undefined if it cannot run as one. */
export function stagesOf(model: Model): Stage[] | undefined {
  if (!isChain(model)) return undefined;
  const stages: Stage[] = [];
  const layers = model.layers.filter((layer) =>
    layer.getClassName() !== "InputLayer"
  );
  for (let i = 0; i < layers.length;) {
    const doubled = isUpsampling(layers[i]);
    if (doubled) i++;
    const layer = layers[i++];
    const pooled = i < layers.length && isPooling(layers[i]);
    if (pooled) i++;
    const stage = layer && stageOf(layer, { doubled, pooled });
    if (!stage || (stage.kind === DIRECT && stages.length > 0)) {
      return undefined;
    }
    stages.push(stage);
  }
  const isNetwork = stages.length > 1 &&
    stages.every(({ kind }, i) =>
      (kind === OUTPUT) === (i === stages.length - 1)
    );
  return isNetwork ? stages : undefined;
}

/** Whether the input of each layer is the output of the one before, and no other. */
function isChain({ layers, inputs, outputs }: Model) {
  return inputs.length === 1 && outputs.length === 1 &&
    layers.every(({ inboundNodes }, i) =>
      inboundNodes.length === 1 &&
      (i === 0 || layers[i].input === layers[i - 1].output)
    ) && layers[layers.length - 1].output === outputs[0];
}

function stageOf(
  layer: Layer,
  { doubled, pooled }: { doubled: boolean; pooled: boolean },
): Stage | undefined {
  if (!isUnchanged(layer, CONVOLUTION)) return undefined;
  const config = layer.getConfig();
  const isPlain = hasSettings(config, {
    kernelSize: [3, 3],
    strides: [1, 1],
    dilationRate: [1, 1],
    padding: "same",
    dataFormat: "channelsLast",
    useBias: true,
    kernelRegularizer: null,
    biasRegularizer: null,
    activityRegularizer: null,
    kernelConstraint: null,
    biasConstraint: null,
  });
  const [, inH, inW, cin] = (layer.input as SymbolicTensor).shape as number[];
  const [, , , cout] = layer.outputShape as number[];
  const h = doubled ? inH / 2 : inH, w = doubled ? inW / 2 : inW;
  if (!isPlain || ![h, w, cin, cout].every(Number.isInteger)) return undefined;
  if (h < MIN_SIDE_PIXELS || w < MIN_SIDE_PIXELS) return undefined;
  // By name: the order of layer.weights depends on which of them are frozen.
  const { kernel, bias } = innerConvolution(layer);
  const areFloats = hasFloats(kernel, [3, 3, cin, cout]) &&
    hasFloats(bias, [cout]);
  if (!areFloats) return undefined;
  const stage = { pooled, h, w, cin, cout, filter: kernel, bias };
  const isWide = cin % 16 === 0 && cout % 16 === 0;
  const isEven = h % 2 === 0 && w % 2 === 0;
  if (config.activation === "sigmoid") {
    const isLast = doubled && !pooled && cin % 16 === 0 && cout === 1;
    return isLast ? { kind: OUTPUT, ...stage } : undefined;
  }
  if (config.activation !== "relu" || (pooled && !isEven)) return undefined;
  if (doubled) {
    return isWide && !pooled ? { kind: UPSAMPLED, ...stage } : undefined;
  }
  if (isWide) return { kind: WINOGRAD, ...stage };
  return pooled && cout % 16 === 0 ? { kind: DIRECT, ...stage } : undefined;
}

function isUpsampling(layer: Layer) {
  return isUnchanged(layer, UPSAMPLING) &&
    hasSettings(layer.getConfig(), {
      size: [2, 2],
      dataFormat: "channelsLast",
      interpolation: "nearest",
    });
}

function isPooling(layer: Layer) {
  return isUnchanged(layer, POOLING) &&
    hasSettings(layer.getConfig(), {
      poolSize: [2, 2],
      strides: [2, 2],
      dataFormat: "channelsLast",
    });
}

// The classes themselves: one that inherits from them may do anything. With a name of
// its own, a layer leaves tfjs's counters, "conv2d_1" and so on, as they are.
const name = "named";
const CONVOLUTION =
  tfLayers.conv2d({ name, filters: 1, kernelSize: 1 }).constructor;
const UPSAMPLING = tfLayers.upSampling2d({ name }).constructor;
const POOLING = tfLayers.maxPooling2d({ name, poolSize: 2 }).constructor;

/** Whether a layer is of that very class, with its `call` and without a call hook. */
function isUnchanged(layer: Layer, type: unknown): boolean {
  return layer.constructor === type && !hasOwnCall(layer);
}

/** Whether a weight has floats of that shape; the WebAssembly does not check it. */
function hasFloats(
  weight: Weight | null | undefined,
  shape: number[],
): boolean {
  const variable = weight?.read();
  return variable?.dtype === "float32" &&
    util.arraysEqual(variable.shape, shape);
}

function hasSettings(config: Record<string, unknown>, wanted: object) {
  return Object.entries(wanted).every(([name, value]) =>
    JSON.stringify(config[name] ?? null) === JSON.stringify(value)
  );
}
