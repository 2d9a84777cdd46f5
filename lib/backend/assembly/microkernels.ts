// The two microkernels of the matrix product, which is the inner loop of every
// convolution too. A microkernel computes a register block of the result: a few rows
// and columns whose sums stay in registers (Goto and van de Geijn, Anatomy of
// High-Performance Matrix Multiplication, 2008). b is packed in panels of 16
// columns, [n / 16][k][16], zero beyond n. Rows of a are reached through pointers,
// so a may be a matrix, its transpose, or windows of an image that overlap in memory.
//
// Element (o, i) of row r of a is at ar + o * aOuter + i * aInner. In the panel, the
// next i is 64 bytes further, and the next o bOuter bytes more. Both microkernels add
// in the same order, so they give the same bits.

/** Columns of a panel. */
export const PANEL_COLUMNS: i32 = 16;
/** Rows of a register block. */
export const BLOCK_ROWS: i32 = 6;
/** Bytes of a register block. */
export const BLOCK_BYTES: usize = 4 * BLOCK_ROWS * PANEL_COLUMNS;
/** Bytes of a register block at the edge, and of pointers to its rows. */
export const BLOCK_SCRATCH_BYTES: usize = BLOCK_BYTES + 4 * BLOCK_ROWS;

// Of two neighbouring vectors the second is stored first: then V8 may join the two to
// one vector of 256 bits (see network/stage.ts).

// @ts-ignore: decorator
@inline
function store8(out: usize, s0: v128, s1: v128, add: bool): void {
  if (add) {
    s0 = f32x4.add(v128.load(out), s0);
    s1 = f32x4.add(v128.load(out, 16), s1);
  }
  v128.store(out, s1, 16);
  v128.store(out, s0);
}

// @ts-ignore: decorator
@inline
function store16(out: usize, s0: v128, s1: v128, s2: v128, s3: v128, add: bool): void {
  store8(out, s0, s1, add);
  store8(out + 32, s2, s3, add);
}

/**
 * out[6, 8] = a[6, outer * inner] panel[outer * inner, 8 of 16], added to `out` if
 * `add`. Of 16 registers of 128 bits the sums fill twelve, the panel two and a one.
 */
function multiply6x8(
  a0: usize, a1: usize, a2: usize, a3: usize, a4: usize, a5: usize,
  outer: i32, aOuter: usize, bOuter: usize, inner: i32, aInner: usize,
  panel: usize, out: usize, outRow: usize, add: bool,
): void {
  let s00 = f32x4.splat(0), s01 = s00;
  let s10 = s00, s11 = s00;
  let s20 = s00, s21 = s00;
  let s30 = s00, s31 = s00;
  let s40 = s00, s41 = s00;
  let s50 = s00, s51 = s00;
  for (let o = 0; o < outer; o++) {
    let at: usize = 0;
    for (let i = 0; i < inner; i++) {
      const b0 = v128.load(panel), b1 = v128.load(panel, 16);
      let x: v128;
      x = v128.load_splat<f32>(a0 + at);
      s00 = f32x4.relaxed_madd(x, b0, s00);
      s01 = f32x4.relaxed_madd(x, b1, s01);
      x = v128.load_splat<f32>(a1 + at);
      s10 = f32x4.relaxed_madd(x, b0, s10);
      s11 = f32x4.relaxed_madd(x, b1, s11);
      x = v128.load_splat<f32>(a2 + at);
      s20 = f32x4.relaxed_madd(x, b0, s20);
      s21 = f32x4.relaxed_madd(x, b1, s21);
      x = v128.load_splat<f32>(a3 + at);
      s30 = f32x4.relaxed_madd(x, b0, s30);
      s31 = f32x4.relaxed_madd(x, b1, s31);
      x = v128.load_splat<f32>(a4 + at);
      s40 = f32x4.relaxed_madd(x, b0, s40);
      s41 = f32x4.relaxed_madd(x, b1, s41);
      x = v128.load_splat<f32>(a5 + at);
      s50 = f32x4.relaxed_madd(x, b0, s50);
      s51 = f32x4.relaxed_madd(x, b1, s51);
      at += aInner;
      panel += 64;
    }
    a0 += aOuter;
    a1 += aOuter;
    a2 += aOuter;
    a3 += aOuter;
    a4 += aOuter;
    a5 += aOuter;
    panel += bOuter;
  }
  store8(out, s00, s01, add);
  store8(out + outRow, s10, s11, add);
  store8(out + 2 * outRow, s20, s21, add);
  store8(out + 3 * outRow, s30, s31, add);
  store8(out + 4 * outRow, s40, s41, add);
  store8(out + 5 * outRow, s50, s51, add);
}

/**
 * out[6, 16] = a[6, outer * inner] panel[outer * inner, 16], added to `out` if `add`.
 * The same for registers of 256 bits, where V8 joins pairs of vectors to such.
 */
function multiply6x16(
  a0: usize, a1: usize, a2: usize, a3: usize, a4: usize, a5: usize,
  outer: i32, aOuter: usize, bOuter: usize, inner: i32, aInner: usize,
  panel: usize, out: usize, outRow: usize, add: bool,
): void {
  let s00 = f32x4.splat(0), s01 = s00, s02 = s00, s03 = s00;
  let s10 = s00, s11 = s00, s12 = s00, s13 = s00;
  let s20 = s00, s21 = s00, s22 = s00, s23 = s00;
  let s30 = s00, s31 = s00, s32 = s00, s33 = s00;
  let s40 = s00, s41 = s00, s42 = s00, s43 = s00;
  let s50 = s00, s51 = s00, s52 = s00, s53 = s00;
  for (let o = 0; o < outer; o++) {
    let at: usize = 0;
    for (let i = 0; i < inner; i++) {
      const b0 = v128.load(panel), b1 = v128.load(panel, 16);
      const b2 = v128.load(panel, 32), b3 = v128.load(panel, 48);
      let x: v128;
      x = v128.load_splat<f32>(a0 + at);
      s00 = f32x4.relaxed_madd(x, b0, s00);
      s01 = f32x4.relaxed_madd(x, b1, s01);
      s02 = f32x4.relaxed_madd(x, b2, s02);
      s03 = f32x4.relaxed_madd(x, b3, s03);
      x = v128.load_splat<f32>(a1 + at);
      s10 = f32x4.relaxed_madd(x, b0, s10);
      s11 = f32x4.relaxed_madd(x, b1, s11);
      s12 = f32x4.relaxed_madd(x, b2, s12);
      s13 = f32x4.relaxed_madd(x, b3, s13);
      x = v128.load_splat<f32>(a2 + at);
      s20 = f32x4.relaxed_madd(x, b0, s20);
      s21 = f32x4.relaxed_madd(x, b1, s21);
      s22 = f32x4.relaxed_madd(x, b2, s22);
      s23 = f32x4.relaxed_madd(x, b3, s23);
      x = v128.load_splat<f32>(a3 + at);
      s30 = f32x4.relaxed_madd(x, b0, s30);
      s31 = f32x4.relaxed_madd(x, b1, s31);
      s32 = f32x4.relaxed_madd(x, b2, s32);
      s33 = f32x4.relaxed_madd(x, b3, s33);
      x = v128.load_splat<f32>(a4 + at);
      s40 = f32x4.relaxed_madd(x, b0, s40);
      s41 = f32x4.relaxed_madd(x, b1, s41);
      s42 = f32x4.relaxed_madd(x, b2, s42);
      s43 = f32x4.relaxed_madd(x, b3, s43);
      x = v128.load_splat<f32>(a5 + at);
      s50 = f32x4.relaxed_madd(x, b0, s50);
      s51 = f32x4.relaxed_madd(x, b1, s51);
      s52 = f32x4.relaxed_madd(x, b2, s52);
      s53 = f32x4.relaxed_madd(x, b3, s53);
      at += aInner;
      panel += 64;
    }
    a0 += aOuter;
    a1 += aOuter;
    a2 += aOuter;
    a3 += aOuter;
    a4 += aOuter;
    a5 += aOuter;
    panel += bOuter;
  }
  store16(out, s00, s01, s02, s03, add);
  store16(out + outRow, s10, s11, s12, s13, add);
  store16(out + 2 * outRow, s20, s21, s22, s23, add);
  store16(out + 3 * outRow, s30, s31, s32, s33, add);
  store16(out + 4 * outRow, s40, s41, s42, s43, add);
  store16(out + 5 * outRow, s50, s51, s52, s53, add);
}

/**
 * A whole register block: 16 columns, or the first 8 if `columns` is 8. With
 * `smallBlock` 16 columns are computed 8 at a time, which is faster where V8 makes no
 * vectors of 256 bits: then the sums of 16 do not fit in the registers.
 */
// @ts-ignore: decorator
@inline
export function multiplyBlock(
  smallBlock: i32, columns: i32,
  a0: usize, a1: usize, a2: usize, a3: usize, a4: usize, a5: usize,
  outer: i32, aOuter: usize, bOuter: usize, inner: i32, aInner: usize,
  panel: usize, out: usize, outRow: usize, add: bool,
): void {
  if (!smallBlock && columns > 8) {
    multiply6x16(
      a0, a1, a2, a3, a4, a5, outer, aOuter, bOuter, inner, aInner,
      panel, out, outRow, add,
    );
    return;
  }
  for (let column: usize = 0; column < <usize> columns; column += 8) {
    multiply6x8(
      a0, a1, a2, a3, a4, a5, outer, aOuter, bOuter, inner, aInner,
      panel + 4 * column, out + 4 * column, outRow, add,
    );
  }
}
