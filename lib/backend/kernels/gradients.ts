/** Gradients that are a chain of kernels in tfjs, and one or two kernels here. */

import {
  engine,
  getBackend,
  getGradient,
  type GradConfig,
  registerGradient,
  reshape,
  sum,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { BACKEND } from "../backend.ts";
import { isInGradient } from "../internals/engine.ts";
import { areFloats } from "./accelerate.ts";

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
  registerGradient(ofTile());
}

/**
 * The gradient of tile, the sum over all repetitions: tfjs slices each from dy, which
 * for layer normalization is one for each row of a batch.
 */
function ofTile(): GradConfig {
  const own = getGradient("Tile");
  return {
    ...own,
    gradFunc: (dy, saved, attrs) => {
      if (getBackend() !== BACKEND) return own.gradFunc(dy, saved, attrs);
      const [{ shape }] = saved;
      const { reps } = attrs as { reps: number[] };
      // Before each axis another, along which it was repeated.
      const sizes = shape.flatMap((size, axis) => [reps[axis], size]);
      const repeated = shape.map((_, axis) => 2 * axis);
      return { x: () => sum(reshape(dy as Tensor, sizes), repeated) };
    },
  };
}

/**
 * The gradient as one kernel, which gives what tfjs's chain gives. Where a
 * gradient of the gradient may follow, the chain stays: it has gradients.
 */
function inOneKernel(kernelName: string): GradConfig {
  const own = getGradient(kernelName);
  return {
    ...own,
    gradFunc: (dy, saved, attrs) => {
      const inputs = { a: dy as Tensor, b: saved[0] };
      const isOurs = getBackend() === BACKEND &&
        !isInGradient() && areFloats(inputs.a, inputs.b);
      return isOurs
        ? { x: () => engine().runKernel(`${kernelName}Grad`, inputs, attrs) }
        : own.gradFunc(dy, saved, attrs);
    },
  };
}
