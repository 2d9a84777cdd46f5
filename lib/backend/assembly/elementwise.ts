// Elementwise operations. Each is written once, for vectors of four numbers; the
// last one to three numbers of a run go through the same code one by one.

import {
  elu4,
  eluGradient4,
  exp4,
  expm1BelowZero4,
  log4,
  logOnePlus4,
  relu4,
  relu6x4,
  reluGradient4,
  sigmoid4,
  sigmoidGradient4,
  softplus4,
  step4,
  tanh4,
  tanhGradient4,
} from "./functions";

@unmanaged
class ElementwiseJob {
  a: usize;
  aLength: i32; // numbers of a; after the last comes the first again
  b: usize;
  bLength: i32;
  out: usize;
  length: i32;
  perChunk: i32;
  low: f32; // clip and losses: lower bound; step and leaky relu: value or slope below zero
  high: f32; // clip and losses: upper bound
}

// Unary operations.
const RELU: i32 = 0, NEG: i32 = 1, ABS: i32 = 2, SQUARE: i32 = 3;
const SQRT: i32 = 4, STEP: i32 = 5, SIGN: i32 = 6, CLIP: i32 = 7;
const EXP: i32 = 8, LOG: i32 = 9, LOG1P: i32 = 10;
const SIGMOID: i32 = 11, TANH: i32 = 12;
const RELU6: i32 = 13, LEAKY_RELU: i32 = 14, ELU: i32 = 15, SELU: i32 = 16;
const SOFTPLUS: i32 = 17, RSQRT: i32 = 18, RECIPROCAL: i32 = 19;
const FLOOR: i32 = 20, CEIL: i32 = 21, ROUND: i32 = 22;

// Klambauer and others 2017, Self-normalizing neural networks, equation 14.
const SELU_SCALE: f32 = 1.0507009873554805, SELU_SCALE_ALPHA: f32 = 1.7580993408473766;

// Binary operations.
const ADD: i32 = 0, SUB: i32 = 1, MUL: i32 = 2, DIV: i32 = 3;
const MAX: i32 = 4, MIN: i32 = 5, SQUARED_DIFFERENCE: i32 = 6;
const POW: i32 = 7, PRELU: i32 = 8;

// Gradients: a is the upstream one, b the input or, of sigmoid, tanh and elu, the output.
const RELU_GRADIENT: i32 = 10, CLIP_GRADIENT: i32 = 11, RELU6_GRADIENT: i32 = 12;
const LEAKY_RELU_GRADIENT: i32 = 13, ELU_GRADIENT: i32 = 14, SELU_GRADIENT: i32 = 15;
const SOFTPLUS_GRADIENT: i32 = 16, SIGMOID_GRADIENT: i32 = 17, TANH_GRADIENT: i32 = 18;

// Losses: a is the target, b a probability.
const CROSS_ENTROPY: i32 = 19, CROSS_ENTROPY_GRADIENT: i32 = 20;

// @ts-ignore: decorator
@inline
function unary(operation: i32, x: v128, low: v128, high: v128): v128 {
  const zero = f32x4.splat(0), one = f32x4.splat(1);
  if (operation == RELU) return relu4(x);
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
  if (operation == TANH) return tanh4(x);
  if (operation == SOFTPLUS) return softplus4(x);
  if (operation == RELU6) return relu6x4(x);
  if (operation == LEAKY_RELU) {
    return v128.bitselect(f32x4.mul(low, x), x, f32x4.lt(x, zero));
  }
  if (operation == ELU) return elu4(x);
  if (operation == SELU) {
    const below = f32x4.mul(f32x4.splat(SELU_SCALE_ALPHA), expm1BelowZero4(x));
    const above = f32x4.mul(f32x4.splat(SELU_SCALE), x);
    return v128.bitselect(above, below, f32x4.ge(x, zero));
  }
  if (operation == RSQRT) return f32x4.div(one, f32x4.sqrt(x));
  if (operation == RECIPROCAL) return f32x4.div(one, x);
  if (operation == FLOOR) return f32x4.floor(x);
  if (operation == CEIL) return f32x4.ceil(x);
  if (operation == ROUND) return f32x4.nearest(x); // halves to even numbers
  return operation == LOG ? log4(x) : logOnePlus4(x);
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
function pow4(a: v128, b: v128): v128 {
  return f32x4(
    Mathf.pow(f32x4.extract_lane(a, 0), f32x4.extract_lane(b, 0)),
    Mathf.pow(f32x4.extract_lane(a, 1), f32x4.extract_lane(b, 1)),
    Mathf.pow(f32x4.extract_lane(a, 2), f32x4.extract_lane(b, 2)),
    Mathf.pow(f32x4.extract_lane(a, 3), f32x4.extract_lane(b, 3)),
  );
}

/** -(t log p + (1 - t) log(1 - p)) of a target t and a probability p within two bounds. */
// @ts-ignore: decorator
@inline
function crossEntropy4(t: v128, p: v128, low: v128, high: v128): v128 {
  const one = f32x4.splat(1);
  p = f32x4.pmin(f32x4.pmax(p, low), high);
  const isNot = f32x4.mul(f32x4.sub(one, t), log4(f32x4.sub(one, p)));
  return f32x4.neg(f32x4.relaxed_madd(t, log4(p), isNot));
}

/** Its gradient by p, which is 0 beyond the bounds. */
// @ts-ignore: decorator
@inline
function crossEntropyGradient4(t: v128, p: v128, low: v128, high: v128): v128 {
  const isWithin = v128.and(f32x4.ge(p, low), f32x4.le(p, high));
  const both = f32x4.mul(p, f32x4.sub(f32x4.splat(1), p));
  return v128.and(f32x4.div(f32x4.sub(p, t), both), isWithin);
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
  const zero = f32x4.splat(0);
  if (operation == POW) return pow4(a, b);
  if (operation == PRELU) return v128.bitselect(f32x4.mul(b, a), a, f32x4.lt(a, zero));
  // The same bits as tfjs's own kernels, where no e^x is computed.
  if (operation == RELU6_GRADIENT) {
    const below = f32x4.le(b, f32x4.splat(6));
    return f32x4.mul(a, v128.bitselect(step4(b, zero), zero, v128.or(below, f32x4.ne(b, b))));
  }
  if (operation == LEAKY_RELU_GRADIENT) {
    return v128.bitselect(a, f32x4.mul(a, low), f32x4.gt(b, zero));
  }
  if (operation == ELU_GRADIENT) return eluGradient4(a, b);
  if (operation == SELU_GRADIENT) {
    const below = f32x4.mul(f32x4.mul(a, f32x4.splat(SELU_SCALE_ALPHA)), exp4(b));
    return v128.bitselect(f32x4.mul(a, f32x4.splat(SELU_SCALE)), below, f32x4.gt(b, zero));
  }
  if (operation == SOFTPLUS_GRADIENT) return f32x4.mul(a, sigmoid4(b));
  if (operation == SIGMOID_GRADIENT) return sigmoidGradient4(a, b);
  if (operation == TANH_GRADIENT) return tanhGradient4(a, b);
  if (operation == RELU_GRADIENT) return reluGradient4(a, b);
  if (operation == CLIP_GRADIENT) {
    return v128.and(a, v128.and(f32x4.ge(b, low), f32x4.le(b, high)));
  }
  if (operation == CROSS_ENTROPY) return crossEntropy4(a, b, low, high);
  if (operation == CROSS_ENTROPY_GRADIENT) return crossEntropyGradient4(a, b, low, high);
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
export function relu6(p: ElementwiseJob, chunk: i32, _slot: i32): void { runUnary(RELU6, p, chunk); }
export function leakyRelu(p: ElementwiseJob, chunk: i32, _slot: i32): void { runUnary(LEAKY_RELU, p, chunk); }
export function elu(p: ElementwiseJob, chunk: i32, _slot: i32): void { runUnary(ELU, p, chunk); }
export function selu(p: ElementwiseJob, chunk: i32, _slot: i32): void { runUnary(SELU, p, chunk); }
export function softplus(p: ElementwiseJob, chunk: i32, _slot: i32): void { runUnary(SOFTPLUS, p, chunk); }
export function rsqrt(p: ElementwiseJob, chunk: i32, _slot: i32): void { runUnary(RSQRT, p, chunk); }
export function reciprocal(p: ElementwiseJob, chunk: i32, _slot: i32): void { runUnary(RECIPROCAL, p, chunk); }
export function floor(p: ElementwiseJob, chunk: i32, _slot: i32): void { runUnary(FLOOR, p, chunk); }
export function ceil(p: ElementwiseJob, chunk: i32, _slot: i32): void { runUnary(CEIL, p, chunk); }
export function round(p: ElementwiseJob, chunk: i32, _slot: i32): void { runUnary(ROUND, p, chunk); }
export function add(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(ADD, p, chunk); }
export function sub(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(SUB, p, chunk); }
export function mul(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(MUL, p, chunk); }
export function div(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(DIV, p, chunk); }
export function maximum(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(MAX, p, chunk); }
export function minimum(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(MIN, p, chunk); }
export function squaredDifference(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(SQUARED_DIFFERENCE, p, chunk); }
export function reluGradient(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(RELU_GRADIENT, p, chunk); }
export function clipGradient(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(CLIP_GRADIENT, p, chunk); }
export function pow(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(POW, p, chunk); }
export function prelu(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(PRELU, p, chunk); }
export function relu6Gradient(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(RELU6_GRADIENT, p, chunk); }
export function leakyReluGradient(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(LEAKY_RELU_GRADIENT, p, chunk); }
export function eluGradient(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(ELU_GRADIENT, p, chunk); }
export function seluGradient(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(SELU_GRADIENT, p, chunk); }
export function softplusGradient(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(SOFTPLUS_GRADIENT, p, chunk); }
export function sigmoidGradient(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(SIGMOID_GRADIENT, p, chunk); }
export function tanhGradient(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(TANH_GRADIENT, p, chunk); }
export function binaryCrossEntropy(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(CROSS_ENTROPY, p, chunk); }
export function binaryCrossEntropyGradient(p: ElementwiseJob, chunk: i32, _slot: i32): void { runBinary(CROSS_ENTROPY_GRADIENT, p, chunk); }
