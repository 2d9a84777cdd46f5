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
import type { Jobs } from "../fields.ts";

/** Numbers a chunk. */
const PER_CHUNK = 4096;

/**
 * Runs a task on a variable, its gradient and two running averages, all of one
 * shape. `jobOf` is given their addresses, then those of the new variable and
 * averages, which are the answer.
 */
function step<Task extends "adadelta" | "adam">(
  backend: WasmBackend,
  task: Task,
  { tensors, jobOf }: {
    tensors: TensorInfo[];
    jobOf: (
      addresses: number[],
      sizes: { length: number; perChunk: number },
    ) => Jobs[Task];
  },
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
    const addresses = [...tensors, ...outputs].map((info) =>
      backend.address(info)
    );
    const job = jobOf(addresses, { length, perChunk: PER_CHUNK });
    backend.pool.run(task, job, Math.ceil(length / PER_CHUNK));
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
      jobOf: (
        [variable, gradient, squares, updates, ...out],
        sizes,
      ) => ({
        variable,
        gradient,
        squares,
        updates,
        outVariable: out[0],
        outSquares: out[1],
        outUpdates: out[2],
        ...sizes,
        learningRate,
        rho,
        rest: 1 - rho,
        epsilon,
      }),
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
      jobOf: ([variable, gradient, first, second, ...out], sizes) => ({
        variable,
        gradient,
        first,
        second,
        outVariable: out[0],
        outFirst: out[1],
        outSecond: out[2],
        ...sizes,
        learningRate,
        beta1,
        rest1: 1 - beta1,
        beta2,
        rest2: 1 - beta2,
        bias1,
        bias2,
        epsilon,
      }),
    });
  },
}];
