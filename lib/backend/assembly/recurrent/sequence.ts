// The steps of recurrent layers.

import { copyFloats } from "../copy";
import {
  activate,
  addInputs,
  gatesOf,
  get,
  GRU,
  isMasked,
  LSTM,
  multiply,
  put,
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
      addInputs(g, p.x + <usize> index * wide, p.bias, outer);
      if (p.previous) copyFloats(p.previous + <usize> index * row, h + away, units);
      if (cell == LSTM) {
        if (p.inner) copyFloats(p.inner + <usize> index * row, c + away, units);
        activate(p.recurrentActivation, g, 2 * units);
        activate(p.activation, g + 2 * row, units);
        activate(p.recurrentActivation, g + 3 * row, units);
        if (!isMasked(p, index)) stepLstm(p, g, h + away, c + away, inner);
      } else if (cell == GRU) {
        activate(p.recurrentActivation, g, outer);
        resetGru(p, g + row, h + away, inner + away);
        if (p.inner) copyFloats(p.inner + <usize> index * row, inner + away, units);
      } else {
        activate(p.activation, g, units);
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
        addInputs(
          g + 2 * row, p.x + <usize> index * wide + 2 * row,
          p.bias ? p.bias + 2 * row : 0, units,
        );
        activate(p.activation, g + 2 * row, units);
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
  const units = p.units, activation = p.activation;
  const recurrentActivation = p.recurrentActivation, row = <usize> units << 2;
  let at: usize = 0;
  for (let left = units; left > 0; left -= 4, at += 16) {
    const i = valueOf(recurrentActivation, get(gates + at, left));
    const f = valueOf(recurrentActivation, get(gates + row + at, left));
    const g = valueOf(activation, get(gates + 2 * row + at, left));
    const next = f32x4.add(f32x4.mul(f, get(c + at, left)), f32x4.mul(i, g));
    put(c + at, next, left);
    put(squashed + at, next, left);
  }
  activate(activation, squashed, units);
  at = 0;
  for (let left = units; left > 0; left -= 4, at += 16) {
    const o = valueOf(recurrentActivation, get(gates + 3 * row + at, left));
    put(h + at, f32x4.mul(o, valueOf(activation, get(squashed + at, left))), left);
  }
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
