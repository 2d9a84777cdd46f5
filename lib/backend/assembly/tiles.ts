// The two tiles of a matrix product, the inner loop of every convolution too.
// b comes packed in panels of 16 columns, [n / 16][k][16], zero beyond n. Rows of
// a are reached through pointers, so a may be a matrix, its transpose, or windows
// of an image that overlap in memory.
//
// Element (row r, o, i) of a lies at a_r + o * aOuter + i * aInner; the panel
// moves on by 64 bytes for each i and by bOuter more for each o. Both tiles add
// up in the same order, so they give the same bits.

/** Columns of a panel. */
export const PANEL: i32 = 16;
/** Rows of a tile. */
export const TILE: i32 = 6;
/** Bytes of a tile. */
export const TILE_BYTES: usize = 4 * TILE * PANEL;
/** Bytes of a tile that hangs over the edge, and of pointers to its rows. */
export const SPARE_BYTES: usize = TILE_BYTES + 4 * TILE;

// Of two neighbours the higher is stored first, so that V8 may join the pair.

// @ts-ignore: decorator
@inline
function put8(out: usize, s0: v128, s1: v128, add: bool): void {
  if (add) {
    s0 = f32x4.add(v128.load(out), s0);
    s1 = f32x4.add(v128.load(out, 16), s1);
  }
  v128.store(out, s1, 16);
  v128.store(out, s0);
}

// @ts-ignore: decorator
@inline
function put16(out: usize, s0: v128, s1: v128, s2: v128, s3: v128, add: bool): void {
  put8(out, s0, s1, add);
  put8(out + 32, s2, s3, add);
}

/**
 * out[6, 8] (+)= a[6, outer * inner] panel[outer * inner, 8 of 16]. The twelve
 * sums fill 12 of 16 registers, two go to the panel and one to a.
 */
function narrowTile(
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
  put8(out, s00, s01, add);
  put8(out + outRow, s10, s11, add);
  put8(out + 2 * outRow, s20, s21, add);
  put8(out + 3 * outRow, s30, s31, add);
  put8(out + 4 * outRow, s40, s41, add);
  put8(out + 5 * outRow, s50, s51, add);
}

/**
 * out[6, 16] (+)= a[6, outer * inner] panel[outer * inner, 16]: the same in
 * registers of 256 bits, which V8 makes of pairs where it may.
 */
function wideTile(
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
  put16(out, s00, s01, s02, s03, add);
  put16(out + outRow, s10, s11, s12, s13, add);
  put16(out + 2 * outRow, s20, s21, s22, s23, add);
  put16(out + 3 * outRow, s30, s31, s32, s33, add);
  put16(out + 4 * outRow, s40, s41, s42, s43, add);
  put16(out + 5 * outRow, s50, s51, s52, s53, add);
}

/** One tile, whole: all 16 columns, or the first `columns` if that is 8. */
// @ts-ignore: decorator
@inline
export function tile(
  narrow: i32, columns: i32,
  a0: usize, a1: usize, a2: usize, a3: usize, a4: usize, a5: usize,
  outer: i32, aOuter: usize, bOuter: usize, inner: i32, aInner: usize,
  panel: usize, out: usize, outRow: usize, add: bool,
): void {
  if (!narrow && columns > 8) {
    wideTile(
      a0, a1, a2, a3, a4, a5, outer, aOuter, bOuter, inner, aInner,
      panel, out, outRow, add,
    );
    return;
  }
  for (let column: usize = 0; column < <usize> columns; column += 8) {
    narrowTile(
      a0, a1, a2, a3, a4, a5, outer, aOuter, bOuter, inner, aInner,
      panel + 4 * column, out + 4 * column, outRow, add,
    );
  }
}
