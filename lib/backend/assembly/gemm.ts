// Matrix product out[m, n] = a[m, k] b[k, n] by the microkernels, and the packing of
// b that they need.

import { copyFloats } from "./copy";
import { finish } from "./epilogue";
import { PANEL_COLUMNS, BLOCK_ROWS, multiplyBlock, BLOCK_BYTES, BLOCK_SCRATCH_BYTES } from "./microkernels";

/**
 * A register block at the edge of `out`: only its first `rows` (1 to 6) and `columns`
 * (1 to 16) are inside. A missing row reads the last one again. A block that is
 * partly outside is computed in `scratch` (BLOCK_BYTES), and the inside is copied
 * from there, so nothing beyond `out` is read or written.
 */
export function multiplyEdgeBlock(
  smallBlock: i32, rows: i32, columns: i32, pointers: usize,
  outer: i32, aOuter: usize, bOuter: usize, inner: i32, aInner: usize,
  panel: usize, out: usize, outRow: usize, add: bool, scratch: usize,
): void {
  const last = rows - 1;
  const whole = rows == BLOCK_ROWS && (columns == PANEL_COLUMNS || columns == PANEL_COLUMNS / 2);
  multiplyBlock(
    smallBlock,
    columns,
    load<usize>(pointers),
    load<usize>(pointers + (<usize> min(1, last) << 2)),
    load<usize>(pointers + (<usize> min(2, last) << 2)),
    load<usize>(pointers + (<usize> min(3, last) << 2)),
    load<usize>(pointers + (<usize> min(4, last) << 2)),
    load<usize>(pointers + (<usize> min(5, last) << 2)),
    outer,
    aOuter,
    bOuter,
    inner,
    aInner,
    panel,
    whole ? out : scratch,
    whole ? outRow : <usize> PANEL_COLUMNS << 2,
    whole && add,
  );
  if (whole) return;
  for (let r = 0; r < rows; r++) {
    let from = scratch + (<usize> (r * PANEL_COLUMNS) << 2), to = out + <usize> r * outRow;
    const end = to + (<usize> columns << 2);
    for (; to + 16 <= end; to += 16, from += 16) {
      const values = v128.load(from);
      v128.store(to, add ? f32x4.add(v128.load(to), values) : values);
    }
    for (; to < end; to += 4, from += 4) {
      store<f32>(to, add ? load<f32>(to) + load<f32>(from) : load<f32>(from));
    }
  }
}

/** Packs panel number `panel` of b[k, n], whose strides are in bytes. */
export function packPanel(
  b: usize,
  k: i32,
  n: i32,
  rowStride: usize,
  columnStride: usize,
  panel: i32,
  out: usize,
): void {
  const firstRow = panel * PANEL_COLUMNS;
  const columns = min(PANEL_COLUMNS, n - firstRow);
  const from = b + <usize> firstRow * columnStride;
  if (columns < PANEL_COLUMNS) {
    for (let row = 0; row < k; row++) {
      for (let c = 0; c < PANEL_COLUMNS; c++) {
        store<f32>(
          out + (<usize> (row * PANEL_COLUMNS + c) << 2),
          c < columns
            ? load<f32>(from + <usize> row * rowStride + <usize> c * columnStride)
            : 0,
        );
      }
    }
  } else if (columnStride == 4) {
    for (let row = 0; row < k; row++) {
      copyFloats(out + (<usize> (row * PANEL_COLUMNS) << 2), from + <usize> row * rowStride, PANEL_COLUMNS);
    }
  } else {
    for (let c = 0; c < PANEL_COLUMNS; c += 4) {
      packColumns(from + <usize> c * columnStride, k, rowStride, columnStride, out + (<usize> c << 2));
    }
  }
}

/** Packs four columns of a panel: four rows at once where b is transposed. */
function packColumns(b: usize, k: i32, rowStride: usize, columnStride: usize, out: usize): void {
  const row: usize = <usize> PANEL_COLUMNS << 2;
  let i = 0;
  for (; rowStride == 4 && i + 4 <= k; i += 4) {
    const c0 = v128.load(b), c1 = v128.load(b + columnStride);
    const c2 = v128.load(b + 2 * columnStride), c3 = v128.load(b + 3 * columnStride);
    const low01 = i32x4.shuffle(c0, c1, 0, 4, 1, 5), high01 = i32x4.shuffle(c0, c1, 2, 6, 3, 7);
    const low23 = i32x4.shuffle(c2, c3, 0, 4, 1, 5), high23 = i32x4.shuffle(c2, c3, 2, 6, 3, 7);
    v128.store(out, i64x2.shuffle(low01, low23, 0, 2));
    v128.store(out + row, i64x2.shuffle(low01, low23, 1, 3));
    v128.store(out + 2 * row, i64x2.shuffle(high01, high23, 0, 2));
    v128.store(out + 3 * row, i64x2.shuffle(high01, high23, 1, 3));
    b += 16;
    out += 4 * row;
  }
  for (; i < k; i++) {
    for (let c: usize = 0; c < 4; c++) store<f32>(out + 4 * c, load<f32>(b + c * columnStride));
    b += rowStride;
    out += row;
  }
}

@unmanaged
class PackJob {
  b: usize;
  out: usize;
  k: i32;
  n: i32;
  rowStride: usize;
  columnStride: usize;
  batchStride: usize; // bytes from one b to the next; 0: one b for the whole batch
  panels: i32; // of one b
}

/** Packs b. Chunk: one panel of one matrix of the batch. */
export function pack(p: PackJob, chunk: i32, _slot: i32): void {
  packPanel(
    p.b + <usize> (chunk / p.panels) * p.batchStride,
    p.k,
    p.n,
    p.rowStride,
    p.columnStride,
    chunk % p.panels,
    p.out + (<usize> (chunk * p.k * PANEL_COLUMNS) << 2),
  );
}

@unmanaged
class MatMulJob {
  a: usize;
  b: usize;
  bRowStride: usize; // of b, in bytes
  bColumnStride: usize;
  bBatchStride: usize; // bytes from one b to the next; 0: one b for the whole batch
  panels: usize; // b packed; 0: each chunk packs b for itself, panel by panel
  out: usize;
  m: i32;
  n: i32;
  k: i32;
  rowStride: usize; // of a, in bytes
  columnStride: usize;
  aBatchStride: usize; // bytes from one a to the next; 0: one a for the whole batch
  panelsBatchStride: usize; // bytes from the panels of one b to those of the next
  outRow: usize; // bytes from one row of out to the next
  rowsPerChunk: i32;
  bias: usize; // [n], for an `out` without gaps between its rows; 0: none
  activation: i32; // see epilogue.ts
  smallBlock: i32;
  scratch: usize; // for each slot BLOCK_SCRATCH_BYTES, and PANEL_BYTES where it packs b
  scratchBytes: usize; // from one slot to the next
}

/**
 * Rows of a panel that are used before the next panel: 16 KiB, which stay in the
 * first-level cache.
 */
const PANEL_ROWS_AT_ONCE: i32 = 256;
export const PANEL_BYTES: usize = <usize> (PANEL_ROWS_AT_ONCE * PANEL_COLUMNS) << 2;

/**
 * out[rows, n] = a[rows, k] b[k, n], or added to `out` if `add`. Element (r, i) of a is
 * at a + r * aRow + i * aColumn, in bytes. b is packed in panels.
 */
export function multiplyRows(
  smallBlock: i32, a: usize, aRow: usize, aColumn: usize, rows: i32, k: i32,
  panels: usize, n: i32, out: usize, outRow: usize, add: bool, scratch: usize,
): void {
  for (let at = 0; at < k; at += PANEL_ROWS_AT_ONCE) {
    const depth = min(PANEL_ROWS_AT_ONCE, k - at);
    for (let column = 0; column < n; column += PANEL_COLUMNS) {
      const panel = panels + (<usize> ((column / PANEL_COLUMNS * k + at) * PANEL_COLUMNS) << 2);
      multiplyPanel(
        smallBlock, a + <usize> at * aColumn, aRow, aColumn, rows, depth, panel,
        min(PANEL_COLUMNS, n - column), out + (<usize> column << 2), outRow, add || at > 0, scratch,
      );
    }
  }
}

/** The same for a b[k, n] with these strides, which is packed panel by panel in `scratch`. */
function multiplyRowsPacking(
  smallBlock: i32, a: usize, aRow: usize, aColumn: usize, rows: i32, k: i32,
  b: usize, bRow: usize, bColumn: usize, n: i32, out: usize, outRow: usize, scratch: usize,
): void {
  const panel = scratch + BLOCK_SCRATCH_BYTES;
  for (let at = 0; at < k; at += PANEL_ROWS_AT_ONCE) {
    const depth = min(PANEL_ROWS_AT_ONCE, k - at);
    for (let column = 0; column < n; column += PANEL_COLUMNS) {
      packPanel(b + <usize> at * bRow, depth, n, bRow, bColumn, column / PANEL_COLUMNS, panel);
      multiplyPanel(
        smallBlock, a + <usize> at * aColumn, aRow, aColumn, rows, depth, panel,
        min(PANEL_COLUMNS, n - column), out + (<usize> column << 2), outRow, at > 0, scratch,
      );
    }
  }
}

/** out[rows, columns] = a[rows, depth] b[depth, columns] of one panel, or added to `out`. */
function multiplyPanel(
  smallBlock: i32, a: usize, aRow: usize, aColumn: usize, rows: i32, depth: i32,
  panel: usize, columns: i32, out: usize, outRow: usize, add: bool, scratch: usize,
): void {
  const pointers = scratch + BLOCK_BYTES;
  for (let row = 0; row < rows; row += BLOCK_ROWS) {
    const inBlock = min(BLOCK_ROWS, rows - row);
    for (let r = 0; r < inBlock; r++) {
      store<usize>(pointers + (<usize> r << 2), a + <usize> (row + r) * aRow);
    }
    multiplyEdgeBlock(
      smallBlock, inBlock, columns, pointers, 1, 0, 0, depth, aColumn, panel,
      out + <usize> row * outRow, outRow, add, scratch,
    );
  }
}

/** Multiplies. Chunk: `rowsPerChunk` rows of one product of the batch. */
export function matMul(p: MatMulJob, chunk: i32, slot: i32): void {
  const chunksPerProduct = (p.m + p.rowsPerChunk - 1) / p.rowsPerChunk;
  const batch = chunk / chunksPerProduct;
  const firstRow = (chunk % chunksPerProduct) * p.rowsPerChunk;
  const rows = min(p.rowsPerChunk, p.m - firstRow);
  const out = p.out + <usize> (batch * p.m + firstRow) * p.outRow;
  const a = p.a + <usize> batch * p.aBatchStride + <usize> firstRow * p.rowStride;
  const scratch = p.scratch + <usize> slot * p.scratchBytes;
  if (p.panels) {
    multiplyRows(
      p.smallBlock, a, p.rowStride, p.columnStride, rows, p.k,
      p.panels + <usize> batch * p.panelsBatchStride, p.n, out, p.outRow, false, scratch,
    );
  } else {
    multiplyRowsPacking(
      p.smallBlock, a, p.rowStride, p.columnStride, rows, p.k,
      p.b + <usize> batch * p.bBatchStride, p.bRowStride, p.bColumnStride, p.n, out, p.outRow, scratch,
    );
  }
  finish(out, rows, p.n, p.bias, p.activation);
}
