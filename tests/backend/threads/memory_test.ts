import assert from "node:assert/strict";
import { SharedHeap } from "../../../lib/backend/threads/memory.ts";

Deno.test("blocks do not overlap and start on a cache line", () => {
  const heap = new SharedHeap();
  const blocks = [1, 64, 65, 1_000_000, 0].map((bytes) => ({
    address: heap.allocate(bytes),
    bytes,
  }));
  const sorted = blocks.toSorted((a, b) => a.address - b.address);
  sorted.forEach(({ address, bytes }, i) => {
    assert.equal(address % 64, 0);
    if (sorted[i + 1]) assert.ok(address + bytes <= sorted[i + 1].address);
  });
});

Deno.test("freed neighbours are joined, so memory does not grow", () => {
  const heap = new SharedHeap();
  const addresses = Array.from({ length: 64 }, () => heap.allocate(65_536));
  const { byteLength } = heap.memory.buffer;
  // Every second first, so that joining happens on both sides.
  const order = [...addresses.keys()].sort((a, b) => a % 2 - b % 2);
  for (const i of order) heap.free(addresses[i]);
  assert.equal(heap.usedBytes, 0);
  heap.allocate(64 * 65_536);
  assert.equal(heap.memory.buffer.byteLength, byteLength);
});

Deno.test("freeing twice is an error", () => {
  const heap = new SharedHeap();
  const address = heap.allocate(100);
  heap.free(address);
  assert.throws(() => heap.free(address), RangeError);
});

Deno.test("memory that runs out says so, and the heap goes on", () => {
  const heap = new SharedHeap({ maximum: 3 });
  assert.throws(
    () => heap.allocate(4 * 65_536),
    /Cannot allocate "262144" bytes.*dispose of tensors/,
  );
  assert.ok(heap.allocate(65_536) > 0);
});

Deno.test("memory that cannot be reserved at all says how much it is", () => {
  assert.throws(
    () => new SharedHeap({ maximum: 131_072 }),
    /Cannot reserve 8 GiB of addresses for the memory that threads share: /,
  );
});
