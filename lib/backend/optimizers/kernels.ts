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
import { hasShape } from "../geometry/sizes.ts";
import { areFloats } from "../kernels/accelerate.ts";
import type { Jobs } from "../threads/fields.ts";
import type { StepJob } from "../threads/jobs.ts";

/** Numbers a chunk. */
const PER_CHUNK = 4096;

/** The task of each kernel. */
const TASK_OF = {
  Adadelta: "adadelta",
  Adagrad: "adagrad",
  Adam: "adam",
  Adamax: "adamax",
  Momentum: "momentum",
  RmsProp: "rmsProp",
  Sgd: "sgd",
} as const;

/** Running averages of each variable; RMSProp has one more where it is centred. */
const AVERAGES: Record<KernelName, number> = {
  ...{ Adadelta: 2, Adagrad: 1, Adam: 2, Adamax: 2, Momentum: 1, RmsProp: 2 },
  Sgd: 0,
};

/** The optimizers that have a kernel, by its name. */
export type KernelName = keyof typeof TASK_OF;

/** The settings that a kernel needs, as its task's job has them. */
export type Settings<Name extends KernelName> = Omit<
  Jobs[typeof TASK_OF[Name]],
  keyof typeof StepJob
>;

/**
 * Runs a task on a variable, its gradient and up to three running averages, all of
 * one shape. Gives the new variable and averages.
 */
function kernelOf(kernelName: KernelName): KernelConfig {
  return {
    kernelName,
    backendName: BACKEND,
    kernelFunc: ({ inputs, attrs, backend: current }) => {
      const backend = current as WasmBackend;
      const tensors = Object.values(inputs) as TensorInfo[];
      const settings = attrs as unknown as Settings<KernelName>;
      const isCentred = "isCentred" in settings && settings.isCentred;
      const count = 2 + AVERAGES[kernelName] + (isCentred ? 1 : 0);
      const { shape = [] } = tensors[0] ?? {};
      const fits = areFloats(...tensors) && tensors.length === count &&
        tensors.every((info) => hasShape(info, shape));
      if (!fits) {
        throw new RangeError(
          `Cannot run kernel "${kernelName}": it needs ${count} tensors of ` +
            `float32, all of one shape`,
        );
      }
      const length = util.sizeFromShape(shape);
      return backend.keepOnSuccess(() => {
        const from = tensors.map((info) => backend.address(info));
        const outputs = tensors.slice(1).map(() => backend.output(shape));
        const to = outputs.map((info) => backend.address(info));
        const [variable, gradient, first = 0, second = 0, third = 0] = from;
        const [outVariable, outFirst = 0, outSecond = 0, outThird = 0] = to;
        const job = {
          ...{ variable, gradient, first, second, third },
          ...{ outVariable, outFirst, outSecond, outThird },
          ...{ length, perChunk: PER_CHUNK },
        };
        backend.pool.run(
          TASK_OF[kernelName],
          { ...job, ...settings } as Jobs[typeof TASK_OF[KernelName]],
          Math.ceil(length / PER_CHUNK),
        );
        return outputs;
      });
    },
  };
}

/** A kernel for each optimizer of tfjs. */
export const optimizers: KernelConfig[] = (Object.keys(TASK_OF) as KernelName[])
  .map(kernelOf);
