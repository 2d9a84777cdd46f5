// Matrix product out[m, n] (+)= a[m, k] b[k, n], the inner loop of every
// convolution too. b comes packed in panels of 8 columns, [n / 8][k][8], zero
// beyond n. Rows of a are reached through pointers, so a may be a matrix,
// its transpose, or windows of an image that overlap in memory.

/** Columns of a panel. */
export const PANEL: i32 = 8;
/** Rows of a tile. */
export const TILE: i32 = 6;

/**
 * out[6, 8] (+)= a[6, outer * inner] panel[outer * inner, 8].
 *
 * Element (row r, o, i) of a lies at a_r + o * aOuter + i * aInner; the panel
 * moves on by 32 bytes for each i and by bOuter more for each o. All twelve
 * sums stay in registers: 12 + 2 of the panel + 1 of a, of the 16 there are.
 */
function tile(
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  a4: usize,
  a5: usize,
  outer: i32,
  aOuter: usize,
  bOuter: usize,
  inner: i32,
  aInner: usize,
  panel: usize,
  out: usize,
  outRow: usize,
  add: bool,
): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00;
  let s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  let s40 = s00, s41 = s00, s50 = s00, s51 = s00;
  for (let o = 0; o < outer; o++) {
    let at: usize = 0;
    for (let i = 0; i < inner; i++) {
      const b0 = v128.load(panel), b1 = v128.load(panel, 16);
      let a = v128.load_splat<f32>(a0 + at);
      s00 = f32x4.relaxed_madd(a, b0, s00);
      s01 = f32x4.relaxed_madd(a, b1, s01);
      a = v128.load_splat<f32>(a1 + at);
      s10 = f32x4.relaxed_madd(a, b0, s10);
      s11 = f32x4.relaxed_madd(a, b1, s11);
      a = v128.load_splat<f32>(a2 + at);
      s20 = f32x4.relaxed_madd(a, b0, s20);
      s21 = f32x4.relaxed_madd(a, b1, s21);
      a = v128.load_splat<f32>(a3 + at);
      s30 = f32x4.relaxed_madd(a, b0, s30);
      s31 = f32x4.relaxed_madd(a, b1, s31);
      a = v128.load_splat<f32>(a4 + at);
      s40 = f32x4.relaxed_madd(a, b0, s40);
      s41 = f32x4.relaxed_madd(a, b1, s41);
      a = v128.load_splat<f32>(a5 + at);
      s50 = f32x4.relaxed_madd(a, b0, s50);
      s51 = f32x4.relaxed_madd(a, b1, s51);
      at += aInner;
      panel += 32;
    }
    a0 += aOuter;
    a1 += aOuter;
    a2 += aOuter;
    a3 += aOuter;
    a4 += aOuter;
    a5 += aOuter;
    panel += bOuter;
  }
  put(out, s00, s01, add);
  put(out + outRow, s10, s11, add);
  put(out + 2 * outRow, s20, s21, add);
  put(out + 3 * outRow, s30, s31, add);
  put(out + 4 * outRow, s40, s41, add);
  put(out + 5 * outRow, s50, s51, add);
}

// @ts-ignore: decorator
@inline
function put(out: usize, s0: v128, s1: v128, add: bool): void {
  if (add) {
    s0 = f32x4.add(v128.load(out), s0);
    s1 = f32x4.add(v128.load(out, 16), s1);
  }
  v128.store(out, s0);
  v128.store(out, s1, 16);
}

/**
 * One tile that may hang over the edge: `rows` (1 to 6) and `columns` (1 to 8)
 * of it are real. Missing rows repeat the last pointer; an overhanging tile is
 * made in `spare` (192 bytes) and its real part copied, so nothing outside of
 * `out` is read or written.
 */
export function edgeTile(
  rows: i32,
  columns: i32,
  pointers: usize,
  outer: i32,
  aOuter: usize,
  bOuter: usize,
  inner: i32,
  aInner: usize,
  panel: usize,
  out: usize,
  outRow: usize,
  add: bool,
  spare: usize,
): void {
  const last = rows - 1;
  const whole = rows == TILE && columns == PANEL;
  tile(
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
    whole ? outRow : 32,
    whole && add,
  );
  if (whole) return;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const from = spare + (<usize> (r * PANEL + c) << 2);
      const to = out + <usize> r * outRow + (<usize> c << 2);
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
  let from = b + <usize> first * columnStride;
  for (let row = 0; row < k; row++) {
    for (let c = 0; c < PANEL; c++) {
      store<f32>(
        out + (<usize> c << 2),
        c < columns ? load<f32>(from + <usize> c * columnStride) : 0,
      );
    }
    from += rowStride;
    out += 32;
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
export function pack(job: usize, chunk: i32, _thread: i32): void {
  const p = changetype<PackJob>(job);
  packPanel(
    p.b + <usize> (chunk / p.panels) * p.batchStride,
    p.k,
    p.n,
    p.rowStride,
    p.columnStride,
    chunk % p.panels,
    p.out + <usize> chunk * <usize> p.k * 32,
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
  scratch: usize;
  scratchBytes: usize;
}

/** k is cut in blocks that keep 8 columns of b, 16 kB, in the first cache. */
const BLOCK: i32 = 512;

/** Chunk: `rowsPerChunk` rows of one product of the batch. */
export function matMul(job: usize, chunk: i32, thread: i32): void {
  const p = changetype<MatMulJob>(job);
  const spare = p.scratch + <usize> thread * p.scratchBytes;
  const pointers = spare + 192;
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
        (<usize> (column / PANEL) * <usize> p.k + k) * 32;
      for (let row = first; row < end; row += TILE) {
        const rows = min(TILE, end - row);
        for (let r = 0; r < rows; r++) {
          store<usize>(
            pointers + (<usize> r << 2),
            a + <usize> (row + r) * p.rowStride + <usize> k * p.columnStride,
          );
        }
        edgeTile(
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
