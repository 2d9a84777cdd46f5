// Relu and 2 by 2 pooling, forward and back, of eight channels.

import { addTo, get, High, Low, put, relu } from "./stage";

/**
 * The largest of four or zero, and which it was: 0 to 3, 4 where none is above
 * zero. Of equal ones the first. NaN if one of them is.
 */
// @ts-ignore: decorator
@inline
export function putLargest(
  l0: v128, h0: v128, l1: v128, h1: v128, l2: v128, h2: v128, l3: v128, h3: v128,
  to: usize, which: usize,
): void {
  const l = largest(l0, l1, l2, l3), h = largest(h0, h1, h2, h3);
  const lowWhich = whichIs(l, l0, l1, l2), highWhich = whichIs(h, h0, h1, h2);
  put(which, lowWhich, highWhich);
  // The largest does not see NaN; the sum does.
  const lowSum = f32x4.add(f32x4.add(l0, l1), f32x4.add(l2, l3));
  const highSum = f32x4.add(f32x4.add(h0, h1), f32x4.add(h2, h3));
  put(to, orNaN(l, lowSum), orNaN(h, highSum));
}

// @ts-ignore: decorator
@inline
function largest(a: v128, b: v128, c: v128, d: v128): v128 {
  return relu(f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d)));
}

// @ts-ignore: decorator
@inline
function whichIs(most: v128, a: v128, b: v128, c: v128): v128 {
  let index = v128.bitselect(i32x4.splat(2), i32x4.splat(3), f32x4.eq(c, most));
  index = v128.bitselect(i32x4.splat(1), index, f32x4.eq(b, most));
  index = v128.bitselect(i32x4.splat(0), index, f32x4.eq(a, most));
  return v128.bitselect(index, i32x4.splat(4), f32x4.gt(most, f32x4.splat(0)));
}

// @ts-ignore: decorator
@inline
function orNaN(x: v128, sum: v128): v128 {
  return v128.bitselect(x, sum, f32x4.eq(sum, sum));
}

/** The gradient of a pool to the one of its four pixels that was the largest. */
// @ts-ignore: decorator
@inline
export function spreadPool(from: usize, which: usize, to: usize, pixel: usize, row: usize, biasSums: usize): void {
  const l = get<Low>(from), h = get<High>(from);
  const lowWhich = get<Low>(which), highWhich = get<High>(which);
  put(to, where(lowWhich, 0, l), where(highWhich, 0, h));
  put(to + pixel, where(lowWhich, 1, l), where(highWhich, 1, h));
  put(to + row, where(lowWhich, 2, l), where(highWhich, 2, h));
  put(to + row + pixel, where(lowWhich, 3, l), where(highWhich, 3, h));
  addTo(biasSums, v128.andnot(l, isIn(lowWhich, 4)), v128.andnot(h, isIn(highWhich, 4)));
}

// @ts-ignore: decorator
@inline
function isIn(which: v128, index: i32): v128 {
  return i32x4.eq(which, i32x4.splat(index));
}

/** The gradient where `which` says so, else zero. */
// @ts-ignore: decorator
@inline
function where(which: v128, index: i32, d: v128): v128 {
  return v128.and(d, isIn(which, index));
}

/** The gradient, zero where the answer `toAnswer` bytes on is not above zero. */
// @ts-ignore: decorator
@inline
export function throughRelu<Half>(at: usize, toAnswer: usize): v128 {
  return v128.and(get<Half>(at), f32x4.gt(get<Half>(at + toAnswer), f32x4.splat(0)));
}
