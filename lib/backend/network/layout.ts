/** What a network that runs as one needs of the memory, and where it lies. */

import { FIRST, LAST, type Stage } from "./stages.ts";

/** Products for each pair of channels, by kind of stage. */
export const PARTS = [9, 36, 9, 16];
/** Outputs of a tile along an axis, by kind of stage. */
const TILE = [2, 4, 1, 1];
/** Bytes of a tile between its transforms. */
export const LINES = 72 * 32;
/** Images that a thread takes through the stages together. */
export const GROUP = 2;

/** The fields of assembly/network/stage.ts. */
export interface StageFields {
  kind: number;
  pooled: number;
  h: number;
  w: number;
  cin: number;
  cout: number;
  narrow: number;
  tilesH: number;
  tilesW: number;
  frameH: number;
  frameW: number;
  filter: number;
  bias: number;
  dFilter: number;
  dBias: number;
  forward: number;
  backward: number;
  input: number;
  dInput: number;
  values: number;
  switches: number;
  products: number;
  lines: number;
  sums: number;
  biasSums: number;
}

/** Words of a stage, in the order in which stage.ts reads them. */
export function stageWords(fields: Partial<StageFields>): number[] {
  const { kind, pooled, h, w, cin, cout, narrow } = fields;
  const { tilesH, tilesW, frameH, frameW, filter, bias } = fields;
  const { dFilter, dBias, forward, backward, input, dInput } = fields;
  const { values, switches, products, lines, sums, biasSums } = fields;
  return [
    ...[kind, pooled, h, w, cin, cout, narrow],
    ...[tilesH, tilesW, frameH, frameW, filter, bias],
    ...[dFilter, dBias, forward, backward, input, dInput],
    ...[values, switches, products, lines, sums, biasSums],
  ].map((word) => word ?? 0);
}

/** Rows of a part of `tiles` transformed tiles; assembly/network/winograd.ts. */
export function partRows(tiles: number): number {
  return Math.max(4, tiles) | 1;
}

/** Hands out addresses on cache lines; `allocate(0)` is what was handed out. */
function allocator() {
  let end = 0;
  return (bytes: number) => {
    const address = end;
    end += Math.ceil(bytes / 64) * 64;
    return address;
  };
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
    const tilesH = Math.ceil(h / TILE[kind]);
    const tilesW = Math.ceil(w / TILE[kind]);
    const frameH = TILE[kind] * tilesH + 2;
    const frameW = TILE[kind] * tilesW + 2;
    const tiles = partRows(GROUP * tilesH * tilesW);
    const products = kind === FIRST
      ? h * w * cout
      : kind === LAST
      ? GROUP * frameH * frameW * PARTS[LAST]
      : PARTS[kind] * tiles * cout;
    return { tilesH, tilesW, frameH, frameW, tiles, products };
  });
  const frameBytes = sizes.map(({ frameH, frameW }, i) =>
    4 * GROUP * frameH * frameW * stages[i].cin
  );
  // Frames come first: their borders must be zero before a step starts.
  const inputs = frameBytes.map((bytes) => arena(bytes));
  const zeroBytes = arena(0);
  const products = arena(4 * Math.max(...sizes.map((size) => size.products)));
  const lines = arena(LINES);
  const fields = stages.map(({ kind, pooled, h, w, cin, cout }, i) => {
    const { tilesH, tilesW, frameH, frameW, tiles } = sizes[i];
    const values = kind === LAST ? 4 * h * w : PARTS[kind] * tiles * cin;
    const filterBytes = 4 * PARTS[kind] * cin * cout;
    return {
      ...{ kind, pooled: Number(pooled), h, w, cin, cout },
      ...{ tilesH, tilesW, frameH, frameW },
      forward: filters(filterBytes),
      backward: filters(filterBytes),
      input: inputs[i],
      dInput: arena(frameBytes[i]),
      values: arena(kind === FIRST ? 0 : 4 * values),
      switches: arena(pooled ? GROUP * h * w * cout : 0), // of four pixels one
      products,
      lines,
      sums: sums(filterBytes),
      biasSums: sums(4 * cout),
    };
  });
  const [arenaBytes, sumsBytes, filterBytes] = [arena(0), sums(0), filters(0)];
  return { fields, arenaBytes, zeroBytes, sumsBytes, filterBytes };
}
