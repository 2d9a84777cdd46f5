// Relu and 2 by 2 max pooling of eight channels, and their gradients.

import { add8, load4, High, Low, store8, relu } from "./stage";

/**
 * Stores relu of the largest of four numbers, and in `argmax` which it was: 0 to 3, of
 * equal ones the first; 4 where none is above zero. NaN where one of the four is NaN.
 */
// @ts-ignore: decorator
@inline
export function reluMaxPool(
  l0: v128, h0: v128, l1: v128, h1: v128, l2: v128, h2: v128, l3: v128, h3: v128,
  to: usize, argmax: usize,
): void {
  const l = max4(l0, l1, l2, l3), h = max4(h0, h1, h2, h3);
  const lowArgmax = argmaxOf(l, l0, l1, l2), highArgmax = argmaxOf(h, h0, h1, h2);
  store8(argmax, lowArgmax, highArgmax);
  // A comparison does not notice NaN; a sum does.
  const lowSum = f32x4.add(f32x4.add(l0, l1), f32x4.add(l2, l3));
  const highSum = f32x4.add(f32x4.add(h0, h1), f32x4.add(h2, h3));
  store8(to, orNaN(l, lowSum), orNaN(h, highSum));
}

// @ts-ignore: decorator
@inline
function max4(a: v128, b: v128, c: v128, d: v128): v128 {
  return relu(f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d)));
}

// @ts-ignore: decorator
@inline
function argmaxOf(max: v128, a: v128, b: v128, c: v128): v128 {
  let index = v128.bitselect(i32x4.splat(2), i32x4.splat(3), f32x4.eq(c, max));
  index = v128.bitselect(i32x4.splat(1), index, f32x4.eq(b, max));
  index = v128.bitselect(i32x4.splat(0), index, f32x4.eq(a, max));
  return v128.bitselect(index, i32x4.splat(4), f32x4.gt(max, f32x4.splat(0)));
}

// @ts-ignore: decorator
@inline
function orNaN(x: v128, sum: v128): v128 {
  return v128.bitselect(x, sum, f32x4.eq(sum, sum));
}

/**
 * Gives the gradient of a pooling window to the pixel that was the largest, and zero to
 * the other three. Also adds it to the gradient of the bias.
 */
// @ts-ignore: decorator
@inline
export function reluMaxPoolGradient(from: usize, argmax: usize, to: usize, pixel: usize, row: usize, biasSums: usize): void {
  const l = load4<Low>(from), h = load4<High>(from);
  const lowArgmax = load4<Low>(argmax), highArgmax = load4<High>(argmax);
  store8(to, select(lowArgmax, 0, l), select(highArgmax, 0, h));
  store8(to + pixel, select(lowArgmax, 1, l), select(highArgmax, 1, h));
  store8(to + row, select(lowArgmax, 2, l), select(highArgmax, 2, h));
  store8(to + row + pixel, select(lowArgmax, 3, l), select(highArgmax, 3, h));
  add8(biasSums, v128.andnot(l, isEqual(lowArgmax, 4)), v128.andnot(h, isEqual(highArgmax, 4)));
}

// @ts-ignore: decorator
@inline
function isEqual(argmax: v128, index: i32): v128 {
  return i32x4.eq(argmax, i32x4.splat(index));
}

/** The gradient `d` where `argmax` is `index`, else zero. */
// @ts-ignore: decorator
@inline
function select(argmax: v128, index: i32, d: v128): v128 {
  return v128.and(d, isEqual(argmax, index));
}

/** The gradient at `at`; zero where relu's output, `toOutput` bytes further, is zero. */
// @ts-ignore: decorator
@inline
export function reluGradient<Half>(at: usize, toOutput: usize): v128 {
  return v128.and(load4<Half>(at), f32x4.gt(load4<Half>(at + toOutput), f32x4.splat(0)));
}
