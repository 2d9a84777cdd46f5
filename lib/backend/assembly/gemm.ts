// Matrix product out[m, n] (+)= a[m, k] b[k, n] by the tiles of tiles.ts.

import { copyFloats } from "./copy";
import { PANEL, TILE, tile, TILE_BYTES } from "./tiles";

/**
 * One tile that may hang over the edge: `rows` (1 to 6) and `columns` (1 to 16)
 * of it are real. Missing rows repeat the last pointer; an overhanging tile is
 * made in `spare` (TILE_BYTES) and its real part copied, so nothing outside of
 * `out` is read or written.
 */
export function edgeTile(
  narrow: i32, rows: i32, columns: i32, pointers: usize,
  outer: i32, aOuter: usize, bOuter: usize, inner: i32, aInner: usize,
  panel: usize, out: usize, outRow: usize, add: bool, spare: usize,
): void {
  const last = rows - 1;
  const whole = rows == TILE && (columns == PANEL || columns == PANEL / 2);
  tile(
    narrow,
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
    whole ? out : spare,
    whole ? outRow : <usize> PANEL << 2,
    whole && add,
  );
  if (whole) return;
  for (let r = 0; r < rows; r++) {
    let from = spare + (<usize> (r * PANEL) << 2), to = out + <usize> r * outRow;
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

/** Packs panel `panel` of b[k, n], whose strides are in bytes. */
export function packPanel(
  b: usize,
  k: i32,
  n: i32,
  rowStride: usize,
  columnStride: usize,
  panel: i32,
  out: usize,
): void {
  const first = panel * PANEL;
  const columns = min(PANEL, n - first);
  const from = b + <usize> first * columnStride;
  if (columns < PANEL) {
    for (let row = 0; row < k; row++) {
      for (let c = 0; c < PANEL; c++) {
        store<f32>(
          out + (<usize> (row * PANEL + c) << 2),
          c < columns
            ? load<f32>(from + <usize> row * rowStride + <usize> c * columnStride)
            : 0,
        );
      }
    }
  } else if (columnStride == 4) {
    for (let row = 0; row < k; row++) {
      copyFloats(out + (<usize> (row * PANEL) << 2), from + <usize> row * rowStride, PANEL);
    }
  } else {
    for (let c = 0; c < PANEL; c += 4) {
      packColumns(from + <usize> c * columnStride, k, rowStride, columnStride, out + (<usize> c << 2));
    }
  }
}

/** Packs four columns of a panel; where their numbers are neighbours, four rows at once. */
function packColumns(b: usize, k: i32, rowStride: usize, columnStride: usize, out: usize): void {
  const row: usize = <usize> PANEL << 2;
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
  batchStride: usize; // 0: one b for the whole batch
  panels: i32;
}

/** Chunk: one panel of one matrix of the batch. */
export function pack(p: PackJob, chunk: i32, _slot: i32): void {
  packPanel(
    p.b + <usize> (chunk / p.panels) * p.batchStride,
    p.k,
    p.n,
    p.rowStride,
    p.columnStride,
    chunk % p.panels,
    p.out + (<usize> (chunk * p.k * PANEL) << 2),
  );
}

@unmanaged
class MatMulJob {
  a: usize;
  panels: usize;
  out: usize;
  m: i32;
  n: i32;
  k: i32;
  rowStride: usize; // of a, in bytes
  columnStride: usize;
  aBatch: usize; // bytes from one a of the batch to the next; 0: the same
  panelsBatch: usize;
  rowsPerChunk: i32;
  narrow: i32;
  scratch: usize; // of SPARE_BYTES a slot
  scratchBytes: usize; // from one slot to the next
}

/** k is cut in blocks that keep a panel of b, 16 kB, in the first cache. */
const BLOCK: i32 = 256;

/** Chunk: `rowsPerChunk` rows of one product of the batch. */
export function matMul(p: MatMulJob, chunk: i32, slot: i32): void {
  const spare = p.scratch + <usize> slot * p.scratchBytes;
  const pointers = spare + TILE_BYTES;
  const perProduct = (p.m + p.rowsPerChunk - 1) / p.rowsPerChunk;
  const batch = chunk / perProduct;
  const first = (chunk % perProduct) * p.rowsPerChunk;
  const end = min(p.m, first + p.rowsPerChunk);
  const a = p.a + <usize> batch * p.aBatch;
  const outRow = <usize> p.n << 2;
  const out = p.out + <usize> batch * <usize> p.m * outRow;
  for (let k = 0; k < p.k; k += BLOCK) {
    const depth = min(BLOCK, p.k - k);
    for (let column = 0; column < p.n; column += PANEL) {
      const panel = p.panels + <usize> batch * p.panelsBatch +
        (<usize> ((column / PANEL * p.k + k) * PANEL) << 2);
      for (let row = first; row < end; row += TILE) {
        const rows = min(TILE, end - row);
        for (let r = 0; r < rows; r++) {
          store<usize>(
            pointers + (<usize> r << 2),
            a + <usize> (row + r) * p.rowStride + <usize> k * p.columnStride,
          );
        }
        edgeTile(
          p.narrow,
          rows,
          min(PANEL, p.n - column),
          pointers,
          1,
          0,
          0,
          depth,
          p.columnStride,
          panel,
          out + <usize> row * outRow + (<usize> column << 2),
          outRow,
          k > 0,
          spare,
        );
      }
    }
  }
}
