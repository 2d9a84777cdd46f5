/**
 * One step of an optimiser for one variable, in place of a dozen kernels. tfjs
 * has no name for these: the course's Adadelta and adam.ts call them.
 */

import {
  type KernelConfig,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import { BACKEND, type WasmBackend } from "../backend.ts";
import { float32Bits } from "./elementwise.ts";

/** Numbers a chunk. */
const PER_CHUNK = 4096;

/**
 * Runs a task of assembly/optimizers.ts on a variable, its gradient and two
 * running averages, all of one shape, with its numbers in their order there.
 * Gives the new variable and averages.
 */
function step(
  backend: WasmBackend,
  task: string,
  { tensors, numbers }: { tensors: TensorInfo[]; numbers: number[] },
): TensorInfo[] {
  const [{ shape }] = tensors;
  if (!tensors.every((info) => util.arraysEqual(info.shape, shape))) {
    throw new RangeError(
      `Cannot run kernel "${task}": its tensors are not all of shape [${shape}]`,
    );
  }
  const length = util.sizeFromShape(shape);
  return backend.keepOnSuccess(() => {
    const outputs = [0, 1, 2].map(() => backend.output(shape));
    const words = [
      ...[...tensors, ...outputs].map((info) => backend.address(info)),
      length,
      PER_CHUNK,
      ...numbers.map(float32Bits),
    ];
    backend.pool.run(task, words, Math.ceil(length / PER_CHUNK));
    return outputs;
  });
}

/** What is needed of a step of Adam. */
export interface AdamAttributes {
  learningRate: number;
  beta1: number;
  beta2: number;
  /** 1 - beta1^step and 1 - beta2^step. */
  bias1: number;
  bias2: number;
  epsilon: number;
}

/** Adadelta and Adam. */
export const optimizers: KernelConfig[] = [{
  kernelName: "Adadelta",
  backendName: BACKEND,
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { variable, gradient, squares, updates } = inputs;
    const { learningRate, rho, epsilon } = attrs as Record<string, number>;
    return step(backend as WasmBackend, "adadelta", {
      tensors: [variable, gradient, squares, updates] as TensorInfo[],
      numbers: [learningRate, rho, 1 - rho, epsilon],
    });
  },
}, {
  kernelName: "Adam",
  backendName: BACKEND,
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { variable, gradient, first, second } = inputs;
    const { learningRate, beta1, beta2, bias1, bias2, epsilon } =
      attrs as unknown as AdamAttributes;
    return step(backend as WasmBackend, "adam", {
      tensors: [variable, gradient, first, second] as TensorInfo[],
      numbers: [
        ...[learningRate, beta1, 1 - beta1, beta2, 1 - beta2],
        ...[bias1, bias2, epsilon],
      ],
    });
  },
}];
