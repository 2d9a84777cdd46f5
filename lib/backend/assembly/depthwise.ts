// Depthwise convolution: each channel has a filter of its own. Channels come last, so
// four or eight neighbouring channels are computed at once.
//
// Along rows, and likewise along columns, output `out + j * outStep` is the sum over
// taps t of filter `tap + t * tapStep` times input `in + j * inStep + t * inTap`, where
// that is inside. So one task computes the convolution (inStep is the stride) and the
// gradient by its input, one phase after the other (outStep is the stride, and the
// taps come in reverse).

@unmanaged
class DepthwiseJob {
  from: usize; // [n, inH, inW, c]
  filter: usize; // [kh, kw, c]
  to: usize; // [n, outH, outW, c]
  n: i32;
  inH: i32;
  inW: i32;
  outH: i32;
  outW: i32;
  c: i32;
  kw: i32;
  rows: i32; // values of j
  outRow: i32;
  outRowStep: i32;
  inRow: i32;
  inRowStep: i32;
  rowTaps: i32;
  tapRow: i32;
  tapRowStep: i32;
  inTapRows: i32; // above zero
  columns: i32;
  outColumn: i32;
  outColumnStep: i32;
  inColumn: i32;
  inColumnStep: i32;
  columnTaps: i32;
  tapColumn: i32;
  tapColumnStep: i32;
  inTapColumns: i32; // above zero
  insideFrom: i32; // from here to insideTo the taps of all columns are inside
  insideTo: i32;
  perChunk: i32; // of n * rows
}

/** How many taps, one every `step` numbers from `first` on, lie before `end`. */
// @ts-ignore: decorator
@inline
function tapsBefore(end: i32, first: i32, step: i32): i32 {
  return max(0, end - first + step - 1) / step;
}

/** Chunk: `perChunk` rows of outputs. */
export function depthwise(p: DepthwiseJob, chunk: i32, _slot: i32): void {
  const pixel = <usize> p.c << 2;
  const end = min(p.n * p.rows, (chunk + 1) * p.perChunk);
  for (let i = chunk * p.perChunk; i < end; i++) {
    const image = i / p.rows, j = i % p.rows;
    const first = p.inRow + j * p.inRowStep;
    const t0 = tapsBefore(0, first, p.inTapRows);
    const t1 = min(p.rowTaps, tapsBefore(p.inH, first, p.inTapRows));
    const row = image * p.inH + first + t0 * p.inTapRows;
    const outRow = image * p.outH + p.outRow + j * p.outRowStep;
    convolveRow(
      p,
      p.from + <usize> (row * p.inW) * pixel,
      p.filter + <usize> ((p.tapRow + t0 * p.tapRowStep) * p.kw + p.tapColumn) * pixel,
      p.to + <usize> (outRow * p.outW + p.outColumn) * pixel,
      t1 - t0,
    );
  }
}

/** A row of outputs, from the first row of inputs that it needs. */
function convolveRow(p: DepthwiseJob, from: usize, filter: usize, to: usize, rowTaps: i32): void {
  const pixel = <usize> p.c << 2, step = <usize> p.outColumnStep * pixel;
  const taps = p.columnTaps;
  for (let j = 0; j < p.columns;) {
    const first = p.inColumn + j * p.inColumnStep;
    if (j >= p.insideFrom && j + 4 <= p.insideTo) {
      fourPixels(p, from + <usize> first * pixel, filter, to, rowTaps);
      j += 4;
      to += 4 * step;
      continue;
    }
    const t0 = tapsBefore(0, first, p.inTapColumns);
    const t1 = min(taps, tapsBefore(p.inW, first, p.inTapColumns));
    onePixel(
      p,
      from + <usize> (first + t0 * p.inTapColumns) * pixel,
      filter + <usize> (t0 * p.tapColumnStep) * pixel,
      to,
      rowTaps,
      t1 - t0,
    );
    j++;
    to += step;
  }
}

/** All channels of an output pixel. */
function onePixel(p: DepthwiseJob, from: usize, filter: usize, to: usize, rowTaps: i32, taps: i32): void {
  const pixel = <usize> p.c << 2;
  const rowIn = <usize> (p.inTapRows * p.inW) * pixel;
  const rowFilter = <usize> (p.tapRowStep * p.kw) * pixel;
  const columnIn = <usize> p.inTapColumns * pixel;
  const columnFilter = <usize> p.tapColumnStep * pixel;
  let at: usize = 0;
  for (; at + 16 <= pixel; at += 16) {
    let sum = f32x4.splat(0);
    for (let ky = 0; ky < rowTaps; ky++) {
      let x = from + at + <usize> ky * rowIn;
      let w = filter + at + <usize> ky * rowFilter;
      for (let kx = 0; kx < taps; kx++, x += columnIn, w += columnFilter) {
        sum = f32x4.relaxed_madd(v128.load(x), v128.load(w), sum);
      }
    }
    v128.store(to + at, sum);
  }
  for (; at < pixel; at += 4) {
    let sum: f32 = 0;
    for (let ky = 0; ky < rowTaps; ky++) {
      let x = from + at + <usize> ky * rowIn;
      let w = filter + at + <usize> ky * rowFilter;
      for (let kx = 0; kx < taps; kx++, x += columnIn, w += columnFilter) {
        sum += load<f32>(x) * load<f32>(w);
      }
    }
    store<f32>(to + at, sum);
  }
}

/** All channels of four neighbouring output pixels, all of whose taps are inside. */
function fourPixels(p: DepthwiseJob, from: usize, filter: usize, to: usize, rowTaps: i32): void {
  const pixel = <usize> p.c << 2;
  const rowIn = <usize> (p.inTapRows * p.inW) * pixel;
  const rowFilter = <usize> (p.tapRowStep * p.kw) * pixel;
  const columnIn = <usize> p.inTapColumns * pixel;
  const columnFilter = <usize> p.tapColumnStep * pixel;
  const next = <usize> p.inColumnStep * pixel, outNext = <usize> p.outColumnStep * pixel;
  const taps = p.columnTaps;
  let at: usize = 0;
  for (; at + 32 <= pixel; at += 32) {
    let a0 = f32x4.splat(0), a1 = f32x4.splat(0), b0 = f32x4.splat(0), b1 = f32x4.splat(0);
    let c0 = f32x4.splat(0), c1 = f32x4.splat(0), d0 = f32x4.splat(0), d1 = f32x4.splat(0);
    for (let ky = 0; ky < rowTaps; ky++) {
      let x = from + at + <usize> ky * rowIn;
      let w = filter + at + <usize> ky * rowFilter;
      for (let kx = 0; kx < taps; kx++, x += columnIn, w += columnFilter) {
        const w1 = v128.load(w, 16), w0 = v128.load(w);
        const xb = x + next, xc = xb + next, xd = xc + next;
        a1 = f32x4.relaxed_madd(v128.load(x, 16), w1, a1);
        a0 = f32x4.relaxed_madd(v128.load(x), w0, a0);
        b1 = f32x4.relaxed_madd(v128.load(xb, 16), w1, b1);
        b0 = f32x4.relaxed_madd(v128.load(xb), w0, b0);
        c1 = f32x4.relaxed_madd(v128.load(xc, 16), w1, c1);
        c0 = f32x4.relaxed_madd(v128.load(xc), w0, c0);
        d1 = f32x4.relaxed_madd(v128.load(xd, 16), w1, d1);
        d0 = f32x4.relaxed_madd(v128.load(xd), w0, d0);
      }
    }
    let out = to + at;
    v128.store(out, a1, 16);
    v128.store(out, a0);
    out += outNext;
    v128.store(out, b1, 16);
    v128.store(out, b0);
    out += outNext;
    v128.store(out, c1, 16);
    v128.store(out, c0);
    out += outNext;
    v128.store(out, d1, 16);
    v128.store(out, d0);
  }
  for (; at + 16 <= pixel; at += 16) {
    let a = f32x4.splat(0), b = f32x4.splat(0), c = f32x4.splat(0), d = f32x4.splat(0);
    for (let ky = 0; ky < rowTaps; ky++) {
      let x = from + at + <usize> ky * rowIn;
      let w = filter + at + <usize> ky * rowFilter;
      for (let kx = 0; kx < taps; kx++, x += columnIn, w += columnFilter) {
        const w0 = v128.load(w);
        const xb = x + next, xc = xb + next, xd = xc + next;
        a = f32x4.relaxed_madd(v128.load(x), w0, a);
        b = f32x4.relaxed_madd(v128.load(xb), w0, b);
        c = f32x4.relaxed_madd(v128.load(xc), w0, c);
        d = f32x4.relaxed_madd(v128.load(xd), w0, d);
      }
    }
    let out = to + at;
    v128.store(out, a);
    v128.store(out += outNext, b);
    v128.store(out += outNext, c);
    v128.store(out + outNext, d);
  }
  for (; at < pixel; at += 4) {
    let a: f32 = 0, b: f32 = 0, c: f32 = 0, d: f32 = 0;
    for (let ky = 0; ky < rowTaps; ky++) {
      let x = from + at + <usize> ky * rowIn;
      let w = filter + at + <usize> ky * rowFilter;
      for (let kx = 0; kx < taps; kx++, x += columnIn, w += columnFilter) {
        const w0 = load<f32>(w);
        const xb = x + next, xc = xb + next, xd = xc + next;
        a += load<f32>(x) * w0;
        b += load<f32>(xb) * w0;
        c += load<f32>(xc) * w0;
        d += load<f32>(xd) * w0;
      }
    }
    let out = to + at;
    store<f32>(out, a);
    store<f32>(out += outNext, b);
    store<f32>(out += outNext, c);
    store<f32>(out + outNext, d);
  }
}

@unmanaged
class DepthwiseFilterJob {
  x: usize; // [n, h, w, c]
  dy: usize; // [n, outH, outW, c]
  out: usize; // [chunks, kh, kw, c]
  n: i32;
  h: i32;
  w: i32;
  c: i32;
  kh: i32;
  kw: i32;
  strideH: i32;
  strideW: i32;
  dilationH: i32;
  dilationW: i32;
  top: i32;
  left: i32;
  outH: i32;
  outW: i32;
  perChunk: i32; // of n * outH
}

/** Chunk: the gradient by the filter of `perChunk` rows of outputs. */
export function depthwiseFilter(p: DepthwiseFilterJob, chunk: i32, _slot: i32): void {
  const pixel = <usize> p.c << 2;
  const length = <usize> (p.kh * p.kw) * pixel;
  const out = p.out + <usize> chunk * length;
  memory.fill(out, 0, length);
  const end = min(p.n * p.outH, (chunk + 1) * p.perChunk);
  for (let i = chunk * p.perChunk; i < end; i++) {
    const image = i / p.outH, row = i % p.outH * p.strideH - p.top;
    const dy = p.dy + <usize> (i * p.outW) * pixel;
    for (let ky = 0; ky < p.kh; ky++) {
      const y = row + ky * p.dilationH;
      if (y < 0 || y >= p.h) continue;
      const x = p.x + <usize> ((image * p.h + y) * p.w) * pixel;
      for (let kx = 0; kx < p.kw; kx++) {
        const column = kx * p.dilationW - p.left; // of x, for the first output
        const first = tapsBefore(0, column, p.strideW);
        addProducts(
          p,
          x + <usize> (column + first * p.strideW) * pixel,
          dy + <usize> first * pixel,
          out + <usize> (ky * p.kw + kx) * pixel,
          min(p.outW, tapsBefore(p.w, column, p.strideW)) - first,
        );
      }
    }
  }
}

/** Adds to out[c] the products of `count` pixels of dy and those of x. */
function addProducts(p: DepthwiseFilterJob, x: usize, dy: usize, out: usize, count: i32): void {
  const pixel = <usize> p.c << 2, next = <usize> p.strideW * pixel;
  let at: usize = 0;
  for (; at + 32 <= pixel; at += 32) {
    let xa = x + at, ya = dy + at, i = 0;
    let a0 = f32x4.splat(0), a1 = f32x4.splat(0), b0 = f32x4.splat(0), b1 = f32x4.splat(0);
    for (; i + 2 <= count; i += 2) {
      const xb = xa + next, yb = ya + pixel;
      a1 = f32x4.relaxed_madd(v128.load(xa, 16), v128.load(ya, 16), a1);
      a0 = f32x4.relaxed_madd(v128.load(xa), v128.load(ya), a0);
      b1 = f32x4.relaxed_madd(v128.load(xb, 16), v128.load(yb, 16), b1);
      b0 = f32x4.relaxed_madd(v128.load(xb), v128.load(yb), b0);
      xa = xb + next;
      ya = yb + pixel;
    }
    if (i < count) {
      a1 = f32x4.relaxed_madd(v128.load(xa, 16), v128.load(ya, 16), a1);
      a0 = f32x4.relaxed_madd(v128.load(xa), v128.load(ya), a0);
    }
    const to = out + at;
    v128.store(to, f32x4.add(v128.load(to, 16), f32x4.add(a1, b1)), 16);
    v128.store(to, f32x4.add(v128.load(to), f32x4.add(a0, b0)));
  }
  for (; at + 16 <= pixel; at += 16) {
    let xa = x + at, ya = dy + at, sum = f32x4.splat(0);
    for (let i = 0; i < count; i++, xa += next, ya += pixel) {
      sum = f32x4.relaxed_madd(v128.load(xa), v128.load(ya), sum);
    }
    v128.store(out + at, f32x4.add(v128.load(out + at), sum));
  }
  for (; at < pixel; at += 4) {
    let xa = x + at, ya = dy + at, sum: f32 = 0;
    for (let i = 0; i < count; i++, xa += next, ya += pixel) {
      sum += load<f32>(xa) * load<f32>(ya);
    }
    store<f32>(out + at, load<f32>(out + at) + sum);
  }
}
