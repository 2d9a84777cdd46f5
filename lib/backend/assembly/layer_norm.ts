// Layer normalization of x[rows, c]: each row by its own mean and variance. Chunk: one
// part of so many rows, which does not depend on the number of threads.

@unmanaged
class LayerNormJob {
  x: usize; // [rows, c]
  dy: usize; // like x; only for the gradient
  out: usize; // like x: y, or dx
  means: usize; // [rows]
  inverses: usize; // [rows], 1 / sqrt(variance + epsilon)
  scale: usize; // [c]
  offset: usize; // [c]; not for the gradient
  sums: usize; // [parts, 2, c]: of dy z and of dy; only for the gradient
  rows: i32;
  c: i32;
  perPart: i32; // rows
  epsilon: f32;
}

/** Bytes of numbers that are summed in float32; then in float64, which rounds less. */
const BYTES_PER_SUM: usize = 1024;

/** The sum of four numbers. */
// @ts-ignore: decorator
@inline
function sumOfLanes(four: v128): f64 {
  return <f64> f32x4.extract_lane(four, 0) + f32x4.extract_lane(four, 1) +
    f32x4.extract_lane(four, 2) + f32x4.extract_lane(four, 3);
}

/** y = (x - mean) * inverse * scale + offset, and each row's mean and inverse. */
export function layerNorm(p: LayerNormJob, chunk: i32, _slot: i32): void {
  const row = <usize> p.c << 2, vectors = row & ~15;
  const end = min(p.rows, (chunk + 1) * p.perPart);
  for (let i = chunk * p.perPart; i < end; i++) {
    const x = p.x + <usize> i * row, y = p.out + <usize> i * row;
    let sum: f64 = 0, at: usize = 0;
    while (at < vectors) {
      const stop = min(vectors, at + BYTES_PER_SUM);
      let four = f32x4.splat(0);
      for (; at < stop; at += 16) four = f32x4.add(four, v128.load(x + at));
      sum += sumOfLanes(four);
    }
    for (; at < row; at += 4) sum += load<f32>(x + at);
    const mean = <f32> (sum / <f64> p.c), means = f32x4.splat(mean);
    let squares: f64 = 0;
    for (at = 0; at < vectors;) {
      const stop = min(vectors, at + BYTES_PER_SUM);
      let four = f32x4.splat(0);
      for (; at < stop; at += 16) {
        const distance = f32x4.sub(v128.load(x + at), means);
        four = f32x4.relaxed_madd(distance, distance, four);
      }
      squares += sumOfLanes(four);
    }
    for (; at < row; at += 4) {
      const distance = load<f32>(x + at) - mean;
      squares += distance * distance;
    }
    const inverse = <f32> (1 / sqrt<f64>(squares / <f64> p.c + p.epsilon));
    store<f32>(p.means + (<usize> i << 2), mean);
    store<f32>(p.inverses + (<usize> i << 2), inverse);
    const inverses = f32x4.splat(inverse);
    for (at = 0; at < vectors; at += 16) {
      const z = f32x4.mul(f32x4.sub(v128.load(x + at), means), inverses);
      v128.store(y + at, f32x4.relaxed_madd(z, v128.load(p.scale + at), v128.load(p.offset + at)));
    }
    for (; at < row; at += 4) {
      const z = (load<f32>(x + at) - mean) * inverse;
      store<f32>(y + at, z * load<f32>(p.scale + at) + load<f32>(p.offset + at));
    }
  }
}

/**
 * With z = (x - mean) * inverse and g = dy * scale, of each row
 * dx = inverse * (g - mean of g - z * mean of (g z)); and the part's sums over its rows.
 */
export function layerNormGradient(p: LayerNormJob, chunk: i32, _slot: i32): void {
  const row = <usize> p.c << 2, vectors = row & ~15;
  const end = min(p.rows, (chunk + 1) * p.perPart);
  const dScale = p.sums + <usize> (2 * chunk) * row, dOffset = dScale + row;
  memory.fill(dScale, 0, 2 * row);
  for (let i = chunk * p.perPart; i < end; i++) {
    const x = p.x + <usize> i * row, dy = p.dy + <usize> i * row;
    const dx = p.out + <usize> i * row;
    const mean = load<f32>(p.means + (<usize> i << 2));
    const inverse = load<f32>(p.inverses + (<usize> i << 2));
    const means = f32x4.splat(mean), inverses = f32x4.splat(inverse);
    let sumG: f64 = 0, sumGz: f64 = 0, at: usize = 0;
    while (at < vectors) {
      const stop = min(vectors, at + BYTES_PER_SUM);
      let fourG = f32x4.splat(0), fourGz = fourG;
      for (; at < stop; at += 16) {
        const d = v128.load(dy + at), g = f32x4.mul(d, v128.load(p.scale + at));
        const z = f32x4.mul(f32x4.sub(v128.load(x + at), means), inverses);
        fourG = f32x4.add(fourG, g);
        fourGz = f32x4.relaxed_madd(g, z, fourGz);
        v128.store(dScale + at, f32x4.relaxed_madd(d, z, v128.load(dScale + at)));
        v128.store(dOffset + at, f32x4.add(d, v128.load(dOffset + at)));
      }
      sumG += sumOfLanes(fourG);
      sumGz += sumOfLanes(fourGz);
    }
    for (; at < row; at += 4) {
      const d = load<f32>(dy + at), g = d * load<f32>(p.scale + at);
      const z = (load<f32>(x + at) - mean) * inverse;
      sumG += g;
      sumGz += g * z;
      store<f32>(dScale + at, load<f32>(dScale + at) + d * z);
      store<f32>(dOffset + at, load<f32>(dOffset + at) + d);
    }
    const a = <f32> (sumG / <f64> p.c), b = <f32> (sumGz / <f64> p.c);
    const as = f32x4.splat(a), bs = f32x4.splat(b);
    for (at = 0; at < vectors; at += 16) {
      const g = f32x4.mul(v128.load(dy + at), v128.load(p.scale + at));
      const z = f32x4.mul(f32x4.sub(v128.load(x + at), means), inverses);
      const rest = f32x4.relaxed_nmadd(z, bs, f32x4.sub(g, as));
      v128.store(dx + at, f32x4.mul(inverses, rest));
    }
    for (; at < row; at += 4) {
      const g = load<f32>(dy + at) * load<f32>(p.scale + at);
      const z = (load<f32>(x + at) - mean) * inverse;
      store<f32>(dx + at, inverse * (g - a - z * b));
    }
  }
}
