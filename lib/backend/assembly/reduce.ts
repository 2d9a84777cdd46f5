// Sums, and the largest and smallest numbers, over the middle axis of [outer, length,
// inner]. How the axis is cut does not depend on the number of threads, so the rounding
// does not depend on it either.

import { copyFloats } from "./copy";

@unmanaged
class ReduceJob {
  x: usize; // [outer, length, inner]
  out: usize; // [outer, parts, inner]
  outer: i32;
  length: i32;
  inner: i32;
  perPart: i32; // the axis is cut into parts of so many numbers
  parts: i32;
  perPiece: i32; // the inner axis is cut into pieces of so many numbers
  pieces: i32;
  perChunk: i32; // of outer * parts * pieces results
}

const SUM: i32 = 0, LARGEST: i32 = 1, SMALLEST: i32 = 2;

// @ts-ignore: decorator
@inline
function combine4(operation: i32, a: v128, b: v128): v128 {
  if (operation == SUM) return f32x4.add(a, b);
  return operation == LARGEST ? f32x4.max(a, b) : f32x4.min(a, b);
}

// @ts-ignore: decorator
@inline
function combine(operation: i32, a: f32, b: f32): f32 {
  if (operation == SUM) return a + b;
  return operation == LARGEST ? max<f32>(a, b) : min<f32>(a, b);
}

/** Chunk: `perChunk` results, each over one part, for one outer index and one piece. */
// @ts-ignore: decorator
@inline
function reduce(operation: i32, p: ReduceJob, chunk: i32): void {
  const end = min(p.outer * p.parts * p.pieces, (chunk + 1) * p.perChunk);
  for (let i = chunk * p.perChunk; i < end; i++) {
    reducePiece(operation, p, i / p.pieces, i % p.pieces);
  }
}

// @ts-ignore: decorator
@inline
function reducePiece(operation: i32, p: ReduceJob, index: i32, piece: i32): void {
  const first = (index % p.parts) * p.perPart;
  const count = min(p.perPart, p.length - first);
  const row = <usize> p.inner << 2;
  const start = piece * p.perPiece, length = min(p.perPiece, p.inner - start);
  const out = p.out + <usize> index * row + (<usize> start << 2);
  const x = p.x + <usize> (index / p.parts * p.length + first) * row + (<usize> start << 2);
  if (p.inner == 1) {
    store<f32>(out, reduceNumbers(operation, x, count));
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
        combine4(operation, v128.load(out + at), v128.load(from + at)),
      );
    }
    for (; at < end; at += 4) {
      store<f32>(out + at, combine(operation, load<f32>(out + at), load<f32>(from + at)));
    }
  }
}

// @ts-ignore: decorator
@inline
function reduceNumbers(operation: i32, x: usize, count: i32): f32 {
  let four = operation == SUM ? f32x4.splat(0) : v128.load32_splat(x);
  let isNaN = f32x4.ne(four, four);
  const end = x + (<usize> count << 2);
  for (; x + 16 <= end; x += 16) {
    const next = v128.load(x);
    if (operation == SUM) four = f32x4.add(four, next);
    else {
      // pmax and pmin are one instruction each, but pass over NaN.
      isNaN = v128.or(isNaN, f32x4.ne(next, next));
      four = operation == LARGEST ? f32x4.pmax(four, next) : f32x4.pmin(four, next);
    }
  }
  if (operation != SUM && v128.any_true(isNaN)) return NaN;
  let total = combine(operation, f32x4.extract_lane(four, 0), f32x4.extract_lane(four, 1));
  total = combine(operation, total, f32x4.extract_lane(four, 2));
  total = combine(operation, total, f32x4.extract_lane(four, 3));
  for (; x < end; x += 4) total = combine(operation, total, load<f32>(x));
  return total;
}

// One export for each operation, so that the compiler knows it and drops the rest.
export function sum(p: ReduceJob, chunk: i32, _slot: i32): void { reduce(SUM, p, chunk); }
export function largest(p: ReduceJob, chunk: i32, _slot: i32): void { reduce(LARGEST, p, chunk); }
export function smallest(p: ReduceJob, chunk: i32, _slot: i32): void { reduce(SMALLEST, p, chunk); }
