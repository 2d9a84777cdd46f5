/**
 * The backend: everything that trains, on the processor's cores or, asked for by
 * name, on a GPU.
 *
 * @module
 */

import {
  copyRegisteredKernels,
  findBackend,
  findBackendFactory,
  getKernelsForBackend,
  registerBackend,
  setBackend,
} from "@tensorflow/tfjs-core";
import { BACKEND, WasmBackend } from "./backend.ts";
import { fixTensorFlow } from "./fixes/mod.ts";
import { replaceKernels } from "./fixes/kernels/mod.ts";
import { batchNormalisation } from "./kernels/batch_norm.ts";
import { normaliseInOneKernel } from "./kernels/batch_norm_layer.ts";
import {
  layerNormalization,
  normalizeLayersInOneKernel,
} from "./kernels/layer_norm.ts";
import { comparisons } from "./kernels/compare.ts";
import { convolutions } from "./kernels/convolution.ts";
import { volumeConvolutions } from "./kernels/convolution_3d.ts";
import { inputGradients } from "./kernels/convolution_input.ts";
import { depthwiseConvolutions } from "./kernels/depthwise.ts";
import { einsums } from "./kernels/einsum.ts";
import { elementwise } from "./kernels/elementwise.ts";
import { filling } from "./kernels/fill.ts";
import { gathering } from "./kernels/gather.ts";
import { concatenation } from "./kernels/concat.ts";
import { loseInOneKernel, losses } from "./kernels/losses.ts";
import { matMuls } from "./kernels/matmul.ts";
import { moving } from "./kernels/moving.ts";
import {
  multiplyInOneKernel,
  productGradients,
} from "./kernels/product_layers.ts";
import { useGradientKernels } from "./kernels/gradients.ts";
import { optimizers } from "./optimizers/kernels.ts";
import { stepInOneKernel } from "./optimizers/step.ts";
import { pooling } from "./kernels/pooling.ts";
import { volumePooling } from "./kernels/pooling_3d.ts";
import { reductions } from "./kernels/reduce.ts";
import { resizing } from "./kernels/resize.ts";
import { scans } from "./kernels/scan.ts";
import { selecting } from "./kernels/select.ts";
import { softmaxes } from "./kernels/softmax.ts";
import { sequences } from "./recurrent/kernels.ts";
import { stepInOneSequence } from "./recurrent/layers.ts";
import { runAsOne } from "./network/layers.ts";
import { findAdapter, isWebGpuRegistered, registerWebGpu } from "./webgpu.ts";

export { explain } from "./explain.ts";

// Kept from before any cell runs, since a cell may declare these names itself.
const { console, navigator } = globalThis;

/** Node 20 does not tell how many cores there are. */
const CORES = navigator?.hardwareConcurrency ?? 1;

/** What {@linkcode useBackend} may be asked for. */
export type BackendName = "webgpu" | "wasm-threads" | "cpu";

const KERNEL_CONFIGS = [
  ...batchNormalisation,
  ...comparisons,
  ...convolutions,
  ...volumeConvolutions,
  ...depthwiseConvolutions,
  ...einsums,
  ...elementwise,
  ...filling,
  ...gathering,
  ...inputGradients,
  ...concatenation,
  ...layerNormalization,
  ...losses,
  ...matMuls,
  ...moving,
  ...optimizers,
  ...pooling,
  ...productGradients,
  ...volumePooling,
  ...reductions,
  ...resizing,
  ...scans,
  ...selecting,
  ...softmaxes,
  ...sequences,
];

/**
 * Sets the tfjs backend and returns its name: without a name the processor's
 * cores ("wasm-threads"), on every machine. "cpu" is tfjs's plain one, its wrong
 * kernels replaced; it is taken, with a warning, where the other cannot run.
 * `threads` defaults to the number of cores, or to one, with a warning, where
 * the system allows no more.
 *
 * "webgpu" is tfjs's own, on a GPU. Its sums differ from those of the processor
 * in their last digits, and its tensors are read with `await tensor.data()`
 * alone. The threads are started beside it, for what must be read at once.
 *
 * Should a thread end by itself, the kernel under way throws. Calling this again
 * starts new threads. Tensors stay as they are, and so do the weights of a model
 * that was trained: perhaps half-way through a step. Go on from a checkpoint, as
 * `fit` does, or with a new model.
 *
 * @example
 * ```ts
 * const name = await useBackend(); // "wasm-threads"
 * ```
 *
 * @throws {RangeError} for another name, or a number of threads that is not from 1 to
 * 64, or to the number of cores where that is more.
 * @throws {TypeError} for an option that is not known.
 * @throws {Error} when the backend asked for cannot start here, or TensorFlow.js is
 * of another version and lacks what is needed of it.
 */
export function useBackend(
  name?: BackendName,
  options: { threads?: number } = {},
): Promise<BackendName> {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `Cannot use "${options}" as the options of useBackend: write them in ` +
        `braces, such as { threads: 2 }`,
    );
  }
  const { threads, ...others } = options;
  // Cells of a notebook are run with their types unchecked.
  const [unknown] = Object.keys(others);
  if (unknown) {
    throw new TypeError(
      `Cannot use the option "${unknown}": useBackend has no such option; ` +
        `its only one is threads`,
    );
  }
  // One after the other: two at once would start two sets of threads.
  const next = last.then(() => start(name, threads));
  last = next.catch(() => {});
  return next;
}

/**
 * Threads that may be asked for on any machine, so that a program of a larger one
 * runs here too. Each takes some 40 ms to start, and memory of its own.
 */
const MAX_THREADS = 64;

let last: Promise<unknown> = Promise.resolve();

async function start(
  name: BackendName | undefined,
  threads: number | undefined,
): Promise<BackendName> {
  const most = Math.max(MAX_THREADS, CORES);
  const isRight = Number.isInteger(threads) && threads! >= 1 &&
    threads! <= most;
  if (threads !== undefined && !isRight) {
    throw new RangeError(
      `Cannot use "${threads}" threads: not a whole number from 1 to ${most}; ` +
        `cores of this machine: ${CORES}, and threads beyond them only wait`,
    );
  }
  name ??= usual();
  fixTensorFlow();
  if (name === BACKEND) await startThreads(threads);
  else if (name === "webgpu") await startWebGpu(threads);
  else if (name !== "cpu") {
    throw new RangeError(
      `Cannot use backend "${name}": it is none of "${BACKEND}", "webgpu" and ` +
        `"cpu"; options come second, such as ` +
        `useBackend("${BACKEND}", { threads: 2 })`,
    );
  }
  if (!await setBackend(name)) {
    throw new Error(`Cannot use backend "${name}": it does not start here`);
  }
  return name;
}

/** What to use where nothing is asked for. */
function usual(): BackendName {
  if (WasmBackend.isPossible()) return BACKEND;
  console.warn(
    `"${BACKEND}" cannot run here: WebAssembly has no relaxed SIMD; ` +
      `"cpu" is used, which is hundreds of times slower`,
  );
  return "cpu";
}

/** Starts WebGPU unless it is there, and the threads beside it. */
async function startWebGpu(threads: number | undefined) {
  if (WasmBackend.isPossible()) await startThreads(threads);
  if (isWebGpuRegistered()) return;
  const adapter = await findAdapter();
  if (!adapter) {
    throw new Error(
      'Cannot use backend "webgpu": this machine has no WebGPU adapter; ' +
        `use "${BACKEND}"`,
    );
  }
  if (adapter.info.isFallbackAdapter) {
    console.warn(
      `"webgpu" finds no GPU here, only a program that imitates one on the ` +
        `processor; "${BACKEND}" is many times faster`,
    );
  }
  await registerWebGpu(adapter);
}

/** Starts so many threads, or all that this machine is good for. */
async function startThreads(threads: number | undefined) {
  if (threads !== undefined) return await setThreads(threads);
  try {
    await setThreads(CORES);
  } catch (error) {
    await setThreads(1);
    console.warn(`${(error as Error).message}; one is used`);
  }
}

async function setThreads(threads: number) {
  const before = findBackendFactory(BACKEND)
    ? findBackend(BACKEND) as WasmBackend
    : undefined;
  await before?.setThreads(threads);
  const backend = before ?? await WasmBackend.start(threads);
  // Where no threads start, tfjs stays as it is.
  if (getKernelsForBackend(BACKEND).length === 0) {
    copyRegisteredKernels("cpu", BACKEND);
    replaceKernels(KERNEL_CONFIGS);
    useGradientKernels();
    loseInOneKernel();
    multiplyInOneKernel();
    normaliseInOneKernel();
    normalizeLayersInOneKernel();
    runAsOne();
    stepInOneKernel();
    stepInOneSequence();
  }
  if (!before) registerBackend(BACKEND, () => backend, 3);
}
