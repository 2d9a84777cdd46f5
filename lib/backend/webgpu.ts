/** tfjs's WebGPU backend in Deno, where it does not start by itself. */

import {
  findBackendFactory,
  registerBackend,
  removeBackend,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { innerWebGpu } from "./internals/storage.ts";

// Kept from before any cell runs, since a cell may declare this name itself.
const { DOMException, navigator } = globalThis;

/** The limits that tfjs's kernels would like to have as large as can be. */
const LIMITS = [
  "maxBufferSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupsPerDimension",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupStorageSize",
  "maxStorageBufferBindingSize",
] as const;

/**
 * The graphics adapter of this machine, or undefined where there is none. It may
 * be one that only imitates a GPU on the processor: see `isFallbackAdapter`.
 */
export async function findAdapter(): Promise<GPUAdapter | undefined> {
  const options = { powerPreference: "high-performance" } as const;
  return await navigator.gpu?.requestAdapter(options) ?? undefined;
}

/**
 * Registers tfjs's "webgpu" backend on an adapter. tfjs would ask for the device
 * itself, in a way that fails with adapters that have bgra8unorm-storage
 * (denoland/webgpu-examples#22).
 */
export async function registerWebGpu(adapter: GPUAdapter) {
  const { WebGPUBackend } = await importTfjsBackend();

  class Backend extends WebGPUBackend {
    /** tfjs would read through a canvas, which Deno does not have. */
    override readSync(dataId: TensorInfo["dataId"]) {
      const { values, dtype } = innerWebGpu(this).tensorMap.get(dataId);
      // Complex numbers are read as two tensors, each through here.
      if (values == null && dtype !== "complex64") throw cannotReadAtOnce();
      return super.readSync(dataId as object);
    }
  }

  const device = await adapter.requestDevice({
    requiredLimits: Object.fromEntries(
      LIMITS.map((name) => [name, adapter.limits[name]]),
    ),
  });
  // tfjs's types of WebGPU are older than Deno's.
  const backend = new (Backend as unknown as new (
    device: GPUDevice,
    info: GPUAdapterInfo,
  ) => Backend)(device, adapter.info);
  innerWebGpu(backend);
  if (findBackendFactory("webgpu")) removeBackend("webgpu"); // tfjs's own
  registerBackend("webgpu", () => backend);
  registered = device;
  void device.lost.then(() => void (registered = undefined));
}

/** In a "try", by which bundlers see that a program may do without the package. */
async function importTfjsBackend() {
  try {
    return await import("@tensorflow/tfjs-backend-webgpu");
  } catch (cause) {
    throw new Error(
      'Cannot use backend "webgpu": @tensorflow/tfjs-backend-webgpu cannot be ' +
        `imported; is its version 4.22.0 installed? ${
          (cause as Error).message
        }`,
      { cause },
    );
  }
}

/** The device of the backend that is registered, until it is lost. */
let registered: GPUDevice | undefined;

/** Whether {@linkcode registerWebGpu} has registered a backend that still runs. */
export function isWebGpuRegistered(): boolean {
  return registered !== undefined;
}

function cannotReadAtOnce(): Error {
  return new DOMException(
    'Cannot read a tensor at once on "webgpu": a GPU answers later; write ' +
      '"await tensor.data()" for dataSync(), "await tensor.array()" for ' +
      "arraySync() or print(), or choose useBackend()",
    "NotSupportedError",
  );
}
