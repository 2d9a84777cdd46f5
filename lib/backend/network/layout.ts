/** Which memory a network that runs as one needs, and where in it its numbers are. */

import { tilesOver } from "../geometry/tiles.ts";
import {
  DIRECT,
  IMAGES_PER_GROUP,
  MIN_PRODUCT_ROWS,
  OUTPUT,
  OUTPUT_COLUMNS,
  UPSAMPLED_PARTS,
  WINOGRAD,
  WINOGRAD_PARTS,
  WINOGRAD_WORKSPACE_BYTES,
} from "../threads/jobs.ts";
import { oddRows, offsetAllocator } from "../threads/memory.ts";
import type { Stage } from "./stages.ts";

/** Products for each pair of channels, by kind of stage. */
const PARTS = [9, WINOGRAD_PARTS, UPSAMPLED_PARTS, OUTPUT_COLUMNS];
/** Outputs of a tile along an axis, by kind of stage. */
const TILE_SIDES = [2, 4, 1, 1];

/**
 * The fields of each stage that are the same in all jobs, and sizes in bytes: of a
 * thread's arena, of its beginning that must be zero before a job starts, of a
 * chunk's sums, and of all transformed filters.
 */
export function layOut(stages: Stage[]) {
  const arena = offsetAllocator(), sums = offsetAllocator();
  const filters = offsetAllocator();
  sums(8); // the loss, a double
  const sizes = stages.map(({ kind, h, w, cin, cout }) => {
    const tiles = tilesOver({ h, w }, TILE_SIDES[kind]);
    const rows = IMAGES_PER_GROUP * tiles.tilesH * tiles.tilesW;
    const partRows = kind === WINOGRAD
      ? oddRows(Math.max(MIN_PRODUCT_ROWS, rows))
      : rows;
    const pixels = IMAGES_PER_GROUP * tiles.paddedH * tiles.paddedW;
    const products = kind === DIRECT
      ? h * w * cout
      : kind === OUTPUT
      ? pixels * OUTPUT_COLUMNS
      : PARTS[kind] * partRows * cout;
    const fields = { ...tiles, partRows };
    return { fields, inputLength: pixels * cin, products };
  });
  // First the padded images: their borders must be zero before a step starts.
  const inputs = sizes.map(({ inputLength }) => arena(4 * inputLength));
  const zeroBytes = arena(0);
  const products = arena(4 * Math.max(...sizes.map((size) => size.products)));
  const workspace = arena(WINOGRAD_WORKSPACE_BYTES);
  const fields = stages.map(({ kind, pooled, h, w, cin, cout }, i) => {
    const { fields, inputLength } = sizes[i];
    const transformed = kind === DIRECT
      ? 0
      : kind === OUTPUT
      ? 4 * h * w
      : PARTS[kind] * fields.partRows * cin;
    const filterBytes = 4 * PARTS[kind] * cin * cout;
    return {
      ...{ kind, pooled: Number(pooled), h, w, cin, cout },
      ...fields,
      transformedFilter: filters(filterBytes),
      transposedFilter: filters(filterBytes),
      input: inputs[i],
      dInput: arena(4 * inputLength),
      transformedInput: arena(4 * transformed),
      // One number of four bytes for each window of 2 by 2.
      argmax: arena(pooled ? IMAGES_PER_GROUP * h * w * cout : 0),
      products,
      workspace,
      filterSums: sums(filterBytes),
      biasSums: sums(4 * cout),
    };
  });
  const [arenaBytes, sumsBytes, filterBytes] = [arena(0), sums(0), filters(0)];
  return { fields, arenaBytes, zeroBytes, sumsBytes, filterBytes };
}
