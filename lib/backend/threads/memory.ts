/**
 * The memory that all threads share, and which parts of it are in use.
 *
 * The allocator is first fit, over free blocks in order of address; a block that is
 * freed is merged with free neighbours. A training step makes some 300 tensors of a
 * dozen sizes, so there are seldom more than a few free blocks.
 */

const PAGE_BYTES = 65_536;
/** Blocks start and end with a cache line, so that no two threads share one. */
const ALIGNMENT_BYTES = 64;

/**
 * Plans a block of memory before it is allocated: each call reserves `bytes` of it
 * and returns their offset; with 0 it returns how many the block needs so far.
 */
export function offsetAllocator(): (bytes: number) => number {
  let end = 0;
  return (bytes) => {
    const address = end;
    end += Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    return address;
  };
}

/**
 * The least odd number from `rows` up. Matrices that come one after the other have an
 * odd number of rows: numbers at the same place in each would otherwise be multiples
 * of 4,096 bytes apart, and share one set of the cache.
 */
export function oddRows(rows: number): number {
  return rows | 1;
}

interface Block {
  address: number;
  bytes: number;
}

/** The allocator of one growing, shared `WebAssembly.Memory`. */
export class SharedHeap {
  readonly memory: WebAssembly.Memory;
  readonly #free: Block[] = [];
  readonly #used = new Map<number, number>();
  #end: number;

  /**
   * Grows to `maximum` pages of 64 KiB; the first is not for allocation. The last
   * page of 4 GiB is never used: the address behind it would be 2^32, which is 0 in
   * 32 bits, and a loop up to there would not run at all.
   */
  constructor({ maximum = 65_535 } = {}) {
    try {
      const size = { initial: 1, maximum };
      this.memory = new WebAssembly.Memory({ ...size, shared: true });
    } catch (cause) {
      throw new Error(
        `Cannot reserve ${maximum * PAGE_BYTES / 2 ** 30} GiB of addresses ` +
          `for the memory that threads share: ${(cause as Error).message}`,
        { cause },
      );
    }
    this.#end = PAGE_BYTES;
  }

  /** Bytes that are allocated and not freed. */
  get usedBytes(): number {
    let sum = 0;
    for (const bytes of this.#used.values()) sum += bytes;
    return sum;
  }

  /**
   * The address of a new block; what it contains is undefined.
   *
   * @throws {RangeError} when 4 GiB are used up, or `bytes` is no size.
   */
  allocate(bytes: number): number {
    if (!Number.isSafeInteger(bytes) || bytes < 0) {
      throw new RangeError(
        `Cannot allocate "${bytes}" bytes: not a whole number from 0 up`,
      );
    }
    const size = Math.max(
      ALIGNMENT_BYTES,
      Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES,
    );
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
   * Frees a block.
   *
   * @throws {RangeError} when no block in use starts there.
   */
  free(address: number) {
    const bytes = this.#used.get(address);
    if (bytes === undefined) {
      throw new RangeError(`Cannot free "${address}": no block starts there`);
    }
    this.#used.delete(address);
    const free = this.#free;
    let index = 0;
    while (index < free.length && free[index].address < address) index++;
    const before = index > 0 ? free[index - 1] : undefined;
    const after = index < free.length ? free[index] : undefined;
    const isBehind = before && before.address + before.bytes === address;
    const isAhead = after && address + bytes === after.address;
    if (isBehind) {
      before.bytes += bytes + (isAhead ? after.bytes : 0);
      if (isAhead) free.splice(index, 1);
    } else if (isAhead) {
      after.address = address;
      after.bytes += bytes;
    } else free.splice(index, 0, { address, bytes });
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

  /** Index of a free block of at least `bytes` at the end of the memory. */
  #grow(bytes: number): number {
    const last = this.#free.at(-1);
    const spare = last && last.address + last.bytes === this.#end
      ? last.bytes
      : 0;
    const pages = Math.ceil((bytes - spare) / PAGE_BYTES);
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
    if (spare) last!.bytes += pages * PAGE_BYTES;
    else this.#free.push({ address: this.#end, bytes: pages * PAGE_BYTES });
    this.#end += pages * PAGE_BYTES;
    return this.#free.length - 1;
  }
}
