/** Gradients that are a chain of kernels in tfjs, and one kernel here. */

import {
  engine,
  getBackend,
  getGradient,
  type GradConfig,
  registerGradient,
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
