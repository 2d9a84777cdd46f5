/** tfjs's WebGPU backend in Deno, where it does not start by itself. */

import {
  findBackendFactory,
  registerBackend,
  removeBackend,
} from "@tensorflow/tfjs-core";

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
 * The graphics adapter of this machine, or undefined where there is none.
 * `software` allows one that only imitates a GPU on the processor: it is a
 * hundred times slower than this project's own backend, and good for tests.
 */
export async function findAdapter(
  { software = false } = {},
): Promise<GPUAdapter | undefined> {
  const options = { powerPreference: "high-performance" } as const;
  const adapter = await navigator.gpu?.requestAdapter(options);
  if (!adapter || adapter.info.isFallbackAdapter && !software) return undefined;
  return adapter;
}

/**
 * Registers tfjs's "webgpu" backend on an adapter. tfjs would ask for the device
 * itself, in a way that fails with adapters that have bgra8unorm-storage
 * (denoland/webgpu-examples#22).
 */
export async function registerWebGpu(adapter: GPUAdapter) {
  const { WebGPUBackend } = await import("@tensorflow/tfjs-backend-webgpu");
  const device = await adapter.requestDevice({
    requiredLimits: Object.fromEntries(
      LIMITS.map((name) => [name, adapter.limits[name]]),
    ),
  });
  // tfjs's types of WebGPU are older than Deno's.
  const backend = new (WebGPUBackend as unknown as new (
    device: GPUDevice,
    info: GPUAdapterInfo,
  ) => InstanceType<typeof WebGPUBackend>)(device, adapter.info);
  if (findBackendFactory("webgpu")) removeBackend("webgpu");
  registerBackend("webgpu", () => backend);
}
