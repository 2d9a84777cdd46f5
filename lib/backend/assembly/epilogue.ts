// What follows the product of a layer. The thread that made the outputs adds the bias and
// applies the activation while they are still in its cache.

import { loadLanes, storeLanes } from "./copy";
import { elu4, relu4, relu6x4, sigmoid4, tanh4 } from "./functions";

// Activations.
export const LINEAR: i32 = 0;
export const RELU: i32 = 1;
export const RELU6: i32 = 2;
export const ELU: i32 = 3;
export const SIGMOID: i32 = 4;
export const TANH: i32 = 5;

/** Any activation but LINEAR, which changes nothing. */
// @ts-ignore: decorator
@inline
export function activate4(activation: i32, x: v128): v128 {
  if (activation == RELU) return relu4(x);
  if (activation == RELU6) return relu6x4(x);
  if (activation == ELU) return elu4(x);
  return activation == SIGMOID ? sigmoid4(x) : tanh4(x);
}

// @ts-ignore: decorator
@inline
function activate(activation: i32, x: usize, end: usize): void {
  for (; x + 16 <= end; x += 16) v128.store(x, activate4(activation, v128.load(x)));
  for (; x < end; x += 4) storeLanes(x, activate4(activation, loadLanes(x, false)), false);
}

/** Adds bias[columns] to each row of x[rows, columns]. */
function addToRows(x: usize, rows: i32, columns: i32, bias: usize): void {
  // One column is a row to which one number is added.
  const isOne = columns == 1, row = <usize> (isOne ? rows : columns) << 2;
  const shift: usize = isOne ? 0 : 4;
  for (const end = x + (<usize> (rows * columns) << 2); x < end;) {
    const stop = x + row;
    let at = bias;
    for (; x + 16 <= stop; x += 16, at += 4 * shift) {
      v128.store(x, f32x4.add(v128.load(x), loadLanes(at, !isOne)));
    }
    for (; x < stop; x += 4, at += shift) store<f32>(x, load<f32>(x) + load<f32>(at));
  }
}

/** Adds bias[columns], if it is not 0, to each row of x[rows, columns], and applies the activation. */
export function finish(x: usize, rows: i32, columns: i32, bias: usize, activation: i32): void {
  const end = x + (<usize> (rows * columns) << 2);
  if (bias) addToRows(x, rows, columns, bias);
  // One call for each activation, so that the compiler knows it and drops the rest.
  if (activation == RELU) activate(RELU, x, end);
  else if (activation == RELU6) activate(RELU6, x, end);
  else if (activation == ELU) activate(ELU, x, end);
  else if (activation == SIGMOID) activate(SIGMOID, x, end);
  else if (activation == TANH) activate(TANH, x, end);
}
