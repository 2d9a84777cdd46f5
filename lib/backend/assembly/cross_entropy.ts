// The categorical cross-entropy of rows of probabilities, and its gradient. As in
// tfjs-layers, a row is divided by its sum and clipped, so it need not be normalised.

import { loadLanes, storeLanes } from "./copy";
import { log4, sumOfLanes } from "./functions";

@unmanaged
class CrossEntropyJob {
  target: usize; // [rows, c]
  output: usize; // [rows, c], probabilities
  loss: usize; // [rows], or in the gradient that of each row's loss
  gradient: usize; // [rows, c], by the outputs
  rows: i32;
  c: i32;
  perChunk: i32; // rows
  low: f32; // bounds of a probability
  high: f32;
}

// @ts-ignore: decorator
@inline
function sumOfRow(x: usize, c: i32): f32 {
  let four = f32x4.splat(0), sum: f32 = 0;
  const end = x + (<usize> c << 2);
  for (; x + 16 <= end; x += 16) four = f32x4.add(four, v128.load(x));
  for (; x < end; x += 4) sum += load<f32>(x);
  return sum + sumOfLanes(four);
}

/** -t log p, with p the clipped share of the output in its row. */
// @ts-ignore: decorator
@inline
function loss4(p: CrossEntropyJob, at: usize, total: v128, four: bool): v128 {
  const share = f32x4.div(loadLanes(p.output + at, four), total);
  const clipped = f32x4.pmin(f32x4.pmax(share, f32x4.splat(p.low)), f32x4.splat(p.high));
  return f32x4.mul(loadLanes(p.target + at, four), f32x4.neg(log4(clipped)));
}

/** Chunk: `perChunk` rows. */
export function categoricalCrossEntropy(p: CrossEntropyJob, chunk: i32, _slot: i32): void {
  const row = <usize> p.c << 2, end = min(p.rows, (chunk + 1) * p.perChunk);
  for (let r = chunk * p.perChunk; r < end; r++) {
    let at = <usize> r * row, four = f32x4.splat(0), sum: f32 = 0;
    const stop = at + row, total = f32x4.splat(sumOfRow(p.output + at, p.c));
    for (; at + 16 <= stop; at += 16) four = f32x4.add(four, loss4(p, at, total, true));
    for (; at < stop; at += 4) sum += f32x4.extract_lane(loss4(p, at, total, false), 0);
    store<f32>(p.loss + (<usize> r << 2), sum + sumOfLanes(four));
  }
}

/** The gradient by a share, -dy t / share, and 0 beyond the bounds. */
// @ts-ignore: decorator
@inline
function slope4(p: CrossEntropyJob, at: usize, share: v128, dy: v128, four: bool): v128 {
  const isWithin = v128.and(f32x4.ge(share, f32x4.splat(p.low)), f32x4.le(share, f32x4.splat(p.high)));
  const slope = f32x4.div(f32x4.mul(dy, loadLanes(p.target + at, four)), share);
  return v128.and(f32x4.neg(slope), isWithin);
}

/**
 * The gradient by each output: (slope - sum of slope * share) / total, since an output
 * has a part in the total by which all are divided. Chunk: `perChunk` rows.
 */
export function categoricalCrossEntropyGradient(p: CrossEntropyJob, chunk: i32, _slot: i32): void {
  const row = <usize> p.c << 2, end = min(p.rows, (chunk + 1) * p.perChunk);
  for (let r = chunk * p.perChunk; r < end; r++) {
    const first = <usize> r * row, stop = first + row;
    const total = f32x4.splat(sumOfRow(p.output + first, p.c));
    const dy = f32x4.splat(load<f32>(p.loss + (<usize> r << 2)));
    let at = first, four = f32x4.splat(0), sum: f32 = 0;
    for (; at + 16 <= stop; at += 16) {
      const share = f32x4.div(v128.load(p.output + at), total);
      const slope = slope4(p, at, share, dy, true);
      v128.store(p.gradient + at, slope);
      four = f32x4.add(four, f32x4.mul(slope, share));
    }
    for (; at < stop; at += 4) {
      const share = f32x4.div(loadLanes(p.output + at, false), total);
      const slope = slope4(p, at, share, dy, false);
      storeLanes(p.gradient + at, slope, false);
      sum += f32x4.extract_lane(f32x4.mul(slope, share), 0);
    }
    const mean = f32x4.splat(sum + sumOfLanes(four));
    for (at = p.gradient + first; at < p.gradient + stop;) {
      const isFour = at + 16 <= p.gradient + stop;
      const slope = f32x4.div(f32x4.sub(loadLanes(at, isFour), mean), total);
      storeLanes(at, slope, isFour);
      at += isFour ? 16 : 4;
    }
  }
}
