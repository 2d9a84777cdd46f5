// Functions of four numbers at once, right to about the last bit of float32.

// Constants lie in memory: one instruction loads a number into all lanes, while V8 (15.0)
// needs several for a constant vector, each time anew.
const ONE: usize = memory.data<f32>([1]), TWO: usize = memory.data<f32>([2]);
const ZERO: usize = memory.data<f32>([0]);
const EXP_LEAST: usize = memory.data<f32>([-110]), EXP_MOST: usize = memory.data<f32>([100]);
const NORMAL_LEAST: usize = memory.data<f32>([-88]), NORMAL_MOST: usize = memory.data<f32>([88]);
const SIGMOID_LEAST: usize = memory.data<f32>([-70]), SIGMOID_MOST: usize = memory.data<f32>([104]);
const SIGMOID_UNIT: usize = memory.data<f32>([5.9604644775390625e-8]); // 2^-24
const LOG2_E: usize = memory.data<f32>([1.44269504]);
// Their sum is -ln 2.
const MINUS_LN_2_HIGH: usize = memory.data<f32>([-0.693359375]);
const MINUS_LN_2_LOW: usize = memory.data<f32>([2.12194440e-4]);
// 1.5 * 2^23: numbers near it are whole, and the last bits of such a sum are n.
const ROUNDER: usize = memory.data<f32>([12582912]);
// 1/2!, 1/3! and so on, and 1, 1/3, 1/5 and so on.
const FACTORIALS: usize = memory.data<f32>([0.5, 1 / 6.0, 1 / 24.0, 1 / 120.0, 1 / 720.0, 1 / 5040.0]);
const ODDS: usize = memory.data<f32>([
  1, 1 / 3.0, 1 / 5.0, 1 / 7.0, 1 / 9.0, 1 / 11.0, 1 / 13.0, 1 / 15.0,
]);

/** The number at an address, in all lanes. */
// @ts-ignore: decorator
@inline
function splat(at: usize): v128 {
  return v128.load_splat<f32>(at);
}

/**
 * e^x = 2^n e^r with n = round(x / ln 2), so that r is in [-ln 2 / 2, ln 2 / 2], and
 * e^r by its Taylor series. ln 2 is split in two as by Cody and Waite (Software
 * Manual for the Elementary Functions, 1980, chapter 6). 2^n is multiplied as two
 * factors, since subnormal results need an n that is no exponent of float32.
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  // Outside of these bounds the result is 0 or infinite anyway.
  x = within(x, EXP_LEAST, EXP_MOST);
  const rounded = roundedPower(x), n = f32x4.sub(rounded, splat(ROUNDER));
  const y = expOfRest(restOfPower(x, n));
  const whole = i32x4.relaxed_trunc_f32x4_s(n), half = i32x4.shr_s(whole, 1);
  const power = timesPowerOfTwo(ONE, half), other = timesPowerOfTwo(ONE, i32x4.sub(whole, half));
  return f32x4.mul(f32x4.mul(y, power), other);
}

/**
 * x, or the bound that it is beyond. NaN stays NaN, which pmin and pmax, one
 * instruction each, ensure by the order of their operands.
 */
// @ts-ignore: decorator
@inline
function within(x: v128, least: usize, most: usize): v128 {
  return f32x4.pmax(f32x4.pmin(x, splat(most)), splat(least));
}

/** x / ln 2 plus ROUNDER; its last bits are the n for which 2^n is nearest to e^x. */
// @ts-ignore: decorator
@inline
function roundedPower(x: v128): v128 {
  return f32x4.relaxed_madd(x, splat(LOG2_E), splat(ROUNDER));
}

/** x - n ln 2. The first part of ln 2 has few bits, so n times this part is exact. */
// @ts-ignore: decorator
@inline
function restOfPower(x: v128, n: v128): v128 {
  const rest = f32x4.relaxed_madd(n, splat(MINUS_LN_2_HIGH), x);
  return f32x4.relaxed_madd(n, splat(MINUS_LN_2_LOW), rest);
}

/** (e^r - 1 - r) / r^2 = 1/2 + r/6 + r^2/24 + ... for r in [-ln 2 / 2, ln 2 / 2]. */
// @ts-ignore: decorator
@inline
function series(r: v128): v128 {
  let y = splat(FACTORIALS + 20);
  y = f32x4.relaxed_madd(y, r, splat(FACTORIALS + 16));
  y = f32x4.relaxed_madd(y, r, splat(FACTORIALS + 12));
  y = f32x4.relaxed_madd(y, r, splat(FACTORIALS + 8));
  y = f32x4.relaxed_madd(y, r, splat(FACTORIALS + 4));
  return f32x4.relaxed_madd(y, r, splat(FACTORIALS));
}

/** e^r for r in [-ln 2 / 2, ln 2 / 2]. */
// @ts-ignore: decorator
@inline
function expOfRest(r: v128): v128 {
  const y = f32x4.relaxed_madd(series(r), r, splat(ONE));
  return f32x4.relaxed_madd(y, r, splat(ONE));
}

/** The power of two at an address times 2^n, by adding to the exponent of a float32. */
// @ts-ignore: decorator
@inline
function timesPowerOfTwo(at: usize, n: v128): v128 {
  return i32x4.add(splat(at), i32x4.shl(n, 23));
}

/**
 * e^x - 1 for x in [-88, 88]: as in exp4, with 2^n e^r - 1 as 2^n (e^r - 1) + (2^n - 1),
 * which keeps the digits of a result near 0.
 */
// @ts-ignore: decorator
@inline
function expm1Within(x: v128): v128 {
  const rounded = roundedPower(x), power = timesPowerOfTwo(ONE, rounded);
  const r = restOfPower(x, f32x4.sub(rounded, splat(ROUNDER)));
  const y = f32x4.relaxed_madd(series(r), f32x4.mul(r, r), r);
  return f32x4.relaxed_madd(power, y, f32x4.sub(power, splat(ONE)));
}

/**
 * 1 / (1 + e^-x), with both sides of the division times 2^-24, so that e^-x is finite
 * wherever the result is not 0.
 */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const minus = within(f32x4.neg(x), SIGMOID_LEAST, SIGMOID_MOST), unit = splat(SIGMOID_UNIT);
  const rounded = roundedPower(minus);
  const y = expOfRest(restOfPower(minus, f32x4.sub(rounded, splat(ROUNDER))));
  return f32x4.div(unit, f32x4.relaxed_madd(y, timesPowerOfTwo(SIGMOID_UNIT, rounded), unit));
}

/** tanh x = (e^2x - 1) / (e^2x + 1), with the sign of x. */
// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const size = f32x4.abs(x), twice = f32x4.add(size, size);
  const d = expm1Within(f32x4.pmin(twice, splat(NORMAL_MOST)));
  const y = f32x4.div(d, f32x4.add(d, splat(TWO)));
  return v128.bitselect(x, y, f32x4.splat(-0.0));
}

/**
 * log(1 + x) for x in [0, 1]: 2 artanh(s) with s = x / (2 + x), at most 1/3, by the
 * series s + s^3 / 3 + s^5 / 5 + ... (Abramowitz and Stegun, 4.1.27).
 */
// @ts-ignore: decorator
@inline
export function log1p4(x: v128): v128 {
  const s = f32x4.div(x, f32x4.add(splat(TWO), x));
  const square = f32x4.mul(s, s);
  let y = splat(ODDS + 28);
  y = f32x4.relaxed_madd(y, square, splat(ODDS + 24));
  y = f32x4.relaxed_madd(y, square, splat(ODDS + 20));
  y = f32x4.relaxed_madd(y, square, splat(ODDS + 16));
  y = f32x4.relaxed_madd(y, square, splat(ODDS + 12));
  y = f32x4.relaxed_madd(y, square, splat(ODDS + 8));
  y = f32x4.relaxed_madd(y, square, splat(ODDS + 4));
  y = f32x4.relaxed_madd(y, square, splat(ODDS));
  return f32x4.mul(f32x4.add(s, s), y);
}

/**
 * log x = n ln 2 + log m with x = 2^n m and m in [sqrt(1/2), sqrt(2)], where log m is
 * 2 artanh(s) with s = (m - 1) / (m + 1), by the same series. ln 2 is split as in exp4.
 */
// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
  // A subnormal number is multiplied by 2^23, so that it has an exponent.
  const isTiny = f32x4.lt(x, f32x4.splat(1.17549435e-38));
  const bits = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, isTiny);
  const n = i32x4.shr_s(i32x4.sub(bits, i32x4.splat(0x3f3504f3)), 23); // of sqrt(1/2)
  const m = i32x4.sub(bits, i32x4.shl(n, 23));
  const power = f32x4.sub(f32x4.convert_i32x4_s(n), v128.and(f32x4.splat(23), isTiny));
  const one = splat(ONE), rest = f32x4.sub(m, one);
  const s = f32x4.div(rest, f32x4.add(m, one)), square = f32x4.mul(s, s);
  // 1/3 + s^2 / 5 + ...
  let y = splat(ODDS + 20);
  y = f32x4.relaxed_madd(y, square, splat(ODDS + 16));
  y = f32x4.relaxed_madd(y, square, splat(ODDS + 12));
  y = f32x4.relaxed_madd(y, square, splat(ODDS + 8));
  y = f32x4.relaxed_madd(y, square, splat(ODDS + 4));
  y = f32x4.add(y, y);
  // 2 s is rounded, but 2 s = rest - s rest, and rest is exact.
  y = f32x4.sub(rest, f32x4.mul(s, f32x4.sub(rest, f32x4.mul(y, square))));
  y = f32x4.sub(y, f32x4.mul(power, splat(MINUS_LN_2_LOW)));
  y = f32x4.sub(y, f32x4.mul(power, splat(MINUS_LN_2_HIGH)));
  y = v128.bitselect(f32x4.splat(-Infinity), y, f32x4.eq(x, f32x4.splat(0)));
  y = v128.bitselect(f32x4.splat(NaN), y, f32x4.lt(x, f32x4.splat(0)));
  // Infinity and NaN stay what they are.
  return v128.bitselect(y, x, f32x4.lt(x, f32x4.splat(Infinity)));
}

/**
 * log(1 + x): where u = 1 + x is rounded, log u is as wrong as u - 1 is beside x
 * (HP-15C Advanced Functions Handbook, 1982, appendix).
 */
// @ts-ignore: decorator
@inline
export function logOnePlus4(x: v128): v128 {
  const one = f32x4.splat(1), u = f32x4.add(one, x), rest = f32x4.sub(u, one);
  const y = f32x4.mul(log4(u), f32x4.div(x, rest));
  const isPlain = v128.and(f32x4.ne(rest, f32x4.splat(0)), f32x4.lt(x, f32x4.splat(Infinity)));
  return v128.bitselect(y, x, isPlain);
}

/** e^x - 1 for x up to 0; larger x count as 0. */
// @ts-ignore: decorator
@inline
export function expm1BelowZero4(x: v128): v128 {
  return expm1Within(within(x, NORMAL_LEAST, ZERO));
}

/** log(1 + e^x) = max(x, 0) + log(1 + e^-|x|) */
// @ts-ignore: decorator
@inline
export function softplus4(x: v128): v128 {
  const rest = log1p4(exp4(f32x4.neg(f32x4.abs(x))));
  return f32x4.add(f32x4.max(x, f32x4.splat(0)), rest);
}

/** The larger of x and 0; NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function relu4(x: v128): v128 {
  // A comparison with NaN is false, so pmax gives 0 for it. The sign of NaN is 0, as in tfjs.
  return v128.bitselect(x, f32x4.pmax(f32x4.splat(0), x), f32x4.ne(x, x));
}

/** x within 0 and 6. */
// @ts-ignore: decorator
@inline
export function relu6x4(x: v128): v128 {
  return f32x4.min(f32x4.max(x, f32x4.splat(0)), f32x4.splat(6));
}

/** x, and e^x - 1 where x is below 0. */
// @ts-ignore: decorator
@inline
export function elu4(x: v128): v128 {
  return v128.bitselect(x, expm1BelowZero4(x), f32x4.ge(x, f32x4.splat(0)));
}

/** 1 where x is above zero, NaN where it is NaN, else `below`. */
// @ts-ignore: decorator
@inline
export function step4(x: v128, below: v128): v128 {
  const values = v128.bitselect(f32x4.splat(1), below, f32x4.gt(x, f32x4.splat(0)));
  return v128.bitselect(x, values, f32x4.ne(x, x));
}

/** The gradient of relu: dy where x is above 0; NaN stays NaN. x may be relu's output. */
// @ts-ignore: decorator
@inline
export function reluGradient4(dy: v128, x: v128): v128 {
  return f32x4.mul(dy, step4(x, f32x4.splat(0)));
}

/** The gradient of elu, from its output y. */
// @ts-ignore: decorator
@inline
export function eluGradient4(dy: v128, y: v128): v128 {
  const below = f32x4.mul(dy, f32x4.add(y, f32x4.splat(1)));
  return v128.bitselect(dy, below, f32x4.ge(y, f32x4.splat(0)));
}

/** The gradient of the sigmoid, from its output y. */
// @ts-ignore: decorator
@inline
export function sigmoidGradient4(dy: v128, y: v128): v128 {
  return f32x4.mul(dy, f32x4.mul(y, f32x4.sub(f32x4.splat(1), y)));
}

/** The gradient of tanh, from its output y. */
// @ts-ignore: decorator
@inline
export function tanhGradient4(dy: v128, y: v128): v128 {
  return f32x4.mul(f32x4.sub(f32x4.splat(1), f32x4.mul(y, y)), dy);
}

/** The sum of four numbers. */
// @ts-ignore: decorator
@inline
export function sumOfLanes(four: v128): f32 {
  return f32x4.extract_lane(four, 0) + f32x4.extract_lane(four, 1) +
    f32x4.extract_lane(four, 2) + f32x4.extract_lane(four, 3);
}
