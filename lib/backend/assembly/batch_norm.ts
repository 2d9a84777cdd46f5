// Batch normalisation of x[rows, c]: each channel by its own mean and variance.
// Sums go over parts of the rows, which do not depend on the number of threads.

@unmanaged
class NormalisationJob {
  x: usize; // [outer, c, inner]; where inner is not named it is 1
  dy: usize; // like x; only for the gradient
  out: usize; // like x; or sums for each part, see each task
  tables: usize; // [tables, c], see each task
  outer: i32;
  c: i32;
  inner: i32;
  perPart: i32; // of the outer axis
  parts: i32;
  perChunk: i32; // of parts
}

/** How many rows a part has. */
// @ts-ignore: decorator
@inline
function rowsOf(p: NormalisationJob, part: i32): i32 {
  return min(p.perPart, p.outer - part * p.perPart);
}

/** Writes to sums[c] the sums of x[rows, c]. */
function sumRows(p: NormalisationJob, x: usize, rows: i32, sums: usize): void {
  const row = <usize> p.c << 2, end = <usize> rows * row;
  let at: usize = 0;
  for (; at + 64 <= row; at += 64) {
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    for (let i = at; i < end; i += row) {
      s0 = f32x4.add(s0, v128.load(x + i));
      s1 = f32x4.add(s1, v128.load(x + i, 16));
      s2 = f32x4.add(s2, v128.load(x + i, 32));
      s3 = f32x4.add(s3, v128.load(x + i, 48));
    }
    v128.store(sums + at, s0);
    v128.store(sums + at, s1, 16);
    v128.store(sums + at, s2, 32);
    v128.store(sums + at, s3, 48);
  }
  for (; at + 16 <= row; at += 16) {
    let sum = f32x4.splat(0);
    for (let i = at; i < end; i += row) sum = f32x4.add(sum, v128.load(x + i));
    v128.store(sums + at, sum);
  }
  for (; at < row; at += 4) {
    let sum: f32 = 0;
    for (let i = at; i < end; i += row) sum += load<f32>(x + i);
    store<f32>(sums + at, sum);
  }
}

/**
 * Writes to sums[2, c], over the rows: the sums of y, and of y times the distance of x
 * from its mean. Where isGradient, y is dy, else this distance itself.
 */
// @ts-ignore: decorator
@inline
function sumProducts(isGradient: bool, p: NormalisationJob, x: usize, dy: usize, means: usize, rows: i32, sums: usize): void {
  const row = <usize> p.c << 2, end = <usize> rows * row;
  let at: usize = 0;
  for (; at + 32 <= row; at += 32) {
    const m0 = v128.load(means + at), m1 = v128.load(means + at, 16);
    let s0 = f32x4.splat(0), s1 = s0, q0 = s0, q1 = s0;
    for (let i = at; i < end; i += row) {
      const d0 = f32x4.sub(v128.load(x + i), m0);
      const d1 = f32x4.sub(v128.load(x + i, 16), m1);
      const y0 = isGradient ? v128.load(dy + i) : d0;
      const y1 = isGradient ? v128.load(dy + i, 16) : d1;
      s0 = f32x4.add(s0, y0);
      s1 = f32x4.add(s1, y1);
      q0 = f32x4.relaxed_madd(y0, d0, q0);
      q1 = f32x4.relaxed_madd(y1, d1, q1);
    }
    v128.store(sums + at, s0);
    v128.store(sums + at, s1, 16);
    v128.store(sums + row + at, q0);
    v128.store(sums + row + at, q1, 16);
  }
  for (; at + 16 <= row; at += 16) {
    const mean = v128.load(means + at);
    let sum = f32x4.splat(0), products = sum;
    for (let i = at; i < end; i += row) {
      const distance = f32x4.sub(v128.load(x + i), mean);
      const y = isGradient ? v128.load(dy + i) : distance;
      sum = f32x4.add(sum, y);
      products = f32x4.relaxed_madd(y, distance, products);
    }
    v128.store(sums + at, sum);
    v128.store(sums + row + at, products);
  }
  for (; at < row; at += 4) {
    const mean = load<f32>(means + at);
    let sum: f32 = 0, products: f32 = 0;
    for (let i = at; i < end; i += row) {
      const distance = load<f32>(x + i) - mean;
      const y = isGradient ? load<f32>(dy + i) : distance;
      sum += y;
      products += y * distance;
    }
    store<f32>(sums + at, sum);
    store<f32>(sums + row + at, products);
  }
}

/**
 * Chunk: `perChunk` parts. Of each it writes means[c] which may be a little off, and
 * the sums of distances from them and of squared distances. Sums of squares alone
 * would lose the digits of a variance that is small beside the mean.
 */
export function momentsOfParts(p: NormalisationJob, chunk: i32, _slot: i32): void {
  const row = <usize> p.c << 2;
  const end = min(p.parts, (chunk + 1) * p.perChunk);
  for (let part = chunk * p.perChunk; part < end; part++) {
    const x = p.x + <usize> (part * p.perPart) * row, rows = rowsOf(p, part);
    const means = p.out + <usize> (3 * part) * row;
    sumRows(p, x, rows, means);
    for (let at: usize = 0; at < row; at += 4) {
      store<f32>(means + at, load<f32>(means + at) / <f32> rows);
    }
    sumProducts(false, p, x, 0, means, rows, means + row);
  }
}

/**
 * Chunk: `perChunk` parts. Of each it writes the sums[c] of dy, and those of dy times
 * the distance of x from its mean. Tables: the means.
 */
export function normalisationSums(p: NormalisationJob, chunk: i32, _slot: i32): void {
  const row = <usize> p.c << 2;
  const end = min(p.parts, (chunk + 1) * p.perChunk);
  for (let part = chunk * p.perChunk; part < end; part++) {
    const first = <usize> (part * p.perPart) * row;
    const sums = p.out + <usize> (2 * part) * row;
    sumProducts(true, p, p.x + first, p.dy + first, p.tables, rowsOf(p, part), sums);
  }
}

/**
 * (x - mean) * factor + offset; for the gradient dy * slope besides. `table` is the
 * place in the first of the tables mean, factor, offset and slope, `row` bytes each.
 */
// @ts-ignore: decorator
@inline
function applied(isGradient: bool, x: v128, dy: v128, mean: v128, factor: v128, offset: v128, slope: v128): v128 {
  const rest = isGradient ? f32x4.relaxed_madd(dy, slope, offset) : offset;
  return f32x4.relaxed_madd(f32x4.sub(x, mean), factor, rest);
}

/** Chunk: `perChunk` parts of the outer axis. */
// @ts-ignore: decorator
@inline
function apply(isGradient: bool, p: NormalisationJob, chunk: i32): void {
  const row = <usize> p.c << 2, count = <usize> p.inner << 2;
  const first = chunk * p.perChunk * p.perPart;
  const end = min(p.outer, first + p.perChunk * p.perPart);
  for (let i = first; i < end; i++) {
    let from = p.x + <usize> i * row * p.inner, to = from - p.x + p.out;
    let dy = isGradient ? from - p.x + p.dy : from;
    if (p.inner == 1) {
      let table = p.tables;
      const stop = table + row;
      for (; table + 16 <= stop; table += 16, from += 16, dy += 16, to += 16) {
        v128.store(to, applied(
          isGradient,
          v128.load(from),
          v128.load(dy),
          v128.load(table),
          v128.load(table + row),
          v128.load(table + 2 * row),
          isGradient ? v128.load(table + 3 * row) : f32x4.splat(0),
        ));
      }
      for (; table < stop; table += 4, from += 4, dy += 4, to += 4) {
        store<f32>(to, f32x4.extract_lane(applied(
          isGradient,
          v128.load_splat<f32>(from),
          v128.load_splat<f32>(dy),
          v128.load_splat<f32>(table),
          v128.load_splat<f32>(table + row),
          v128.load_splat<f32>(table + 2 * row),
          isGradient ? v128.load_splat<f32>(table + 3 * row) : f32x4.splat(0),
        ), 0));
      }
      continue;
    }
    for (let table = p.tables; table < p.tables + row; table += 4) {
      const mean = v128.load_splat<f32>(table);
      const factor = v128.load_splat<f32>(table + row);
      const offset = v128.load_splat<f32>(table + 2 * row);
      const stop = to + count;
      for (; to + 16 <= stop; from += 16, to += 16) {
        const x = v128.load(from);
        v128.store(to, applied(false, x, x, mean, factor, offset, x));
      }
      for (; to < stop; from += 4, to += 4) {
        const x = v128.load_splat<f32>(from);
        store<f32>(to, f32x4.extract_lane(applied(false, x, x, mean, factor, offset, x), 0));
      }
    }
  }
}

/** Writes (x - mean) * factor + offset. Tables: mean, factor, offset. */
export function normalise(p: NormalisationJob, chunk: i32, _slot: i32): void {
  apply(false, p, chunk);
}

/**
 * Writes dy * slope + (x - mean) * factor + offset, where inner is 1. Tables: mean,
 * factor, offset, slope.
 */
export function normalisationGradient(p: NormalisationJob, chunk: i32, _slot: i32): void {
  apply(true, p, chunk);
}
