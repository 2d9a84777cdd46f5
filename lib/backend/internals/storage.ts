/** What backends of tfjs keep to themselves. */

import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import type { KernelBackend, TensorInfo } from "@tensorflow/tfjs-core";
import { withMembers } from "./members.ts";

/** Numbers, or what else a tensor may hold. */
export type Values = Parameters<MathBackendCPU["write"]>[0];

/** What the cpu backend keeps for a tensor's data; ours adds an address. */
export interface Entry {
  values: Values;
  address?: number;
}

interface Cpu {
  /** Whether it will still greet, with advice that is only for Node. */
  firstUse: boolean;
  data: { get(dataId: TensorInfo["dataId"]): Entry };
}

/**
 * A cpu backend from within; from now on it does not greet.
 *
 * @throws {Error} when it lacks a member that we use.
 */
export function innerCpu(backend: KernelBackend): Cpu {
  const cpu = withMembers<Cpu>(backend, "MathBackendCPU", {
    ...{ firstUse: "field", data: "field" },
  });
  cpu.firstUse = false;
  const dataId = backend.write(new Float32Array(1), [1], "float32");
  withMembers<Pick<Entry, "values">>(cpu.data.get(dataId), "data of a tensor", {
    values: "field",
  });
  backend.disposeData(dataId);
  return cpu;
}

/** What a cpu backend keeps for a tensor's data. */
export function entryOf(
  { data }: MathBackendCPU,
  dataId: TensorInfo["dataId"],
): Entry {
  return data.get(dataId) as Entry;
}

interface WebGpu {
  /** Holds the values of a tensor that are not on the GPU alone. */
  tensorMap: {
    get(dataId: TensorInfo["dataId"]): { values: unknown; dtype: string };
  };
}

/**
 * A WebGPU backend from within.
 *
 * @throws {Error} when it lacks a member that we use.
 */
export function innerWebGpu(backend: object): WebGpu {
  return withMembers<WebGpu>(backend, "WebGPUBackend", { tensorMap: "field" });
}
