/**
 * Gradients that are a chain of kernels in tfjs, and one or two kernels here. Those
 * that tfjs has wrong are in fixes/gradients.ts.
 */

import {
  backend_util,
  broadcastTo,
  div,
  engine,
  getBackend,
  getGradient,
  type GradConfig,
  type NamedAttrMap,
  registerGradient,
  reshape,
  sum,
  type Tensor,
  util,
} from "@tensorflow/tfjs-core";
import { BACKEND } from "../backend.ts";
import { type Convolution, CONVOLUTIONS } from "../internals/convolutions.ts";
import { type Gradients, isInGradient } from "../internals/engine.ts";
import { areFloats, runOperation } from "./accelerate.ts";

/** Kernels whose gradient needs one tensor, the input or the output. */
const ACTIVATIONS = [
  ...["ClipByValue", "LeakyRelu", "Relu", "Relu6", "Selu", "Sigmoid"],
  ...["Softplus", "Tanh"],
];

/** Registers, on our backend, one kernel in place of tfjs's chain of them. */
export function useGradientKernels() {
  for (const kernelName of ACTIVATIONS) {
    registerGradient(inOneKernel(kernelName));
  }
  registerGradient(inOneKernel("Softmax", "logits"));
  for (const gradient of [ofTile, ofSum, ofMean]) registerGradient(gradient());
  for (const kernels of CONVOLUTIONS) {
    registerGradient(ofConvolution(kernels));
  }
}

/**
 * Gradients on our backend, where they apply to the upstream gradient and what was
 * saved; else, and on other backends, tfjs's own.
 */
function onOurs(
  kernelName: string,
  gradients: Gradients,
  applies: (tensors: Tensor[], attrs: NamedAttrMap) => boolean,
): GradConfig {
  const own = getGradient(kernelName);
  return {
    ...own,
    gradFunc: (dy, saved, attrs) =>
      getBackend() === BACKEND && applies([dy as Tensor, ...saved], attrs)
        ? gradients(dy as Tensor, saved, attrs)
        : own.gradFunc(dy, saved, attrs),
  };
}

/** A gradient by `x`, unless it is empty. */
function byX(
  kernelName: string,
  gradient: (dy: Tensor, x: Tensor, attrs: NamedAttrMap) => Tensor,
): GradConfig {
  return onOurs(
    kernelName,
    (dy, [x], attrs) => ({ x: () => gradient(dy, x, attrs) }),
    ([, x]) => x.size > 0,
  );
}

/**
 * The gradient of tile, the sum over all repetitions: tfjs slices each from dy, which
 * for layer normalization is one for each row of a batch.
 */
function ofTile(): GradConfig {
  return byX("Tile", (dy, { shape }, attrs) => {
    const { reps } = attrs as { reps: number[] };
    // Before each axis another, along which it was repeated.
    const sizes = shape.flatMap((size, axis) => [reps[axis], size]);
    return sum(reshape(dy, sizes), shape.map((_, axis) => 2 * axis));
  });
}

/** The gradients of sums and means: tfjs multiplies a tensor of ones by dy. */
function ofSum(): GradConfig {
  return byX("Sum", (dy, x, attrs) => {
    const { keptShape } = reducedOf(x, attrs);
    return broadcastTo(reshape(dy, keptShape), x.shape);
  });
}

function ofMean(): GradConfig {
  return byX("Mean", (dy, x, attrs) => {
    const { keptShape, length } = reducedOf(x, attrs);
    return broadcastTo(div(reshape(dy, keptShape), length), x.shape);
  });
}

/** The shape of a reduction that keeps its axes, and how many numbers it reduces. */
function reducedOf({ shape }: Tensor, { axis }: NamedAttrMap) {
  const axes = util.parseAxisParam(axis as number | number[], shape);
  const [, reduced] = backend_util.computeOutAndReduceShapes(shape, axes);
  return {
    keptShape: shape.map((size, i) => axes.includes(i) ? 1 : size),
    length: util.sizeFromShape(reduced),
  };
}

/**
 * The gradients of a convolution by kernels that know its dilations, which tfjs does
 * not hand on.
 */
function ofConvolution({ forward, byInput, byFilter }: Convolution) {
  return onOurs(forward, (dy, [x, filter], attrs) => ({
    x: () => run(byInput, { dy, filter }, { ...attrs, inputShape: x.shape }),
    filter: () =>
      run(byFilter, { x, dy }, { ...attrs, filterShape: filter.shape }),
  }), areForFastKernels);
}

/**
 * Whether the fast kernels apply: to floats, channels last, and no empty tensor. The
 * plain ones take no notice of dilations.
 */
function areForFastKernels(tensors: Tensor[], { dataFormat }: NamedAttrMap) {
  const isLast = dataFormat !== "NCHW" && dataFormat !== "NCDHW";
  return isLast && areFloats(...tensors) &&
    tensors.every(({ size }) => size > 0);
}

function run(
  kernelName: string,
  inputs: Record<string, Tensor>,
  attrs: NamedAttrMap,
): Tensor {
  return runOperation(kernelName, inputs, attrs)[0];
}

/**
 * The gradient as one kernel, which gives what tfjs's chain gives. Where a
 * gradient of the gradient may follow, the chain stays: it has gradients.
 */
function inOneKernel(kernelName: string, input = "x"): GradConfig {
  const own = getGradient(kernelName);
  return {
    ...own,
    gradFunc: (dy, saved, attrs) => {
      const inputs = { a: dy as Tensor, b: saved[0] };
      const isOurs = getBackend() === BACKEND &&
        !isInGradient() && areFloats(inputs.a, inputs.b) && inputs.a.size > 0;
      return isOurs
        ? {
          [input]: () => engine().runKernel(`${kernelName}Grad`, inputs, attrs),
        }
        : own.gradFunc(dy, saved, attrs);
    },
  };
}
