// Products of the small matrices of a network's stages, and their microkernels (see
// microkernels.ts in the folder above). Here b need not be packed: its rows are a
// multiple of 16 channels. 16 columns are computed at a time as pairs of vectors, which
// V8 may join to vectors of 256 bits (see stage.ts).

/** Stores the sums of one row, or adds them to `out`. */
// @ts-ignore: decorator
@inline
function store16(out: usize, s0: v128, s1: v128, s2: v128, s3: v128, add: bool): void {
  if (add) {
    s0 = f32x4.add(v128.load(out), s0);
    s1 = f32x4.add(v128.load(out, 16), s1);
    s2 = f32x4.add(v128.load(out, 32), s2);
    s3 = f32x4.add(v128.load(out, 48), s3);
  }
  v128.store(out, s1, 16);
  v128.store(out, s0);
  v128.store(out, s3, 48);
  v128.store(out, s2, 32);
}

/**
 * out[4, 16] = a[4, inner] b[inner, 16], added to `out` if `add`. Element (r, i) of a
 * is at a + r * aRow + i * aInner.
 */
function multiply4x16(
  a: usize, aRow: usize, inner: i32, aInner: usize,
  b: usize, bRow: usize, out: usize, outRow: usize, add: bool,
): void {
  const a1 = aRow, a2 = 2 * aRow, a3 = 3 * aRow;
  let s00 = f32x4.splat(0), s01 = s00, s02 = s00, s03 = s00;
  let s10 = s00, s11 = s00, s12 = s00, s13 = s00;
  let s20 = s00, s21 = s00, s22 = s00, s23 = s00;
  let s30 = s00, s31 = s00, s32 = s00, s33 = s00;
  for (let i = 0; i < inner; i++) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32), b3 = v128.load(b, 48);
    let x = v128.load_splat<f32>(a);
    s00 = f32x4.relaxed_madd(x, b0, s00);
    s01 = f32x4.relaxed_madd(x, b1, s01);
    s02 = f32x4.relaxed_madd(x, b2, s02);
    s03 = f32x4.relaxed_madd(x, b3, s03);
    x = v128.load_splat<f32>(a + a1);
    s10 = f32x4.relaxed_madd(x, b0, s10);
    s11 = f32x4.relaxed_madd(x, b1, s11);
    s12 = f32x4.relaxed_madd(x, b2, s12);
    s13 = f32x4.relaxed_madd(x, b3, s13);
    x = v128.load_splat<f32>(a + a2);
    s20 = f32x4.relaxed_madd(x, b0, s20);
    s21 = f32x4.relaxed_madd(x, b1, s21);
    s22 = f32x4.relaxed_madd(x, b2, s22);
    s23 = f32x4.relaxed_madd(x, b3, s23);
    x = v128.load_splat<f32>(a + a3);
    s30 = f32x4.relaxed_madd(x, b0, s30);
    s31 = f32x4.relaxed_madd(x, b1, s31);
    s32 = f32x4.relaxed_madd(x, b2, s32);
    s33 = f32x4.relaxed_madd(x, b3, s33);
    a += aInner;
    b += bRow;
  }
  store16(out, s00, s01, s02, s03, add);
  out += outRow;
  store16(out, s10, s11, s12, s13, add);
  out += outRow;
  store16(out, s20, s21, s22, s23, add);
  out += outRow;
  store16(out, s30, s31, s32, s33, add);
}

/**
 * The same for two rows: out[2, 16]. Where V8 makes no vectors of 256 bits, the sums
 * of two rows fit in its 16 registers, and those of four do not.
 */
function multiply2x16(
  a: usize, aRow: usize, inner: i32, aInner: usize,
  b: usize, bRow: usize, out: usize, outRow: usize, add: bool,
): void {
  let s00 = f32x4.splat(0), s01 = s00, s02 = s00, s03 = s00;
  let s10 = s00, s11 = s00, s12 = s00, s13 = s00;
  for (let i = 0; i < inner; i++) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32), b3 = v128.load(b, 48);
    let x = v128.load_splat<f32>(a);
    s00 = f32x4.relaxed_madd(x, b0, s00);
    s01 = f32x4.relaxed_madd(x, b1, s01);
    s02 = f32x4.relaxed_madd(x, b2, s02);
    s03 = f32x4.relaxed_madd(x, b3, s03);
    x = v128.load_splat<f32>(a + aRow);
    s10 = f32x4.relaxed_madd(x, b0, s10);
    s11 = f32x4.relaxed_madd(x, b1, s11);
    s12 = f32x4.relaxed_madd(x, b2, s12);
    s13 = f32x4.relaxed_madd(x, b3, s13);
    a += aInner;
    b += bRow;
  }
  store16(out, s00, s01, s02, s03, add);
  store16(out + outRow, s10, s11, s12, s13, add);
}

/**
 * out[3, 16] = a[3, outer * inner] b[outer * inner, 16], added to `out` if `add`.
 * Element (r, o, i) of a is at a + r * aRow + o * aOuter + i * aInner.
 */
function multiply3x16(
  a: usize, aRow: usize, outer: i32, aOuter: usize, inner: i32, aInner: usize,
  b: usize, bRow: usize, out: usize, outRow: usize, add: bool,
): void {
  let a0 = a, a1 = a + aRow, a2 = a1 + aRow;
  let s00 = f32x4.splat(0), s01 = s00, s02 = s00, s03 = s00;
  let s10 = s00, s11 = s00, s12 = s00, s13 = s00;
  let s20 = s00, s21 = s00, s22 = s00, s23 = s00;
  for (let o = 0; o < outer; o++) {
    let at: usize = 0;
    for (let i = 0; i < inner; i++) {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      const b2 = v128.load(b, 32), b3 = v128.load(b, 48);
      let x = v128.load_splat<f32>(a0 + at);
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
      at += aInner;
      b += bRow;
    }
    a0 += aOuter;
    a1 += aOuter;
    a2 += aOuter;
  }
  store16(out, s00, s01, s02, s03, add);
  out += outRow;
  store16(out, s10, s11, s12, s13, add);
  out += outRow;
  store16(out, s20, s21, s22, s23, add);
}

/** Rows that a product must have at least. */
export const MIN_PRODUCT_ROWS: i32 = 4;

/**
 * out[m, n] = a[m, k] b[k, n], n a multiple of 16, m at least MIN_PRODUCT_ROWS. The last
 * register block may compute rows again that the one before has computed.
 */
export function multiplyMatrices(
  a: usize, aRow: usize, b: usize, k: i32, out: usize, m: i32, n: i32, smallBlock: i32,
): void {
  const row = <usize> n << 2, rows = smallBlock ? 2 : 4;
  for (let column: usize = 0; column < row; column += 64) {
    for (let r = 0; r < m; r += rows) {
      const first = <usize> min(r, m - rows);
      const from = a + first * aRow, to = out + first * row + column;
      if (smallBlock) multiply2x16(from, aRow, k, 4, b + column, row, to, row, false);
      else multiply4x16(from, aRow, k, 4, b + column, row, to, row, false);
    }
  }
}

/** out[m, n] += a' b for a[k, m] and b[k, n], m a multiple of 4, n of 16. */
export function addOuterProducts(
  a: usize, m: i32, b: usize, n: i32, k: i32, out: usize, smallBlock: i32,
): void {
  const row = <usize> n << 2, aInner = <usize> m << 2, rows = smallBlock ? 2 : 4;
  for (let column: usize = 0; column < row; column += 64) {
    for (let r = 0; r < m; r += rows) {
      const from = a + (<usize> r << 2), to = out + <usize> r * row + column;
      if (smallBlock) multiply2x16(from, 4, k, aInner, b + column, row, to, row, true);
      else multiply4x16(from, 4, k, aInner, b + column, row, to, row, true);
    }
  }
}

/**
 * out[m, n] += sum over the pixels (y, x) of h by w: the m numbers from
 * a + y * aOuter + x * aInner on, times the n numbers b[y * w + x]. m is a multiple
 * of 3. (A row of windows of an image is such an a.)
 */
export function addWindowProducts(
  a: usize, m: i32, h: i32, aOuter: usize, w: i32, aInner: usize,
  b: usize, n: i32, out: usize,
): void {
  const row = <usize> n << 2;
  for (let column: usize = 0; column < row; column += 64) {
    for (let r = 0; r < m; r += 3) {
      multiply3x16(
        a + (<usize> r << 2), 4, h, aOuter, w, aInner,
        b + column, row, out + <usize> r * row + column, row, true,
      );
    }
  }
}
