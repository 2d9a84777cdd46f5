// Sums over one axis of [outer, length, inner], in chunks whose size does not
// depend on the number of threads, so that the rounding does not either.

import { copyFloats } from "./copy";

@unmanaged
class SumJob {
  x: usize; // [outer, length, inner]
  out: usize; // [outer, parts, inner]
  outer: i32;
  length: i32;
  inner: i32;
  perPart: i32; // of length
  parts: i32;
  perChunk: i32; // of the outer * parts sums
}

/** Chunk: `perChunk` sums, each of one part of the axis of one outer index. */
export function sum(job: usize, chunk: i32, _thread: i32): void {
  const p = changetype<SumJob>(job);
  const end = min(p.outer * p.parts, (chunk + 1) * p.perChunk);
  for (let i = chunk * p.perChunk; i < end; i++) sumPart(p, i);
}

function sumPart(p: SumJob, index: i32): void {
  const first = (index % p.parts) * p.perPart;
  const count = min(p.perPart, p.length - first);
  const row = <usize> p.inner << 2;
  const out = p.out + <usize> index * row;
  const x = p.x + <usize> (index / p.parts * p.length + first) * row;
  if (p.inner == 1) {
    store<f32>(out, sumRun(x, count));
    return;
  }
  copyFloats(out, x, p.inner);
  const vectorEnd = <usize> (p.inner & ~3) << 2;
  for (let i = 1; i < count; i++) {
    const from = x + <usize> i * row;
    let at: usize = 0;
    for (; at < vectorEnd; at += 16) {
      v128.store(
        out + at,
        f32x4.add(v128.load(out + at), v128.load(from + at)),
      );
    }
    for (; at < row; at += 4) {
      store<f32>(out + at, load<f32>(out + at) + load<f32>(from + at));
    }
  }
}

function sumRun(x: usize, count: i32): f32 {
  let four = f32x4.splat(0);
  const end = x + (<usize> count << 2);
  for (; x + 16 <= end; x += 16) four = f32x4.add(four, v128.load(x));
  let total: f32 = f32x4.extract_lane(four, 0) + f32x4.extract_lane(four, 1) +
    f32x4.extract_lane(four, 2) + f32x4.extract_lane(four, 3);
  for (; x < end; x += 4) total += load<f32>(x);
  return total;
}
