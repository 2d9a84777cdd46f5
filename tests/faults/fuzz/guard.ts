/** Notices numbers that are written where no tensor of a call lies. */

import type { SharedHeap } from "../../../lib/backend/threads/memory.ts";

/** Most calls find their memory here. */
const ROOM = 1 << 23;
/** Between two blocks, and on both sides of the room. */
const WALL = 1 << 8;
/** NaN as a float, so that who reads what was never written gives that away. */
const BRICK = 0x7fc05eed;

/**
 * Fills free memory with bricks, and puts a wall behind every block from now on.
 * Gives a function that says whether all bricks stand; it mends them.
 */
export function guard(heap: SharedHeap): () => boolean {
  const { allocate, free } = heap;
  const words = (from: number, to: number) =>
    new Int32Array(heap.memory.buffer, from, (to - from) / 4);
  const stands = (from: number, to: number) => {
    const all = words(from, to);
    for (let i = 0; i < all.length; i++) if (all[i] !== BRICK) return false;
    return true;
  };
  const before = heap.allocate(WALL), room = heap.allocate(ROOM);
  const end = room + ROOM + WALL;
  heap.allocate(WALL);
  words(before, end).fill(BRICK);
  heap.free(room);

  /** Where each block ends, of those allocated from now on. */
  const ends = new Map<number, number>();
  let isIntact = true;
  heap.allocate = (bytes) => {
    if (bytes < 0) return allocate.call(heap, bytes); // which refuses it
    const address = allocate.call(heap, bytes + WALL);
    // As the heap rounds sizes up.
    const wall = address + 64 * Math.ceil(bytes / 64);
    ends.set(address, wall);
    words(wall, wall + WALL).fill(BRICK);
    return address;
  };
  heap.free = (address) => {
    free.call(heap, address);
    const wall = ends.get(address);
    if (wall === undefined) return;
    ends.delete(address);
    isIntact &&= stands(wall, wall + WALL);
    words(address, wall + WALL).fill(BRICK);
  };
  return () => {
    const starts = [...ends.keys()].sort((a, b) => a - b);
    const gaps = [before - WALL, ...starts].map((
      start,
      i,
    ) => [ends.get(start) ?? before, Math.min(starts[i] ?? end, end)]).filter((
      [from, to],
    ) => from < to);
    const result = isIntact && gaps.every(([from, to]) => stands(from, to));
    if (!result) { for (const [from, to] of gaps) words(from, to).fill(BRICK); }
    isIntact = true;
    return result;
  };
}
