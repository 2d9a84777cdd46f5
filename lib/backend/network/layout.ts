/** What a network that runs as one needs of the memory, and where it lies. */

import { type Fields, writeFields } from "../threads/fields.ts";
import {
  DIRECT,
  IMAGES_PER_GROUP,
  MIN_PRODUCT_ROWS,
  OUTPUT,
  OUTPUT_COLUMNS,
  Stage as StageClass,
  STAGE_BYTES,
  UPSAMPLED_PARTS,
  WINOGRAD,
  WINOGRAD_PARTS,
  WINOGRAD_WORKSPACE_BYTES,
} from "../threads/jobs.ts";
import { allocator, type SharedHeap } from "../threads/memory.ts";
import type { Stage } from "./stages.ts";

/** Products for each pair of channels, by kind of stage. */
const PARTS = [9, WINOGRAD_PARTS, UPSAMPLED_PARTS, OUTPUT_COLUMNS];
/** Outputs of a tile along an axis, by kind of stage. */
const TILE_SIDE = [2, 4, 1, 1];

/** The address of stages, put where a task finds them. */
export function putStages(
  heap: SharedHeap,
  allocate: (bytes: number) => number,
  stages: Fields<typeof StageClass>[],
): number {
  const table = allocate(STAGE_BYTES * stages.length);
  const view = new DataView(heap.memory.buffer);
  stages.forEach((fields, i) => {
    const address = table + STAGE_BYTES * i;
    writeFields(view, address, { type: StageClass, fields });
  });
  return table;
}

/**
 * Rows from one part of `tiles` transformed tiles to the next, for Winograd's
 * algorithm: an odd number, since 36 numbers that lie 4,096 bytes apart would
 * share one set of the cache.
 */
export function partRows(tiles: number): number {
  return Math.max(MIN_PRODUCT_ROWS, tiles) | 1;
}

/**
 * Each stage's fields, as far as they do not change from job to job, and the
 * bytes of a thread's arena, of its part that must be zero before a job starts,
 * of a chunk's sums and of all transformed filters.
 */
export function layOut(stages: Stage[]) {
  const arena = allocator(), sums = allocator(), filters = allocator();
  sums(8); // the loss, a double
  const sizes = stages.map(({ kind, h, w, cout }) => {
    const tilesH = Math.ceil(h / TILE_SIDE[kind]);
    const tilesW = Math.ceil(w / TILE_SIDE[kind]);
    const paddedH = TILE_SIDE[kind] * tilesH + 2;
    const paddedW = TILE_SIDE[kind] * tilesW + 2;
    const tiles = IMAGES_PER_GROUP * tilesH * tilesW;
    const rows = kind === WINOGRAD ? partRows(tiles) : tiles;
    const products = kind === DIRECT
      ? h * w * cout
      : kind === OUTPUT
      ? IMAGES_PER_GROUP * paddedH * paddedW * OUTPUT_COLUMNS
      : PARTS[kind] * rows * cout;
    return { tilesH, tilesW, paddedH, paddedW, partRows: rows, products };
  });
  const paddedBytes = sizes.map(({ paddedH, paddedW }, i) =>
    4 * IMAGES_PER_GROUP * paddedH * paddedW * stages[i].cin
  );
  // Frames come first: their borders must be zero before a step starts.
  const inputs = paddedBytes.map((bytes) => arena(bytes));
  const zeroBytes = arena(0);
  const products = arena(4 * Math.max(...sizes.map((size) => size.products)));
  const workspace = arena(WINOGRAD_WORKSPACE_BYTES);
  const fields = stages.map(({ kind, pooled, h, w, cin, cout }, i) => {
    const { products: _, ...size } = sizes[i];
    const transformed = kind === OUTPUT
      ? 4 * h * w
      : PARTS[kind] * size.partRows * cin;
    const filterBytes = 4 * PARTS[kind] * cin * cout;
    return {
      ...{ kind, pooled: Number(pooled), h, w, cin, cout },
      ...size,
      transformedFilter: filters(filterBytes),
      transposedFilter: filters(filterBytes),
      input: inputs[i],
      dInput: arena(paddedBytes[i]),
      transformedInput: arena(kind === DIRECT ? 0 : 4 * transformed),
      argmax: arena(pooled ? IMAGES_PER_GROUP * h * w * cout : 0), // of four pixels one
      products,
      workspace,
      filterSums: sums(filterBytes),
      biasSums: sums(4 * cout),
    };
  });
  const [arenaBytes, sumsBytes, filterBytes] = [arena(0), sums(0), filters(0)];
  return { fields, arenaBytes, zeroBytes, sumsBytes, filterBytes };
}
