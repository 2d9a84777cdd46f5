// The steps of recurrent layers back through time (Werbos 1990).

import { copyFloats, zeroFloats } from "../copy";
import {
  activate,
  addRun,
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
  slopeOf,
  valueOf,
} from "./gates";

@unmanaged
class SequenceGradientJob extends SequenceFields {
  dx: usize; // [batch, time, gates * units]
  dh: usize; // [batch, units], of the last h
  dc: usize;
  dSequence: usize; // [batch, time, units]; 0: none
  dFirstH: usize; // [batch, units]
  dFirstC: usize;
}

/**
 * All steps of some rows from the last to the first: gradients of x and of the first
 * state from those of the last state and of the sequence.
 */
// @ts-ignore: decorator
@inline
function backward(cell: i32, p: SequenceGradientJob, chunk: i32, slot: i32): void {
  const units = p.units, width = gatesOf(cell) * units;
  const first = chunk * p.rowsPerChunk, rows = min(p.rowsPerChunk, p.batch - first);
  const row = <usize> units << 2, wide = <usize> width << 2, far = <usize> p.time * wide;
  const block = p.scratch + <usize> slot * p.scratchBytes;
  const dh = block + ROWS_OFFSET, all = <usize> p.rowsPerChunk * row;
  const dc = dh + all, inner = dc + all;
  const from = <usize> first * row, outer = cell == GRU ? 2 * units : width;
  copyFloats(dh, p.dh + from, rows * units);
  if (cell == LSTM) copyFloats(dc, p.dc + from, rows * units);
  for (let step = p.time - 1; step >= 0; step--) {
    const firstIndex = first * p.time + (p.backwards ? p.time - 1 - step : step);
    const dx = p.dx + <usize> firstIndex * wide;
    for (let r = 0; r < rows; r++) {
      const index = firstIndex + r * p.time, away = <usize> r * row;
      const g = p.gates + <usize> index * wide, dg = dx + <usize> r * far;
      const kept = <usize> index * row;
      if (p.dSequence) {
        const at = (first + r) * p.time + step;
        addRun(dh + away, p.dSequence + <usize> at * row, units);
      }
      if (isMasked(p, index)) zeroFloats(dg, width);
      else if (cell == LSTM) backLstm(p, g, p.inner + kept, dg, dh + away, dc + away, inner);
      else if (cell == GRU) backGru(p, g, p.previous + kept, dg, dh + away);
      else backSimple(p, g, dg, dh + away);
    }
    if (cell == GRU) {
      multiply(p, dx + 2 * row, far, rows, units, p.innerPanels, units, inner, row, false, block);
      for (let r = 0; r < rows; r++) {
        const index = firstIndex + r * p.time, away = <usize> r * row;
        if (isMasked(p, index)) continue;
        backReset(
          p, p.gates + <usize> index * wide + row, p.previous + <usize> index * row,
          inner + away, dx + <usize> r * far + row, dh + away,
        );
      }
    }
    multiply(p, dx, far, rows, outer, p.panels, units, dh, row, true, block);
  }
  copyFloats(p.dFirstH + from, dh, rows * units);
  if (cell == LSTM) copyFloats(p.dFirstC + from, dc, rows * units);
}

/** dh becomes zero, since h before has its gradient from dGates alone. */
function backLstm(
  p: SequenceGradientJob, gates: usize, previousC: usize,
  dGates: usize, dh: usize, dc: usize, squashed: usize,
): void {
  const units = p.units, row = <usize> units << 2;
  const activation = p.activation, recurrent = p.recurrentActivation;
  let at: usize = 0;
  for (let left = units; left > 0; left -= 4, at += 16) {
    const i = valueOf(recurrent, get(gates + at, left));
    const f = valueOf(recurrent, get(gates + row + at, left));
    const g = valueOf(activation, get(gates + 2 * row + at, left));
    put(squashed + at, f32x4.add(f32x4.mul(f, get(previousC + at, left)), f32x4.mul(i, g)), left);
  }
  activate(activation, squashed, units);
  at = 0;
  for (let left = units; left > 0; left -= 4, at += 16) {
    const i = get(gates + at, left), f = get(gates + row + at, left);
    const g = get(gates + 2 * row + at, left), o = get(gates + 3 * row + at, left);
    const c = get(squashed + at, left), d = get(dh + at, left);
    const dOut = f32x4.mul(d, valueOf(recurrent, o));
    const dCell = f32x4.add(get(dc + at, left), f32x4.mul(dOut, slopeOf(activation, c)));
    const di = f32x4.mul(f32x4.mul(dCell, valueOf(activation, g)), slopeOf(recurrent, i));
    const df = f32x4.mul(f32x4.mul(dCell, get(previousC + at, left)), slopeOf(recurrent, f));
    const dg = f32x4.mul(f32x4.mul(dCell, valueOf(recurrent, i)), slopeOf(activation, g));
    const dO = f32x4.mul(f32x4.mul(d, valueOf(activation, c)), slopeOf(recurrent, o));
    put(dGates + at, di, left);
    put(dGates + row + at, df, left);
    put(dGates + 2 * row + at, dg, left);
    put(dGates + 3 * row + at, dO, left);
    put(dc + at, f32x4.mul(dCell, valueOf(recurrent, f)), left);
    put(dh + at, f32x4.splat(0), left);
  }
}

/** Gradients of z and g; dh becomes what h before gets of it directly. */
function backGru(
  p: SequenceGradientJob, gates: usize, previous: usize, dGates: usize, dh: usize,
): void {
  const activation = p.activation, recurrent = p.recurrentActivation;
  const toG = <usize> p.units << 3;
  let at: usize = 0;
  for (let left = p.units; left > 0; left -= 4, at += 16) {
    const z = get(gates + at, left), g = get(gates + toG + at, left);
    const d = get(dh + at, left), share = valueOf(recurrent, z);
    const change = f32x4.sub(get(previous + at, left), valueOf(activation, g));
    const dg = f32x4.mul(d, f32x4.sub(f32x4.splat(1), share));
    put(dGates + at, f32x4.mul(f32x4.mul(d, change), slopeOf(recurrent, z)), left);
    put(dGates + toG + at, f32x4.mul(dg, slopeOf(activation, g)), left);
    put(dh + at, f32x4.mul(d, share), left);
  }
}

/** Gradients of r and of h in r h. */
function backReset(
  p: SequenceGradientJob, kept: usize, previous: usize,
  dInner: usize, dKept: usize, dh: usize,
): void {
  const recurrent = p.recurrentActivation;
  let at: usize = 0;
  for (let left = p.units; left > 0; left -= 4, at += 16) {
    const r = get(kept + at, left), d = get(dInner + at, left);
    const dr = f32x4.mul(d, get(previous + at, left));
    put(dKept + at, f32x4.mul(dr, slopeOf(recurrent, r)), left);
    const share = f32x4.mul(d, valueOf(recurrent, r));
    put(dh + at, f32x4.add(get(dh + at, left), share), left);
  }
}

function backSimple(p: SequenceGradientJob, kept: usize, dKept: usize, dh: usize): void {
  for (let left = p.units; left > 0; left -= 4, kept += 16, dKept += 16, dh += 16) {
    const slope = slopeOf(p.activation, get(kept, left));
    put(dKept, f32x4.mul(get(dh, left), slope), left);
    put(dh, f32x4.splat(0), left);
  }
}

// One export for each cell. Chunk: all steps of `rowsPerChunk` rows.
export function lstmGradient(p: SequenceGradientJob, chunk: i32, slot: i32): void { backward(LSTM, p, chunk, slot); }
export function gruGradient(p: SequenceGradientJob, chunk: i32, slot: i32): void { backward(GRU, p, chunk, slot); }
export function simpleRnnGradient(p: SequenceGradientJob, chunk: i32, slot: i32): void { backward(SIMPLE, p, chunk, slot); }
