// Elementwise operations. Each is written once, for vectors of four numbers; the
// last one to three numbers of a run go through the same code one by one.

import { exp4, sigmoid4 } from "./functions";

@unmanaged
class ElementwiseJob {
  a: usize;
  aLength: i32; // numbers of a; after the last comes the first again
  b: usize;
  bLength: i32;
  out: usize;
  length: i32;
  perChunk: i32;
  low: f32; // lower bound of clip; of step, its value below zero
  high: f32; // upper bound of clip
}

// Unary operations.
const RELU: i32 = 0, NEG: i32 = 1, ABS: i32 = 2, SQUARE: i32 = 3;
const SQRT: i32 = 4, STEP: i32 = 5, SIGN: i32 = 6, CLIP: i32 = 7;
const EXP: i32 = 8, LOG: i32 = 9, LOG1P: i32 = 10;
const SIGMOID: i32 = 11, TANH: i32 = 12;

// Binary operations.
const ADD: i32 = 0, SUB: i32 = 1, MUL: i32 = 2, DIV: i32 = 3;
const MAX: i32 = 4, MIN: i32 = 5, SQUARED_DIFFERENCE: i32 = 6;
const RELU_GRADIENT: i32 = 7, CLIP_GRADIENT: i32 = 8;

// @ts-ignore: decorator
@inline
function scalar(operation: i32, x: f32): f32 {
  if (operation == LOG) return Mathf.log(x);
  if (operation == LOG1P) return Mathf.log1p(x);
  return Mathf.tanh(x); // TANH
}

/** 1 where x is above zero, NaN where it is NaN, else `below`. */
// @ts-ignore: decorator
@inline
function step4(x: v128, below: v128): v128 {
  const values = v128.bitselect(f32x4.splat(1), below, f32x4.gt(x, f32x4.splat(0)));
  return v128.bitselect(x, values, f32x4.ne(x, x));
}

// @ts-ignore: decorator
@inline
function unary(operation: i32, x: v128, low: v128, high: v128): v128 {
  const zero = f32x4.splat(0), one = f32x4.splat(1);
  const isNaN = f32x4.ne(x, x);
  // A comparison with NaN is false, so relu and step need a second look at x. The
  // sign of NaN is 0, as in tfjs.
  if (operation == RELU) {
    return v128.bitselect(x, f32x4.pmax(zero, x), isNaN);
  }
  if (operation == NEG) return f32x4.neg(x);
  if (operation == ABS) return f32x4.abs(x);
  if (operation == SQUARE) return f32x4.mul(x, x);
  if (operation == SQRT) return f32x4.sqrt(x);
  if (operation == STEP) return step4(x, low);
  if (operation == SIGN) {
    return f32x4.sub(
      v128.and(f32x4.gt(x, zero), one),
      v128.and(f32x4.lt(x, zero), one),
    );
  }
  if (operation == CLIP) return f32x4.pmin(f32x4.pmax(x, low), high);
  if (operation == EXP) return exp4(x);
  if (operation == SIGMOID) return sigmoid4(x);
  return f32x4(
    scalar(operation, f32x4.extract_lane(x, 0)),
    scalar(operation, f32x4.extract_lane(x, 1)),
    scalar(operation, f32x4.extract_lane(x, 2)),
    scalar(operation, f32x4.extract_lane(x, 3)),
  );
}

// @ts-ignore: decorator
@inline
function runUnary(operation: i32, p: ElementwiseJob, chunk: i32): void {
  const first = chunk * p.perChunk;
  const shift = p.out - p.a;
  const low = f32x4.splat(p.low), high = f32x4.splat(p.high);
  let at = p.a + (<usize> first << 2);
  const end = p.a + (<usize> min(p.length, first + p.perChunk) << 2);
  for (; at + 16 <= end; at += 16) {
    v128.store(at + shift, unary(operation, v128.load(at), low, high));
  }
  for (; at < end; at += 4) {
    const y = unary(operation, v128.load_splat<f32>(at), low, high);
    store<f32>(at + shift, f32x4.extract_lane(y, 0));
  }
}

// @ts-ignore: decorator
@inline
function binary(operation: i32, a: v128, b: v128, low: v128, high: v128): v128 {
  if (operation == ADD) return f32x4.add(a, b);
  if (operation == SUB) return f32x4.sub(a, b);
  if (operation == MUL) return f32x4.mul(a, b);
  if (operation == DIV) return f32x4.div(a, b);
  if (operation == MAX) return f32x4.max(a, b);
  if (operation == MIN) return f32x4.min(a, b);
  // a is the upstream gradient and b the input; same bits as tfjs's own kernels.
  if (operation == RELU_GRADIENT) return f32x4.mul(a, step4(b, f32x4.splat(0)));
  if (operation == CLIP_GRADIENT) {
    return v128.and(a, v128.and(f32x4.ge(b, low), f32x4.le(b, high)));
  }
  const difference = f32x4.sub(a, b); // SQUARED_DIFFERENCE
  return f32x4.mul(difference, difference);
}

// @ts-ignore: decorator
@inline
function runBinary(operation: i32, p: ElementwiseJob, chunk: i32): void {
  const low = f32x4.splat(p.low), high = f32x4.splat(p.high);
  let i = chunk * p.perChunk;
  const end = min(p.length, i + p.perChunk);
  while (i < end) {
    // A run ends where an operand starts to repeat.
    const ai = i % p.aLength, bi = i % p.bLength;
    const run = min(end - i, min(p.aLength - ai, p.bLength - bi));
    let a = p.a + (<usize> ai << 2);
    let b = p.b + (<usize> bi << 2);
    let out = p.out + (<usize> i << 2);
    const stop = out + (<usize> run << 2);
    for (; out + 16 <= stop; out += 16, a += 16, b += 16) {
      v128.store(out, binary(operation, v128.load(a), v128.load(b), low, high));
    }
    for (; out < stop; out += 4, a += 4, b += 4) {
      const y = binary(
        operation,
        v128.load_splat<f32>(a),
        v128.load_splat<f32>(b),
        low,
        high,
      );
      store<f32>(out, f32x4.extract_lane(y, 0));
    }
    i += run;
  }
}

// One export for each operation, so that the compiler knows it and drops the rest.
export function relu(p: ElementwiseJob, chunk: i32, _slot: i32): void { runUnary(RELU, p, chunk); }
export function neg(p: ElementwiseJob, chunk: i32, _slot: i32): void { runUnary(NEG, p, chunk); }
export function abs(p: ElementwiseJob, chunk: i32, _slot: i32): void { runUnary(ABS, p, chunk); }
export function square(p: ElementwiseJob, chunk: i32, _slot: i32): void { runUnary(SQUARE, p, chunk); }
export function sqrt(p: ElementwiseJob, chunk: i32, _slot: i32): void { runUnary(SQRT, p, chunk); }
export function step(p: ElementwiseJob, chunk: i32, _slot: i32): void { runUnary(STEP, p, chunk); }
export function sign(p: ElementwiseJob, chunk: i32, _slot: i32): void { runUnary(SIGN, p, chunk); }
export function clip(p: ElementwiseJob, chunk: i32, _slot: i32): void { runUnary(CLIP, p, chunk); }
export function exp(p: ElementwiseJob, chunk: i32, _slot: i32): void { runUnary(EXP, p, chunk); }
export function log(p: ElementwiseJob, chunk: i32, _slot: i32): void { runUnary(LOG, p, chunk); }
export function log1p(p: ElementwiseJob, chunk: i32, _slot: i32): void { runUnary(LOG1P, p, chunk); }
export function sigmoid(p: ElementwiseJob, chunk: i32, _slot: i32): void { runUnary(SIGMOID, p, chunk); }
export function tanh(p: ElementwiseJob, chunk: i32, _slot: i32): void { runUnary(TANH, p, chunk); }
export function add(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(ADD, p, chunk); }
export function sub(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(SUB, p, chunk); }
export function mul(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(MUL, p, chunk); }
export function div(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(DIV, p, chunk); }
export function maximum(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(MAX, p, chunk); }
export function minimum(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(MIN, p, chunk); }
export function squaredDifference(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(SQUARED_DIFFERENCE, p, chunk); }
export function reluGradient(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(RELU_GRADIENT, p, chunk); }
export function clipGradient(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(CLIP_GRADIENT, p, chunk); }
