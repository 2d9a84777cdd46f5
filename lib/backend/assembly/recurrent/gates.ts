// Recurrent layers: some rows of a batch through all steps of time (sequence.ts), and
// back (gradient.ts). What is the same for all steps at once (the inputs times their
// weights, and the gradients of the weights) are matrix products before and after.
// Formulas of LSTM: Hochreiter and Schmidhuber 1997, with the forget gate of Gers et
// al. 2000; of GRU: Cho et al. 2014 (arXiv:1406.1078).
//
// A gate is kept as `keep` leaves it; `valueOf` and `slopeOf` make of this its value
// and its derivative.

import { activate4, LINEAR, RELU, SIGMOID, TANH } from "../epilogue";
import { multiplyRows } from "../gemm";
import { BLOCK_SCRATCH_BYTES } from "../microkernels";

/** Bytes of a slot before its rows, which begin with a cache line. */
export const ROWS_OFFSET: usize = (BLOCK_SCRATCH_BYTES + 63) / 64 * 64;

/** An activation beside those of epilogue.ts. */
export const HARD_SIGMOID: i32 = 6;

/**
 * Cells. An LSTM has the gates i, f, g and o, a GRU z, r and g, a simple one g alone, in
 * the order of the weights. The gate g has the layer's activation, and all others have
 * its recurrent activation.
 */
export const LSTM: i32 = 0;
export const GRU: i32 = 1;
export const SIMPLE: i32 = 2;

@unmanaged
export class SequenceFields {
  batch: i32;
  time: i32;
  units: i32;
  backwards: i32; // 1: from the last step of time to the first
  activation: i32;
  recurrentActivation: i32;
  mask: usize; // [batch, time], zero where the state stays as it is; 0: no mask
  // Kept for the gradient, at each step; 0: not kept.
  gates: usize; // [batch, time, gates * units]
  previous: usize; // [batch, time, units]: h before the step
  inner: usize; // [batch, time, units]: c before the step; for a GRU r * h
  panels: usize; // recurrent kernel, packed, or its transpose; for a GRU all gates but g
  innerPanels: usize; // for a GRU that of the gate g
  rowsPerChunk: i32;
  smallBlock: i32;
  scratch: usize;
  scratchBytes: usize;
}

// @ts-ignore: decorator
@inline
export function gatesOf(cell: i32): i32 {
  return cell == LSTM ? 4 : cell == GRU ? 3 : 1;
}

/** Four numbers, or the `left` ones before the end of a row and zeros. */
// @ts-ignore: decorator
@inline
export function get(at: usize, left: i32): v128 {
  return left >= 4 ? v128.load(at) : getLast(at, left);
}

function getLast(at: usize, left: i32): v128 {
  return f32x4(
    load<f32>(at),
    left > 1 ? load<f32>(at, 4) : 0,
    left > 2 ? load<f32>(at, 8) : 0,
    0,
  );
}

// @ts-ignore: decorator
@inline
export function put(at: usize, x: v128, left: i32): void {
  if (left >= 4) v128.store(at, x);
  else putLast(at, x, left);
}

function putLast(at: usize, x: v128, left: i32): void {
  store<f32>(at, f32x4.extract_lane(x, 0));
  if (left > 1) store<f32>(at, f32x4.extract_lane(x, 1), 4);
  if (left > 2) store<f32>(at, f32x4.extract_lane(x, 2), 8);
}

/**
 * An activation as the gradient needs it: its value, but for hardSigmoid the line before
 * it is clipped, which also tells where it was clipped.
 */
// @ts-ignore: decorator
@inline
export function keep(activation: i32, x: v128): v128 {
  if (activation == LINEAR) return x;
  return activation == HARD_SIGMOID
    ? f32x4.add(f32x4.splat(0.5), f32x4.mul(f32x4.splat(0.2), x))
    : activate4(activation, x);
}

/** Two vectors at once, the second first: see microkernels.ts. */
// @ts-ignore: decorator
@inline
export function put8(at: usize, first: v128, second: v128): void {
  v128.store(at, second, 16);
  v128.store(at, first);
}

// @ts-ignore: decorator
@inline
function keepRun(activation: i32, at: usize, count: i32): void {
  for (; count >= 8; count -= 8, at += 32) {
    put8(at, keep(activation, v128.load(at)), keep(activation, v128.load(at, 16)));
  }
  for (; count > 0; count -= 4, at += 16) put(at, keep(activation, get(at, count)), count);
}

// @ts-ignore: decorator
@inline
function keepSums(activation: i32, at: usize, x: usize, bias: usize, count: i32): void {
  for (; count >= 8; count -= 8, at += 32, x += 32, bias += 32) {
    const first = f32x4.add(f32x4.add(v128.load(at), v128.load(x)), v128.load(bias));
    const second = f32x4.add(f32x4.add(v128.load(at, 16), v128.load(x, 16)), v128.load(bias, 16));
    put8(at, keep(activation, first), keep(activation, second));
  }
  for (; count > 0; count -= 4, at += 16, x += 16, bias += 16) {
    const sum = f32x4.add(f32x4.add(get(at, count), get(x, count)), get(bias, count));
    put(at, keep(activation, sum), count);
  }
}

/** Adds x and the bias to `count` numbers and puts the activation in their place. */
export function activateSums(activation: i32, at: usize, x: usize, bias: usize, count: i32): void {
  if (activation == TANH) keepSums(TANH, at, x, bias, count);
  else if (activation == SIGMOID) keepSums(SIGMOID, at, x, bias, count);
  else if (activation == HARD_SIGMOID) keepSums(HARD_SIGMOID, at, x, bias, count);
  else if (activation == RELU) keepSums(RELU, at, x, bias, count);
  else keepSums(LINEAR, at, x, bias, count);
}

/** Puts the activation of `count` numbers in their place. */
export function activate(activation: i32, at: usize, count: i32): void {
  if (activation == TANH) keepRun(TANH, at, count);
  else if (activation == SIGMOID) keepRun(SIGMOID, at, count);
  else if (activation == HARD_SIGMOID) keepRun(HARD_SIGMOID, at, count);
  else if (activation == RELU) keepRun(RELU, at, count);
}

// @ts-ignore: decorator
@inline
export function valueOf(activation: i32, kept: v128): v128 {
  return activation == HARD_SIGMOID
    ? f32x4.pmin(f32x4.pmax(kept, f32x4.splat(0)), f32x4.splat(1))
    : kept;
}

// @ts-ignore: decorator
@inline
export function slopeOf(activation: i32, kept: v128): v128 {
  const one = f32x4.splat(1), zero = f32x4.splat(0);
  if (activation == TANH) return f32x4.sub(one, f32x4.mul(kept, kept));
  if (activation == SIGMOID) return f32x4.mul(kept, f32x4.sub(one, kept));
  if (activation == HARD_SIGMOID) {
    const isInside = v128.and(f32x4.ge(kept, zero), f32x4.le(kept, one));
    return v128.and(f32x4.splat(0.2), isInside);
  }
  if (activation != RELU) return one;
  const slope = v128.and(f32x4.gt(kept, zero), one);
  return v128.bitselect(kept, slope, f32x4.ne(kept, kept)); // NaN stays NaN
}

/** Adds x to `count` numbers. */
export function addRun(to: usize, x: usize, count: i32): void {
  for (; count >= 8; count -= 8, to += 32, x += 32) {
    const first = f32x4.add(v128.load(to), v128.load(x));
    put8(to, first, f32x4.add(v128.load(to, 16), v128.load(x, 16)));
  }
  for (; count > 0; count -= 4, to += 16, x += 16) {
    put(to, f32x4.add(get(to, count), get(x, count)), count);
  }
}

// @ts-ignore: decorator
@inline
export function isMasked(p: SequenceFields, index: i32): bool {
  return p.mask != 0 && load<f32>(p.mask + (<usize> index << 2)) == 0;
}

/** out[rows, n] = a[rows, k] b, or added to `out`; strides are in bytes. */
// @ts-ignore: decorator
@inline
export function multiply(
  p: SequenceFields, a: usize, aRow: usize, rows: i32, k: i32,
  panels: usize, n: i32, out: usize, outRow: usize, add: bool, block: usize,
): void {
  multiplyRows(
    p.smallBlock, a, aRow, 4, rows, k, panels, n, out, outRow, add, block,
  );
}
