// The steps of recurrent layers.

import { copyFloats, zeroFloats } from "../copy";
import {
  activate,
  activateSums,
  gatesOf,
  get,
  GRU,
  isMasked,
  LSTM,
  multiply,
  put,
  put8,
  ROWS_OFFSET,
  SequenceFields,
  SIMPLE,
  valueOf,
} from "./gates";

@unmanaged
class SequenceJob extends SequenceFields {
  x: usize; // [batch, time, gates * units]: inputs times their weights
  bias: usize; // [gates * units]; 0: none
  firstH: usize; // [batch, units]
  firstC: usize;
  h: usize; // [batch, units], after the last step
  c: usize;
  sequence: usize; // [batch, time, units]: h after each step; 0: not wanted
}

/** All steps of some rows. A row that is masked keeps its state. */
// @ts-ignore: decorator
@inline
function forward(cell: i32, p: SequenceJob, chunk: i32, slot: i32): void {
  const units = p.units, width = gatesOf(cell) * units;
  const first = chunk * p.rowsPerChunk, rows = min(p.rowsPerChunk, p.batch - first);
  const row = <usize> units << 2, wide = <usize> width << 2;
  const block = p.scratch + <usize> slot * p.scratchBytes;
  const h = block + ROWS_OFFSET, all = <usize> p.rowsPerChunk * row;
  const c = h + all, inner = c + all, sums = inner + all;
  const from = <usize> first * row;
  const zeros = sums + <usize> p.rowsPerChunk * wide, bias = p.bias ? p.bias : zeros;
  if (!p.bias) zeroFloats(zeros, width);
  copyFloats(h, p.firstH + from, rows * units);
  if (cell == LSTM) copyFloats(c, p.firstC + from, rows * units);
  for (let step = 0; step < p.time; step++) {
    const firstIndex = first * p.time + (p.backwards ? p.time - 1 - step : step);
    // Sums and gates of a step are where they are kept, if they are.
    const gates = p.gates ? p.gates + <usize> firstIndex * wide : sums;
    const gatesRow = p.gates ? <usize> p.time * wide : wide;
    const outer = cell == GRU ? 2 * units : width;
    multiply(p, h, row, rows, units, p.panels, outer, gates, gatesRow, false, block);
    for (let r = 0; r < rows; r++) {
      const index = firstIndex + r * p.time, away = <usize> r * row;
      const g = gates + <usize> r * gatesRow;
      const x = p.x + <usize> index * wide;
      if (p.previous) copyFloats(p.previous + <usize> index * row, h + away, units);
      if (cell == LSTM) {
        if (p.inner) copyFloats(p.inner + <usize> index * row, c + away, units);
        activateSums(p.recurrentActivation, g, x, bias, 2 * units);
        activateSums(p.activation, g + 2 * row, x + 2 * row, bias + 2 * row, units);
        activateSums(p.recurrentActivation, g + 3 * row, x + 3 * row, bias + 3 * row, units);
        if (!isMasked(p, index)) stepLstm(p, g, h + away, c + away, inner);
      } else if (cell == GRU) {
        activateSums(p.recurrentActivation, g, x, bias, outer);
        resetGru(p, g + row, h + away, inner + away);
        if (p.inner) copyFloats(p.inner + <usize> index * row, inner + away, units);
      } else {
        activateSums(p.activation, g, x, bias, units);
        if (!isMasked(p, index)) putValues(p.activation, g, h + away, units);
      }
    }
    if (cell == GRU) {
      multiply(p, inner, row, rows, units, p.innerPanels, units, gates + 2 * row, gatesRow, false, block);
    }
    for (let r = 0; r < rows; r++) {
      const index = firstIndex + r * p.time, away = <usize> r * row;
      if (cell == GRU) {
        const g = gates + <usize> r * gatesRow;
        const x = p.x + <usize> index * wide;
        activateSums(p.activation, g + 2 * row, x + 2 * row, bias + 2 * row, units);
        if (!isMasked(p, index)) stepGru(p, g, h + away);
      }
      if (p.sequence) {
        const at = (first + r) * p.time + step;
        copyFloats(p.sequence + <usize> at * row, h + away, units);
      }
    }
  }
  copyFloats(p.h + from, h, rows * units);
  if (cell == LSTM) copyFloats(p.c + from, c, rows * units);
}

function putValues(activation: i32, kept: usize, out: usize, count: i32): void {
  for (; count > 0; count -= 4, kept += 16, out += 16) {
    put(out, valueOf(activation, get(kept, count)), count);
  }
}

/** c = f c + i g and h = o activation(c). `squashed` has room for a row. */
function stepLstm(p: SequenceJob, gates: usize, h: usize, c: usize, squashed: usize): void {
  const units = p.units, row = <usize> units << 2;
  const gate = p.recurrentActivation, activation = p.activation;
  let at: usize = 0, left = units;
  for (; left >= 8; left -= 8, at += 32) {
    const first = nextCell(gate, activation, gates + at, row, c + at, 8);
    const second = nextCell(gate, activation, gates + at + 16, row, c + at + 16, 8);
    put8(c + at, first, second);
    put8(squashed + at, first, second);
  }
  for (; left > 0; left -= 4, at += 16) {
    const next = nextCell(gate, activation, gates + at, row, c + at, left);
    put(c + at, next, left);
    put(squashed + at, next, left);
  }
  activate(activation, squashed, units);
  at = 0;
  gates += 3 * row;
  for (left = units; left >= 8; left -= 8, at += 32) {
    const first = f32x4.mul(valueOf(gate, v128.load(gates + at)), valueOf(activation, v128.load(squashed + at)));
    const second = f32x4.mul(valueOf(gate, v128.load(gates + at, 16)), valueOf(activation, v128.load(squashed + at, 16)));
    put8(h + at, first, second);
  }
  for (; left > 0; left -= 4, at += 16) {
    const o = valueOf(gate, get(gates + at, left));
    put(h + at, f32x4.mul(o, valueOf(activation, get(squashed + at, left))), left);
  }
}

/** f c + i g */
// @ts-ignore: decorator
@inline
function nextCell(gate: i32, activation: i32, gates: usize, row: usize, c: usize, left: i32): v128 {
  const i = valueOf(gate, get(gates, left)), f = valueOf(gate, get(gates + row, left));
  const g = valueOf(activation, get(gates + 2 * row, left));
  return f32x4.add(f32x4.mul(f, get(c, left)), f32x4.mul(i, g));
}

/** inner = r h. */
function resetGru(p: SequenceJob, kept: usize, h: usize, inner: usize): void {
  for (let left = p.units; left > 0; left -= 4, kept += 16, h += 16, inner += 16) {
    const r = valueOf(p.recurrentActivation, get(kept, left));
    put(inner, f32x4.mul(r, get(h, left)), left);
  }
}

/** h = z h + (1 - z) g. */
function stepGru(p: SequenceJob, gates: usize, h: usize): void {
  const toG = <usize> p.units << 3;
  for (let left = p.units; left > 0; left -= 4, gates += 16, h += 16) {
    const z = valueOf(p.recurrentActivation, get(gates, left));
    const g = valueOf(p.activation, get(gates + toG, left));
    const rest = f32x4.mul(f32x4.sub(f32x4.splat(1), z), g);
    put(h, f32x4.add(f32x4.mul(z, get(h, left)), rest), left);
  }
}

// One export for each cell. Chunk: all steps of `rowsPerChunk` rows.
export function lstm(p: SequenceJob, chunk: i32, slot: i32): void { forward(LSTM, p, chunk, slot); }
export function gru(p: SequenceJob, chunk: i32, slot: i32): void { forward(GRU, p, chunk, slot); }
export function simpleRnn(p: SequenceJob, chunk: i32, slot: i32): void { forward(SIMPLE, p, chunk, slot); }
