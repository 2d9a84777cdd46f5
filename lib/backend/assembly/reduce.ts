// Sums over the middle axis of [outer, length, inner]. How the axis is cut does not
// depend on the number of threads, so the rounding does not depend on it either.

import { copyFloats } from "./copy";

@unmanaged
class SumJob {
  x: usize; // [outer, length, inner]
  out: usize; // [outer, parts, inner]
  outer: i32;
  length: i32;
  inner: i32;
  perPart: i32; // the axis is cut into parts of so many numbers
  parts: i32;
  perPiece: i32; // the inner axis is cut into pieces of so many numbers
  pieces: i32;
  perChunk: i32; // of outer * parts * pieces sums
}

/** Chunk: `perChunk` sums, each over one part, for one outer index and one piece. */
export function sum(p: SumJob, chunk: i32, _slot: i32): void {
  const end = min(p.outer * p.parts * p.pieces, (chunk + 1) * p.perChunk);
  for (let i = chunk * p.perChunk; i < end; i++) sumPiece(p, i / p.pieces, i % p.pieces);
}

function sumPiece(p: SumJob, index: i32, piece: i32): void {
  const first = (index % p.parts) * p.perPart;
  const count = min(p.perPart, p.length - first);
  const row = <usize> p.inner << 2;
  const start = piece * p.perPiece, length = min(p.perPiece, p.inner - start);
  const out = p.out + <usize> index * row + (<usize> start << 2);
  const x = p.x + <usize> (index / p.parts * p.length + first) * row + (<usize> start << 2);
  if (p.inner == 1) {
    store<f32>(out, sumNumbers(x, count));
    return;
  }
  copyFloats(out, x, length);
  const end = <usize> length << 2, vectorEnd = <usize> (length & ~3) << 2;
  for (let i = 1; i < count; i++) {
    const from = x + <usize> i * row;
    let at: usize = 0;
    for (; at < vectorEnd; at += 16) {
      v128.store(
        out + at,
        f32x4.add(v128.load(out + at), v128.load(from + at)),
      );
    }
    for (; at < end; at += 4) {
      store<f32>(out + at, load<f32>(out + at) + load<f32>(from + at));
    }
  }
}

function sumNumbers(x: usize, count: i32): f32 {
  let four = f32x4.splat(0);
  const end = x + (<usize> count << 2);
  for (; x + 16 <= end; x += 16) four = f32x4.add(four, v128.load(x));
  let total: f32 = f32x4.extract_lane(four, 0) + f32x4.extract_lane(four, 1) +
    f32x4.extract_lane(four, 2) + f32x4.extract_lane(four, 3);
  for (; x < end; x += 4) total += load<f32>(x);
  return total;
}
