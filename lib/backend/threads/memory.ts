/**
 * The memory that all threads share, and who owns which part of it.
 *
 * First fit over free blocks kept in order of address; neighbours are joined
 * when freed. A training step makes some 300 tensors of a dozen sizes, so there
 * are seldom more than a few free blocks.
 */

const PAGE = 65_536;
/** Blocks start and end on a cache line, so that threads never share one. */
const ALIGNMENT = 64;

/**
 * Hands out bytes of a memory that is still to be made, from its start on, and
 * gives their addresses in it; of 0 bytes, how many it has to have.
 */
export function allocator(): (bytes: number) => number {
  let end = 0;
  return (bytes) => {
    const address = end;
    end += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return address;
  };
}

interface Block {
  address: number;
  bytes: number;
}

/** Hands out parts of one growing, shared `WebAssembly.Memory`. */
export class SharedHeap {
  readonly memory: WebAssembly.Memory;
  readonly #free: Block[] = [];
  readonly #used = new Map<number, number>();
  #end: number;

  /**
   * Reserves the first `reserved` pages (64 KiB each). The last page of 4 GiB is
   * never used: the address behind it would be 2^32, which is 0 in 32 bits, and
   * loops that run until there would not run at all.
   */
  constructor({ reserved = 1, maximum = 65_535 } = {}) {
    this.memory = new WebAssembly.Memory({
      initial: reserved,
      maximum,
      shared: true,
    });
    this.#end = reserved * PAGE;
  }

  /** Bytes handed out and not freed. */
  get usedBytes(): number {
    let sum = 0;
    for (const bytes of this.#used.values()) sum += bytes;
    return sum;
  }

  /**
   * Address of a new block, its contents undefined.
   *
   * @throws {RangeError} when 4 GiB are used up, or `bytes` is no size.
   */
  allocate(bytes: number): number {
    if (!Number.isSafeInteger(bytes) || bytes < 0) {
      throw new RangeError(
        `Cannot allocate "${bytes}" bytes: not a whole number from 0 up`,
      );
    }
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    let index = this.#free.findIndex((block) => block.bytes >= size);
    if (index < 0) index = this.#grow(size);
    const block = this.#free[index];
    const { address } = block;
    if (block.bytes === size) this.#free.splice(index, 1);
    else {
      block.address += size;
      block.bytes -= size;
    }
    this.#used.set(address, size);
    return address;
  }

  /**
   * Takes a block back.
   *
   * @throws {RangeError} when no block in use starts there.
   */
  free(address: number) {
    const bytes = this.#used.get(address);
    if (bytes === undefined) {
      throw new RangeError(`Cannot free "${address}": no block starts there`);
    }
    this.#used.delete(address);
    let index = this.#free.findIndex((block) => block.address > address);
    if (index < 0) index = this.#free.length;
    this.#free.splice(index, 0, { address, bytes });
    this.#joinWithNext(index);
    if (index > 0) this.#joinWithNext(index - 1);
  }

  /** Runs `use`, and frees what it allocated, whether it returns or throws. */
  borrow<T>(use: (allocate: (bytes: number) => number) => T): T {
    const addresses: number[] = [];
    try {
      return use((bytes) => {
        const address = this.allocate(bytes);
        addresses.push(address);
        return address;
      });
    } finally {
      for (const address of addresses) this.free(address);
    }
  }

  /** View of `length` floats at an address. */
  floats(address: number, length: number): Float32Array<ArrayBuffer> {
    // The buffer is shared; tfjs's types only know the other kind.
    const buffer = this.memory.buffer as unknown as ArrayBuffer;
    return new Float32Array(buffer, address, length);
  }

  #joinWithNext(index: number) {
    const block = this.#free[index], next = this.#free[index + 1];
    if (!next || block.address + block.bytes !== next.address) return;
    block.bytes += next.bytes;
    this.#free.splice(index + 1, 1);
  }

  /** Index of a free block of at least `bytes` at the end of the memory. */
  #grow(bytes: number): number {
    const last = this.#free.at(-1);
    const spare = last && last.address + last.bytes === this.#end
      ? last.bytes
      : 0;
    const pages = Math.ceil((bytes - spare) / PAGE);
    try {
      this.memory.grow(pages);
    } catch (cause) {
      throw new RangeError(
        `Cannot allocate "${bytes}" bytes: ${this.usedBytes} of at most ` +
          `4 GiB are in use; dispose of tensors (tf.tidy, tensor.dispose) ` +
          `or use a smaller batch or smaller images`,
        { cause },
      );
    }
    if (spare) last!.bytes += pages * PAGE;
    else this.#free.push({ address: this.#end, bytes: pages * PAGE });
    this.#end += pages * PAGE;
    return this.#free.length - 1;
  }
}
