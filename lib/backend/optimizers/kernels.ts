/**
 * One step of an optimizer for one variable, in place of a dozen kernels. tfjs
 * itself has no such kernels: step.ts calls them.
 */

import {
  type KernelConfig,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import { BACKEND, type WasmBackend } from "../backend.ts";
import type { Fields } from "../threads/fields.ts";
import type { StepJob } from "../threads/jobs.ts";

/** Numbers a chunk. */
const PER_CHUNK = 4096;

/**
 * Runs a task on a variable, its gradient and two running averages, all of one
 * shape. Gives the new variable and averages.
 */
function step(
  backend: WasmBackend,
  { task, tensors, run }: {
    task: string;
    tensors: TensorInfo[];
    run: (job: Fields<typeof StepJob>, chunks: number) => void;
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
    const all = [...tensors, ...outputs].map((info) => backend.address(info));
    const [variable, gradient, first, second, ...out] = all;
    const [outVariable, outFirst, outSecond] = out;
    run({
      ...{ variable, gradient, first, second },
      ...{ outVariable, outFirst, outSecond },
      ...{ length, perChunk: PER_CHUNK },
    }, Math.ceil(length / PER_CHUNK));
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
  kernelFunc: ({ inputs, attrs, backend: current }) => {
    const backend = current as WasmBackend;
    const { variable, gradient, first, second } = inputs;
    const { learningRate, rho, epsilon } = attrs as Record<string, number>;
    const numbers = { learningRate, rho, oneMinusRho: 1 - rho, epsilon };
    return step(backend, {
      task: "adadelta",
      tensors: [variable, gradient, first, second] as TensorInfo[],
      run: (job, chunks) =>
        backend.pool.run("adadelta", { ...job, ...numbers }, chunks),
    });
  },
}, {
  kernelName: "Adam",
  backendName: BACKEND,
  kernelFunc: ({ inputs, attrs, backend: current }) => {
    const backend = current as WasmBackend;
    const { variable, gradient, first, second } = inputs;
    const numbers = attrs as unknown as AdamAttributes;
    const others = {
      oneMinusBeta1: 1 - numbers.beta1,
      oneMinusBeta2: 1 - numbers.beta2,
    };
    return step(backend, {
      task: "adam",
      tensors: [variable, gradient, first, second] as TensorInfo[],
      run: (job, chunks) =>
        backend.pool.run("adam", { ...job, ...numbers, ...others }, chunks),
    });
  },
}];
