/**
 * tf.layers.dense, conv1d and conv2d: product, bias and activation in one kernel
 * forward, and the gradients of bias and activation in one kernel back.
 */

import {
  backend_util,
  getBackend,
  getGradient,
  type GradConfig,
  type KernelConfig,
  type NamedAttrMap,
  registerGradient,
  reshape,
  sum,
  type Tensor,
  type TensorInfo,
  tidy,
  util,
} from "@tensorflow/tfjs-core";
import { BACKEND } from "../backend.ts";
import { hasShape } from "../geometry/sizes.ts";
import { convolutionInfo } from "../geometry/windows.ts";
import { isInNestedGradient } from "../internals/engine.ts";
import { layersPrototypes } from "../internals/layers.ts";
import { ELU, RELU, SIGMOID, TANH } from "../threads/jobs.ts";
import {
  accelerate,
  areFloats,
  type Call,
  runOperation,
} from "./accelerate.ts";
import { sumAxis } from "./reduce.ts";

/** Rows of a part of a bias's gradient: the same for any number of threads. */
const ROWS_PER_PART = 1_024;
/** Neighbouring sums that a thread makes at once; they stay in its first cache. */
const COLUMNS_PER_PIECE = 1_024;

/** Activations whose gradient follows from their output. */
const ACTIVATIONS: Record<string, number> = {
  relu: RELU,
  elu: ELU,
  sigmoid: SIGMOID,
  tanh: TANH,
};

/** dz[..., columns] of dy, from the output y of an activation; and dz summed to [columns]. */
function epilogueGrad(
  { inputs: { dy, y }, attrs: { activation }, backend }: Call<
    { dy: TensorInfo; y: TensorInfo },
    { activation: string }
  >,
): TensorInfo[] | undefined {
  const columns = y.shape.at(-1) ?? 0;
  const size = util.sizeFromShape(y.shape);
  const isFast = areFloats(dy, y) && hasShape(dy, y.shape) && size > 0 &&
    activation in ACTIVATIONS;
  if (!isFast) return undefined;
  const addresses = { dy: backend.address(dy), y: backend.address(y) };
  const dz = backend.output(y.shape), dBias = backend.output([columns]);
  const rows = size / columns, parts = Math.ceil(rows / ROWS_PER_PART);
  const pieces = Math.ceil(columns / COLUMNS_PER_PIECE);
  backend.heap.borrow((allocate) => {
    const sums = allocate(4 * parts * columns);
    backend.pool.run("epilogueGradient", {
      ...{ ...addresses, dz: backend.address(dz), sums, rows, columns },
      perPart: ROWS_PER_PART,
      perPiece: COLUMNS_PER_PIECE,
      activation: ACTIVATIONS[activation],
    }, parts * pieces);
    const axis = { outer: 1, length: parts, inner: columns };
    sumAxis(backend, { x: sums, out: backend.address(dBias), ...axis });
  });
  return [dz, dBias];
}

/** A kernel that tfjs does not have. */
export const productGradients: KernelConfig[] = [
  accelerate("EpilogueGrad", epilogueGrad),
];

/**
 * The gradient of a fused kernel: of its product, from that of what the activation was
 * applied to, and of the bias.
 */
function ofFused(
  kernelName: string,
  { product, inputs }: { product: string; inputs: [string, string] },
): GradConfig {
  return {
    kernelName,
    inputsToSave: inputs,
    outputsToSave: [true],
    gradFunc: (upstream, saved, attrs) => {
      const dy = upstream as Tensor, y = saved.at(-1)!;
      const activation = attrs.activation as string;
      const [dz, dBias] = activation === "linear"
        ? [dy]
        : runOperation("EpilogueGrad", { dy, y }, { activation });
      const axes = dy.shape.slice(0, -1).map((_, axis) => axis);
      return {
        ...getGradient(product).gradFunc(dz, saved.slice(0, 2), attrs),
        bias: () => dBias ?? sum(dy, axes),
      };
    },
  };
}

const GRADIENTS = [
  ofFused("_FusedMatMul", { product: "BatchMatMul", inputs: ["a", "b"] }),
  ofFused("FusedConv2D", { product: "Conv2D", inputs: ["x", "filter"] }),
];

/** From now on these layers run in such kernels on our backend. */
export function multiplyInOneKernel() {
  for (const gradient of GRADIENTS) registerGradient(gradient);
  const { dense, convolution } = layersPrototypes();
  const { call } = dense, { call: convolve } = convolution;

  dense.call = function (inputs, flags) {
    const fits = areOurs(this, inputs);
    if (!fits) return call.call(this, inputs, flags);
    return tidy(() => {
      this.invokeCallHook(inputs, flags);
      const [x] = [inputs].flat() as Tensor[], b = this.kernel!.read();
      const isMatrix = x.rank === 2;
      const a = isMatrix ? x : reshape(x, [-1, b.shape[0]]);
      const attrs = { transposeA: false, transposeB: false };
      const y = runFused("_FusedMatMul", { a, b }, { layer: this, attrs });
      const units = b.shape[1] as number;
      return isMatrix ? y : reshape(y, [...x.shape.slice(0, -1), units]);
    });
  };

  convolution.call = function (inputs, flags) {
    const { rank, padding, dataFormat } = this;
    const [x] = [inputs].flat() as Tensor[];
    const fits = areOurs(this, inputs) && rank < 3 && x.rank === rank + 2 &&
      dataFormat === "channelsLast" && ["same", "valid"].includes(padding);
    if (!fits) return convolve.call(this, inputs, flags);
    const [strides, dilations] = [this.strides, this.dilationRate].map(
      (along) =>
        rank === 1 ? [1, [along].flat()[0]] : along as [number, number],
    ) as [number, number][];
    const { shape } = this.kernel!.read();
    const window = rank === 1 ? [1, ...shape] : shape;
    const images = rank === 1 ? x.shape.toSpliced(1, 0, 1) : x.shape;
    const attrs = {
      ...{ strides, dilations, dataFormat: "NHWC" as const },
      pad: padding as "same" | "valid",
    };
    // tfjs itself refuses strides and dilations at once, and knows empty outputs.
    const isPlain =
      backend_util.eitherStridesOrDilationsAreOne(strides, dilations) &&
      !convolutionInfo(images, window, attrs).outShape.includes(0);
    if (!isPlain) return convolve.call(this, inputs, flags);
    return tidy(() => {
      const filter = this.kernel!.read();
      const tensors = rank === 1
        ? { x: reshape(x, images), filter: reshape(filter, window) }
        : { x, filter };
      const y = runFused("FusedConv2D", tensors, { layer: this, attrs });
      return rank === 1 ? reshape(y, [y.shape[0], ...y.shape.slice(2)]) : y;
    });
  };
}

type ProductLayer = ReturnType<typeof layersPrototypes>["dense"];

/** Whether our backend is to run a layer, and no gradient of its gradient is wanted. */
function areOurs({ kernel, bias }: ProductLayer, inputs: unknown): boolean {
  const [x, ...others] = [inputs].flat() as Tensor[];
  const weights = [kernel, bias].flatMap((weight) => weight?.read() ?? []);
  return getBackend() === BACKEND && others.length === 0 && kernel !== null &&
    x.size > 0 && areFloats(x, ...weights) && !isInNestedGradient();
}

/** The kernel with the layer's bias, and its activation in it or after it. */
function runFused(
  kernelName: string,
  inputs: Record<string, Tensor>,
  { layer, attrs }: { layer: ProductLayer; attrs: NamedAttrMap },
): Tensor {
  const name = layer.activation.getClassName();
  const isInKernel = name === "linear" || name in ACTIVATIONS;
  const [y] = runOperation(kernelName, {
    ...inputs,
    bias: layer.bias?.read(),
  }, { ...attrs, activation: isInKernel ? name : "linear", leakyreluAlpha: 0 });
  return isInKernel ? y : layer.activation.apply(y);
}
