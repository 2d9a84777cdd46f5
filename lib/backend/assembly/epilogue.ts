// What follows the product of a layer. The thread that made the outputs adds the bias and
// applies the activation while they are still in its cache.

import { loadLanes, storeLanes } from "./copy";
import {
  elu4,
  eluGradient4,
  relu4,
  relu6x4,
  reluGradient4,
  sigmoid4,
  sigmoidGradient4,
  tanh4,
  tanhGradient4,
} from "./functions";

// Activations.
export const LINEAR: i32 = 0;
export const RELU: i32 = 1;
export const RELU6: i32 = 2;
export const ELU: i32 = 3;
export const SIGMOID: i32 = 4;
export const TANH: i32 = 5;

// @ts-ignore: decorator
@inline
export function activate4(activation: i32, x: v128): v128 {
  if (activation == LINEAR) return x;
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

/** Adds bias[columns] to each row of x[rows, columns], and applies the activation. */
// @ts-ignore: decorator
@inline
function addToRows(activation: i32, x: usize, rows: i32, columns: i32, bias: usize): void {
  const row = <usize> columns << 2;
  for (const end = x + <usize> rows * row; x < end; x += row) {
    let at: usize = 0;
    // Two vectors at once, which V8 may join to one (see microkernels.ts).
    for (; at + 32 <= row; at += 32) {
      const first = f32x4.add(v128.load(x + at), v128.load(bias + at));
      const second = f32x4.add(v128.load(x + at, 16), v128.load(bias + at, 16));
      v128.store(x + at, activate4(activation, second), 16);
      v128.store(x + at, activate4(activation, first));
    }
    if (at + 16 <= row) {
      v128.store(x + at, activate4(activation, f32x4.add(v128.load(x + at), v128.load(bias + at))));
      at += 16;
    }
    for (; at < row; at += 4) {
      const sum = f32x4.add(loadLanes(x + at, false), loadLanes(bias + at, false));
      storeLanes(x + at, activate4(activation, sum), false);
    }
  }
}

/** Adds one number to all. */
function addToAll(x: usize, end: usize, bias: f32): void {
  const four = f32x4.splat(bias);
  for (; x + 16 <= end; x += 16) v128.store(x, f32x4.add(v128.load(x), four));
  for (; x < end; x += 4) store<f32>(x, load<f32>(x) + bias);
}

/** Adds bias[columns], if it is not 0, to each row of x[rows, columns], and applies the activation. */
export function finish(x: usize, rows: i32, columns: i32, bias: usize, activation: i32): void {
  const end = x + (<usize> (rows * columns) << 2);
  if (bias && columns > 1 && activation == RELU) {
    addToRows(RELU, x, rows, columns, bias);
    return;
  }
  if (bias && columns > 1) addToRows(LINEAR, x, rows, columns, bias);
  else if (bias) addToAll(x, end, load<f32>(bias));
  // One call for each activation, so that the compiler knows it and drops the rest.
  if (activation == RELU) activate(RELU, x, end);
  else if (activation == RELU6) activate(RELU6, x, end);
  else if (activation == ELU) activate(ELU, x, end);
  else if (activation == SIGMOID) activate(SIGMOID, x, end);
  else if (activation == TANH) activate(TANH, x, end);
}

@unmanaged
class EpilogueGradientJob {
  dy: usize; // [rows, columns]
  y: usize; // the activation's outputs
  dz: usize; // the gradient of what the activation was applied to
  sums: usize; // [parts, columns]: dz summed over each part's rows
  rows: i32;
  columns: i32;
  perPart: i32; // rows
  perPiece: i32; // columns
  activation: i32; // RELU, ELU, SIGMOID or TANH
}

/** dz of dy, from the output y of the activation. */
// @ts-ignore: decorator
@inline
function slope4(activation: i32, dy: v128, y: v128): v128 {
  if (activation == RELU) return reluGradient4(dy, y);
  if (activation == ELU) return eluGradient4(dy, y);
  return activation == SIGMOID ? sigmoidGradient4(dy, y) : tanhGradient4(dy, y);
}

// @ts-ignore: decorator
@inline
function gradientOf(activation: i32, p: EpilogueGradientJob, chunk: i32): void {
  const pieces = (p.columns + p.perPiece - 1) / p.perPiece;
  const part = chunk / pieces, column = chunk % pieces * p.perPiece;
  const count = <usize> min(p.perPiece, p.columns - column) << 2;
  const row = <usize> p.columns << 2, first = <usize> column << 2;
  const sums = p.sums + <usize> part * row + first;
  memory.fill(sums, 0, count);
  const end = min(p.rows, (part + 1) * p.perPart);
  for (let r = part * p.perPart; r < end; r++) {
    const from = <usize> r * row + first;
    const dy = p.dy + from, y = p.y + from, dz = p.dz + from;
    let at: usize = 0;
    for (; at + 16 <= count; at += 16) {
      const slope = slope4(activation, v128.load(dy + at), v128.load(y + at));
      v128.store(dz + at, slope);
      v128.store(sums + at, f32x4.add(v128.load(sums + at), slope));
    }
    for (; at < count; at += 4) {
      const slope = slope4(activation, loadLanes(dy + at, false), loadLanes(y + at, false));
      storeLanes(dz + at, slope, false);
      store<f32>(sums + at, load<f32>(sums + at) + f32x4.extract_lane(slope, 0));
    }
  }
}

/** dz, and its sums over rows. Chunk: some rows and columns. */
export function epilogueGradient(p: EpilogueGradientJob, chunk: i32, _slot: i32): void {
  if (p.activation == RELU) gradientOf(RELU, p, chunk);
  else if (p.activation == ELU) gradientOf(ELU, p, chunk);
  else if (p.activation == SIGMOID) gradientOf(SIGMOID, p, chunk);
  else gradientOf(TANH, p, chunk);
}
