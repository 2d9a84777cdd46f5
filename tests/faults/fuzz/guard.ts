/** Notices numbers that are written where no tensor of a call lies. */

import { SharedHeap } from "../../../lib/backend/threads/memory.ts";

/** Most calls find their memory here. */
const ROOM = 1 << 23;
/** Between two blocks, and on both sides of the room. */
const WALL = 1 << 8;
/** NaN as a float: whatever is computed from what was never written is NaN too. */
const BRICK = 0x7fc05eed;

/** Where a block or a gap between blocks starts and ends, in bytes. */
type Range = [start: number, end: number];

/**
 * Memory whose free part is filled with bricks, with a wall behind every block.
 * {@linkcode isIntact} says whether all bricks stand.
 */
export class GuardedHeap extends SharedHeap {
  /** The free part that is watched, with a wall before it and one behind it. */
  readonly #room: Range;
  /** Where each block ends, by where it starts. */
  readonly #ends = new Map<number, number>();
  #isIntact = true;

  constructor() {
    super();
    const before = super.allocate(WALL), room = super.allocate(ROOM);
    super.allocate(WALL);
    this.#room = [before, room + ROOM + WALL];
    this.#build(this.#room);
    super.free(room);
  }

  override allocate(bytes: number): number {
    if (bytes < 0) return super.allocate(bytes); // which refuses it
    const address = super.allocate(bytes + WALL);
    // As the heap rounds sizes up.
    const wall = address + 64 * Math.ceil(bytes / 64);
    this.#ends.set(address, wall);
    this.#build([wall, wall + WALL]);
    return address;
  }

  override free(address: number) {
    super.free(address);
    const wall = this.#ends.get(address)!;
    this.#ends.delete(address);
    this.#isIntact &&= this.#stands([wall, wall + WALL]);
    this.#build([address, wall + WALL]);
  }

  /**
   * Whether nothing was written outside the blocks since this was asked before; what
   * was written there is replaced by bricks.
   */
  isIntact(): boolean {
    const [before, end] = this.#room;
    const starts = [...this.#ends.keys()].sort((a, b) => a - b);
    const gaps = [before, ...starts].map((start, i): Range => [
      this.#ends.get(start) ?? before,
      Math.min(starts[i] ?? end, end),
    ]).filter(([from, to]) => from < to);
    const result = this.#isIntact && gaps.every((gap) => this.#stands(gap));
    if (!result) gaps.forEach((gap) => this.#build(gap));
    this.#isIntact = true;
    return result;
  }

  #words([start, end]: Range): Int32Array {
    return new Int32Array(this.memory.buffer, start, (end - start) / 4);
  }

  #build(range: Range) {
    this.#words(range).fill(BRICK);
  }

  #stands(range: Range): boolean {
    const words = this.#words(range);
    // A loop: every() takes many times longer for millions of words.
    for (let i = 0; i < words.length; i++) if (words[i] !== BRICK) return false;
    return true;
  }
}
