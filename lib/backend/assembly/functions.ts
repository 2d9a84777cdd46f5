// Functions of four numbers at once, right to about the last bit of float32.

/**
 * e^x = 2^n e^r with n = round(x / ln 2), so that r is in [-ln 2 / 2, ln 2 / 2], and
 * e^r by its Taylor series. ln 2 is split in two as by Cody and Waite (Software
 * Manual for the Elementary Functions, 1980, chapter 6). 2^n is multiplied as two
 * factors, since subnormal results need an n that is no exponent of float32.
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  // Outside of these bounds the result is 0 or infinite anyway. NaN stays NaN, which pmin
  // and pmax, one instruction each, ensure by the order of their operands.
  x = f32x4.pmax(f32x4.pmin(x, f32x4.splat(100)), f32x4.splat(-110));
  const n = powerNearest(x), r = restOfPower(x, n);
  let y = series(r);
  y = f32x4.relaxed_madd(y, r, f32x4.splat(1));
  y = f32x4.relaxed_madd(y, r, f32x4.splat(1));
  const whole = i32x4.relaxed_trunc_f32x4_s(n), half = i32x4.shr_s(whole, 1);
  return f32x4.mul(f32x4.mul(y, powerOfTwo(half)), powerOfTwo(i32x4.sub(whole, half)));
}

/** The n for which 2^n is nearest to e^x: round(x / ln 2). */
// @ts-ignore: decorator
@inline
function powerNearest(x: v128): v128 {
  return f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504)));
}

/** x - n ln 2. The first part of ln 2 has few bits, so n times this part is exact. */
// @ts-ignore: decorator
@inline
function restOfPower(x: v128, n: v128): v128 {
  const rest = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  return f32x4.add(rest, f32x4.mul(n, f32x4.splat(2.12194440e-4)));
}

/** (e^r - 1 - r) / r^2 = 1/2 + r/6 + r^2/24 + ... for r in [-ln 2 / 2, ln 2 / 2]. */
// @ts-ignore: decorator
@inline
function series(r: v128): v128 {
  let y = f32x4.splat(1 / 5040.0);
  y = f32x4.relaxed_madd(y, r, f32x4.splat(1 / 720.0));
  y = f32x4.relaxed_madd(y, r, f32x4.splat(1 / 120.0));
  y = f32x4.relaxed_madd(y, r, f32x4.splat(1 / 24.0));
  y = f32x4.relaxed_madd(y, r, f32x4.splat(1 / 6.0));
  return f32x4.relaxed_madd(y, r, f32x4.splat(0.5));
}

/** 2^n for n in [-126, 127], by writing the exponent of a float32. */
// @ts-ignore: decorator
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** 1 / (1 + e^-x); e^x where e^-x would be infinite. */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const one = f32x4.splat(1), isFar = f32x4.lt(x, f32x4.splat(-88));
  const e = exp4(v128.bitselect(x, f32x4.neg(x), isFar));
  return v128.bitselect(e, f32x4.div(one, f32x4.add(one, e)), isFar);
}

/**
 * tanh x = 1 - 2 / (e^2x + 1), with the sign of x, and where that cancels a polynomial:
 * tanhf of the Cephes Math Library (Moshier, 1992).
 */
// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const size = f32x4.abs(x), one = f32x4.splat(1);
  const e = exp4(f32x4.add(size, size));
  const far = f32x4.sub(one, f32x4.div(f32x4.splat(2), f32x4.add(e, one)));
  const square = f32x4.mul(x, x);
  let y = f32x4.splat(-5.70498872745e-3);
  y = f32x4.relaxed_madd(y, square, f32x4.splat(2.06390887954e-2));
  y = f32x4.relaxed_madd(y, square, f32x4.splat(-5.37397155531e-2));
  y = f32x4.relaxed_madd(y, square, f32x4.splat(1.33314422036e-1));
  y = f32x4.relaxed_madd(y, square, f32x4.splat(-3.33332819422e-1));
  const near = f32x4.relaxed_madd(f32x4.mul(y, square), size, size);
  const all = v128.bitselect(near, far, f32x4.lt(size, f32x4.splat(0.625)));
  return v128.bitselect(x, all, f32x4.splat(-0.0));
}

/**
 * log(1 + x) for x in [0, 1]: 2 artanh(s) with s = x / (2 + x), at most 1/3, by the
 * series s + s^3 / 3 + s^5 / 5 + ... (Abramowitz and Stegun, 4.1.27).
 */
// @ts-ignore: decorator
@inline
export function log1p4(x: v128): v128 {
  const s = f32x4.div(x, f32x4.add(f32x4.splat(2), x));
  const square = f32x4.mul(s, s);
  let y = f32x4.splat(1 / 15.0);
  y = f32x4.relaxed_madd(y, square, f32x4.splat(1 / 13.0));
  y = f32x4.relaxed_madd(y, square, f32x4.splat(1 / 11.0));
  y = f32x4.relaxed_madd(y, square, f32x4.splat(1 / 9.0));
  y = f32x4.relaxed_madd(y, square, f32x4.splat(1 / 7.0));
  y = f32x4.relaxed_madd(y, square, f32x4.splat(1 / 5.0));
  y = f32x4.relaxed_madd(y, square, f32x4.splat(1 / 3.0));
  y = f32x4.relaxed_madd(y, square, f32x4.splat(1));
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
  const one = f32x4.splat(1), rest = f32x4.sub(m, one);
  const s = f32x4.div(rest, f32x4.add(m, one)), square = f32x4.mul(s, s);
  let y = f32x4.splat(2 / 11.0);
  y = f32x4.relaxed_madd(y, square, f32x4.splat(2 / 9.0));
  y = f32x4.relaxed_madd(y, square, f32x4.splat(2 / 7.0));
  y = f32x4.relaxed_madd(y, square, f32x4.splat(2 / 5.0));
  y = f32x4.relaxed_madd(y, square, f32x4.splat(2 / 3.0));
  // 2 s is rounded, but 2 s = rest - s rest, and rest is exact.
  y = f32x4.sub(rest, f32x4.mul(s, f32x4.sub(rest, f32x4.mul(y, square))));
  y = f32x4.sub(y, f32x4.mul(power, f32x4.splat(2.12194440e-4)));
  y = f32x4.add(f32x4.mul(power, f32x4.splat(0.693359375)), y);
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

/**
 * e^x - 1 for x up to 0; larger x count as 0. As in exp4, with 2^n e^r - 1 as
 * 2^n (e^r - 1) + (2^n - 1), which keeps the digits of a result near 0.
 */
// @ts-ignore: decorator
@inline
export function expm1BelowZero4(x: v128): v128 {
  // Below -30 the result is -1; NaN stays NaN.
  x = f32x4.max(f32x4.splat(-30), f32x4.min(f32x4.splat(0), x));
  const n = powerNearest(x), r = restOfPower(x, n);
  const y = f32x4.relaxed_madd(series(r), f32x4.mul(r, r), r);
  const power = powerOfTwo(i32x4.trunc_sat_f32x4_s(n));
  return f32x4.relaxed_madd(power, y, f32x4.sub(power, f32x4.splat(1)));
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

/** The sum of four numbers. */
// @ts-ignore: decorator
@inline
export function sumOfLanes(four: v128): f32 {
  return f32x4.extract_lane(four, 0) + f32x4.extract_lane(four, 1) +
    f32x4.extract_lane(four, 2) + f32x4.extract_lane(four, 3);
}
