/**
 * The tfjs backend: tfjs's own cpu backend, with tensors that move to shared
 * WebAssembly memory when a fast kernel first needs them.
 */

import { type DataType, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import { entryOf, innerCpu, type Values } from "./internals/storage.ts";
import { checkShape } from "./geometry/sizes.ts";
import { SharedHeap } from "./threads/memory.ts";
import { MODULE_BASE64 } from "./threads/embedded.ts";
import { Pool, type PoolOptions } from "./threads/pool.ts";

// Kept from before any cell runs, since a cell may declare this name itself.
const { atob } = globalThis;

/** The name under which tfjs knows the backend. */
export const BACKEND = "wasm-threads";

/** The bytes of the WebAssembly module. */
export function kernelBytes(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(MODULE_BASE64), (letter) => letter.charCodeAt(0));
}

/** How its threads are started, and the memory that they share. */
export interface BackendOptions
  extends Omit<PoolOptions, "memory" | "threads"> {
  heap?: SharedHeap;
}

/** tfjs's cpu backend with shared memory and threads. */
export class WasmBackend extends MathBackendCPU {
  readonly heap: SharedHeap;
  /** Called with the name of each kernel that is left to tfjs's plain one. */
  onPlainKernel?: (name: string) => void;
  readonly #module: WebAssembly.Module;
  #pool: Pool;
  readonly #workers: BackendOptions;
  /** Outputs made so far in keepOnSuccess, and how often it is on its way. */
  #made: TensorInfo["dataId"][] = [];
  #depth = 0;

  private constructor(
    heap: SharedHeap,
    module: WebAssembly.Module,
    { pool, workers }: {
      pool: Pool;
      workers: BackendOptions;
    },
  ) {
    super();
    this.heap = heap;
    this.#module = module;
    this.#pool = pool;
    this.#workers = workers;
    innerCpu(this);
  }

  /** Whether this processor, and this program's WebAssembly, can run the kernels. */
  static isPossible(): boolean {
    return WebAssembly.validate(kernelBytes());
  }

  /**
   * Starts a backend with so many threads, the caller's included.
   *
   * @throws {Error} where the kernels cannot run, or so many threads not start.
   */
  static async start(
    threads: number,
    { heap = new SharedHeap(), ...workers }: BackendOptions = {},
  ): Promise<WasmBackend> {
    const kernels = kernelBytes();
    if (!WebAssembly.validate(kernels)) {
      throw new Error(
        `Cannot use backend "${BACKEND}": this machine has no relaxed SIMD in ` +
          `WebAssembly; use "cpu", which is hundreds of times slower`,
      );
    }
    const module = await WebAssembly.compile(kernels);
    const { memory } = heap;
    const pool = await Pool.start(module, { memory, threads, ...workers });
    return new WasmBackend(heap, module, { pool, workers });
  }

  /** The threads that run its tasks. */
  get pool(): Pool {
    return this.#pool;
  }

  /**
   * Goes on with so many threads, new ones where one has ended; tensors stay.
   */
  async setThreads(threads: number) {
    if (threads === this.#pool.threads && this.#pool.isWhole) return;
    const { memory } = this.heap;
    // First the old ones end: two workers of one number share their scratch.
    this.#pool.terminate();
    this.#pool = await Pool.start(this.#module, {
      ...{ memory, threads },
      ...this.#workers,
    });
  }

  /**
   * A new tensor, its contents undefined: of float32 in shared memory, of other
   * numbers in JavaScript's.
   */
  output(shape: number[], dtype: DataType = "float32"): TensorInfo {
    checkShape(shape);
    const length = util.sizeFromShape(shape);
    if (dtype !== "float32") {
      const values = util.getTypedArrayFromDType(dtype as "int32", length);
      const dataId = super.write(values, shape, dtype);
      if (this.#depth > 0) this.#made.push(dataId);
      return { dataId, shape, dtype };
    }
    const address = this.heap.allocate(4 * length);
    const values = this.heap.floats(address, length);
    const dataId = super.write(values, shape, "float32");
    entryOf(this, dataId).address = address;
    if (this.#depth > 0) this.#made.push(dataId);
    return { dataId, shape, dtype };
  }

  /** Runs `use`; if it throws, the outputs that it made are given back. */
  keepOnSuccess<T>(use: () => T): T {
    const before = this.#made.length;
    this.#depth++;
    try {
      return use();
    } catch (error) {
      for (const dataId of this.#made.splice(before)) {
        if (this.data.has(dataId)) this.disposeData(dataId, true);
      }
      throw error;
    } finally {
      if (--this.#depth === 0) this.#made.length = 0;
    }
  }

  /** Address of a float32 tensor, which is copied to shared memory if need be. */
  address({ dataId }: TensorInfo): number {
    const entry = entryOf(this, dataId);
    if (entry.address === undefined) {
      // A cast from bool or int32 leaves integers under a float32 tensor.
      const { values } = entry as { values: Float32Array | Int32Array };
      entry.address = this.heap.allocate(4 * values.length);
      const copy = this.heap.floats(entry.address, values.length);
      copy.set(values);
      if (values instanceof Float32Array) entry.values = copy;
    }
    return entry.address;
  }

  /**
   * Memory in which each slot of so many chunks finds `bytes` of its own, and how
   * far on the next slot's lie: on cache lines, so that none is shared.
   */
  scratch(
    allocate: (bytes: number) => number,
    { bytes, chunks }: { bytes: number; chunks: number },
  ): { scratch: number; scratchBytes: number } {
    const scratchBytes = Math.ceil(bytes / 64) * 64;
    const scratch = allocate(scratchBytes * this.#pool.slots(chunks));
    return { scratch, scratchBytes };
  }

  // A view of another tensor's memory (a slice, say) would not outlive it.
  override write(
    values: Values,
    shape: number[],
    dtype: DataType,
  ): TensorInfo["dataId"] {
    checkShape(shape);
    return super.write(ownedCopy(values), shape, dtype);
  }

  override move(
    dataId: TensorInfo["dataId"],
    values: Values,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ) {
    super.move(dataId, ownedCopy(values), shape, dtype, refCount);
  }

  override readSync(dataId: TensorInfo["dataId"]): Values {
    return ownedCopy(super.readSync(dataId));
  }

  override disposeData(dataId: TensorInfo["dataId"], force = false): boolean {
    const address = this.data.has(dataId)
      ? entryOf(this, dataId).address
      : undefined;
    const freed = super.disposeData(dataId, force);
    if (freed && address !== undefined) this.heap.free(address);
    return freed;
  }

  override memory() {
    const numBytesInWasm = this.heap.usedBytes;
    return { unreliable: false, reasons: [], numBytesInWasm };
  }

  override dispose() {
    this.#pool.terminate();
    super.dispose();
  }
}

/** The values themselves, or a copy if they lie in shared memory. */
function ownedCopy<T extends Values>(values: T): T {
  // Pages that are not isolated have shared memory, but no name for its class.
  const isShared = ArrayBuffer.isView(values) &&
    Object.prototype.toString.call(values.buffer) ===
      "[object SharedArrayBuffer]";
  return isShared ? (values as unknown as Float32Array).slice() as T : values;
}
