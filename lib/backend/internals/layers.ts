/** What layers and models of tfjs-layers keep to themselves. */

import {
  Optimizer,
  type Scalar,
  type Tensor,
  type Variable,
} from "@tensorflow/tfjs-core";
import { layers, LayersModel, sequential } from "@tensorflow/tfjs-layers";
import { type Kinds, withMembers } from "./members.ts";

/** A weight of a layer; the variable in it may be exchanged. */
export interface Weight {
  read(): Variable;
  /** What it must keep to while it learns. */
  constraint?: { apply(weight: Tensor): Tensor } | null;
}

/** From inputs and targets of a batch to its losses. */
type LossFunction = (data: Tensor[]) => Scalar[];

/** A loss by name: one number for each row of targets[..., n] and outputs[..., n]. */
export interface Loss {
  (target: Tensor, output: Tensor): Tensor;
  /** The function of tfjs-layers whose place it has taken. */
  own?: Loss;
}

/** What tfjs-layers calls on the way to every step, evaluation and prediction. */
interface ModelMembers {
  compile(args: unknown): void;
  makeTrainFunction(): LossFunction;
  makeTestFunction(): void;
  /** Made by makeTestFunction. */
  testFunction: LossFunction;
  predictLoop(inputs: Tensor | Tensor[], batchSize?: number): Tensor;
  /** The names of the loss and of the metrics. */
  getDedupedMetricsNames(): string[];
  isTraining: boolean;
  /** Of each output. */
  lossFunctions: Loss[];
  metricsTensors: unknown[];
  /** The weights that learned when the model was compiled. */
  collectedTrainableWeights: (Weight & LayersModel["weights"][number])[];
}

/** A compiled model from within. */
export type Model =
  & Pick<LayersModel, "layers" | "inputs" | "outputs" | "optimizer">
  & ModelMembers;

/** What a layer may be applied with. */
interface Flags {
  training?: boolean | null;
}

/** A place of a layer in a network. */
interface LayerNode {
  inboundLayers: unknown[];
  callArgs: Flags | null | undefined;
}

export interface Layer {
  name: string;
  apply(inputs: unknown, flags?: Flags): unknown;
  /** Where networks use the layer; a model has a node of its own besides. */
  inboundNodes: LayerNode[];
  /** What setCallHook was given. */
  _callHook: unknown;
}

interface Dropout {
  call(inputs: unknown, flags?: Flags): unknown;
  seed: number | string | null | undefined;
}

interface Normalization {
  call(inputs: unknown, flags?: Flags, ...more: unknown[]): unknown;
  axis: number;
  epsilon: number;
  momentum: number;
  gamma?: { read(): Tensor | null };
  beta?: { read(): Tensor | null };
}

/** A layer that multiplies its input by a kernel, adds a bias and applies an activation. */
interface ProductLayer {
  call(inputs: unknown, flags?: Flags): unknown;
  invokeCallHook(inputs: unknown, flags?: Flags): void;
  kernel: Weight | null;
  bias: Weight | null;
  activation: { getClassName(): string; apply(x: Tensor): Tensor };
}

/** What layers of convolution have for one, two or three axes of their images. */
export interface Windows {
  computeOutputShape(shape: unknown): unknown;
  kernelSize: number[];
  rank: number;
  strides: number[];
  padding: string;
  dataFormat: string;
  dilationRate: number[];
}

interface Convolution extends ProductLayer, Windows {}

/** A layer of transposed convolution, of images or of volumes. */
export interface TransposedConvolution extends Windows {
  call(inputs: unknown, flags?: Flags): unknown;
  kernel: Weight | null;
  getConfig(): Record<string, unknown>;
}

interface DepthwiseConvolution extends Windows {
  call(inputs: unknown, flags?: Flags): unknown;
  depthwiseKernel: Weight | null;
  bias: Weight | null;
  activation: { apply(x: Tensor): Tensor };
}

type LayerNormalization = Omit<Normalization, "axis" | "momentum"> & {
  axis: number | number[];
};

/** What a layer of batch normalisation has when it is built. */
interface MovingMoments {
  movingMean: Average;
  movingVariance: Average;
}

interface Average {
  read(): Tensor;
  write(value: Tensor): void;
}

/** What the methods of all layers or models of a class may be replaced in. */
export interface Prototypes {
  model: Model;
  layer: Layer;
  dropout: Dropout;
  normalization: Normalization;
  layerNormalization: LayerNormalization;
  dense: ProductLayer;
  /** Conv1D, Conv2D and Conv3D have it in common. */
  convolution: Convolution;
  depthwise: DepthwiseConvolution;
  /** Conv2DTranspose and Conv3DTranspose. */
  transposed: TransposedConvolution[];
  /** The functions that tfjs-layers means by "binaryCrossentropy" and "categoricalCrossentropy". */
  crossEntropy: Loss;
  categoricalCrossEntropy: Loss;
}

let found: Prototypes | undefined;

/**
 * The prototypes of tfjs-layers.
 *
 * @throws {Error} when a layer or a model lacks a member that we use.
 */
export function layersPrototypes(): Prototypes {
  if (found) return found;
  // With names of their own, for tfjs-layers counts the layers without one.
  const name = "prototype";
  const layer = layers.activation({
    name,
    activation: "linear",
    inputShape: [1],
  });
  const whole = sequential({ name, layers: [layer] });
  const lossOf = (loss: string) => {
    whole.compile({ optimizer: new Still(), loss });
    return innerModel(whole).lossFunctions?.[0];
  };
  const crossEntropy = lossOf("binaryCrossentropy");
  const categoricalCrossEntropy = lossOf("categoricalCrossentropy");
  const model = innerModel(whole);
  model.makeTestFunction?.();
  withMembers<ModelMembers>(model, "LayersModel", {
    ...{ makeTrainFunction: "method", makeTestFunction: "method" },
    ...{ testFunction: "method", predictLoop: "method" },
    ...{ getDedupedMetricsNames: "method", isTraining: "field" },
    ...{ compile: "method", lossFunctions: "field" },
    metricsTensors: "field",
    collectedTrainableWeights: "field",
  });
  const { inboundNodes: [node] } = withMembers<Layer>(layer, "Layer", {
    ...{ name: "field", apply: "method", inboundNodes: "field" },
    _callHook: "field",
  });
  withMembers<LayerNode>(node, "Node", {
    ...{ inboundLayers: "field", callArgs: "field" },
  });
  const dropout = layers.dropout({ name, rate: 0 });
  withMembers<Dropout>(dropout, "Dropout", { call: "method", seed: "field" });
  const normalization = layers.batchNormalization({ name });
  withMembers<Omit<Normalization, "gamma" | "beta">>(
    normalization,
    "BatchNormalization",
    { call: "method", axis: "field", epsilon: "field", momentum: "field" },
  );
  const layerNormalization = layers.layerNormalization({ name });
  withMembers<Omit<LayerNormalization, "gamma" | "beta">>(
    layerNormalization,
    "LayerNormalization",
    { call: "method", axis: "field", epsilon: "field" },
  );
  const dense = layers.dense({ name, units: 1 });
  const convolution = layers.conv2d({ name, filters: 1, kernelSize: 1 });
  for (const [layer, className] of [[dense, "Dense"], [convolution, "Conv"]]) {
    withMembers<ProductLayer>(layer as object, className as string, {
      ...{ call: "method", invokeCallHook: "method", activation: "field" },
      ...{ kernel: "field", bias: "field" },
    });
  }
  const windows: Kinds<Windows> = {
    ...{ computeOutputShape: "method", kernelSize: "field", rank: "field" },
    ...{ strides: "field", padding: "field", dataFormat: "field" },
    dilationRate: "field",
  };
  withMembers<Windows>(convolution, "Conv", windows);
  const depthwise = layers.depthwiseConv2d({ name, kernelSize: 1 });
  withMembers<DepthwiseConvolution>(depthwise, "DepthwiseConv2D", {
    ...{ ...windows, call: "method", depthwiseKernel: "field" },
    ...{ bias: "field", activation: "field" },
  });
  const transposed = [
    layers.conv2dTranspose({ name, filters: 1, kernelSize: 1 }),
    layers.conv3dTranspose({ name, filters: 1, kernelSize: 1 }),
  ].map((layer) =>
    withMembers<TransposedConvolution>(layer, layer.getClassName(), {
      ...{ ...windows, call: "method", kernel: "field", getConfig: "method" },
    })
  );
  found = {
    model: LayersModel.prototype as unknown as Model,
    layer: layers.Layer.prototype as unknown as Layer,
    dropout: Object.getPrototypeOf(dropout),
    normalization: Object.getPrototypeOf(normalization),
    layerNormalization: Object.getPrototypeOf(layerNormalization),
    dense: Object.getPrototypeOf(dense),
    convolution: Object.getPrototypeOf(Object.getPrototypeOf(convolution)),
    depthwise: Object.getPrototypeOf(depthwise),
    transposed: transposed.map((layer) => Object.getPrototypeOf(layer)),
    ...{ crossEntropy, categoricalCrossEntropy },
  };
  return found;
}

/** Where tfjs keeps the state of a model: a sequential one has another inside. */
export function innerModel(model: LayersModel): Model {
  const { model: inner = model } = model as unknown as { model?: unknown };
  return inner as Model;
}

/**
 * A built layer of convolution with a bias, from within.
 *
 * @throws {Error} when it lacks a member that we use.
 */
export function innerConvolution(layer: object) {
  return withMembers<{ kernel: Weight; bias: Weight }>(layer, "Conv2D", {
    ...{ kernel: "field", bias: "field" },
  });
}

/**
 * A built layer of batch normalisation, from within.
 *
 * @throws {Error} when it lacks a member that we use.
 */
export function innerNormalization(layer: Normalization) {
  return withMembers<MovingMoments>(layer, "BatchNormalization", {
    ...{ movingMean: "field", movingVariance: "field" },
  });
}

/** A layer with the same weights, and other fields in the place of its own. */
export function withFields<Layer extends object>(
  layer: Layer,
  fields: Partial<Layer>,
): Layer {
  return Object.assign(Object.create(layer), fields);
}

/** Whether a layer answers otherwise than its class, or calls a hook before. */
export function hasOwnCall(layer: layers.Layer): boolean {
  const { _callHook } = layer as unknown as Layer;
  return Object.hasOwn(layer, "call") || Boolean(_callHook);
}

/** An optimizer without tensors, since no backend may have been chosen yet. */
class Still extends Optimizer {
  static readonly className = "Still";
  override applyGradients() {}
  override getConfig() {
    return {};
  }
}
