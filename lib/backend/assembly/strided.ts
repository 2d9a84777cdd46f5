// Copies numbers from one view to another of the same shape: cut, reversed, repeated or
// with the axes in another order. See geometry/views.ts.

import { copyFloats } from "./copy";

@unmanaged
class StridedCopyJob {
  // Six axes, the outermost first; unused ones come first and have the size 1.
  size0: i32;
  from0: i32; // numbers from one index to the next in from
  to0: i32; // likewise in to
  size1: i32;
  from1: i32;
  to1: i32;
  size2: i32;
  from2: i32;
  to2: i32;
  size3: i32;
  from3: i32;
  to3: i32;
  size4: i32;
  from4: i32;
  to4: i32;
  size5: i32;
  from5: i32;
  to5: i32;
  from: usize; // the first number
  to: usize;
  rows: i32; // size0 * size1 * size2 * size3 * size4
  perChunk: i32; // of these rows
  perPiece: i32; // rows are cut into pieces of so many numbers
  pieces: i32;
}

/** Bytes of an axis in the job. */
const AXIS_BYTES: usize = 12;

/** Chunk: one piece of each of `perChunk` rows. */
export function copyStrided(p: StridedCopyJob, chunk: i32, _slot: i32): void {
  let row = chunk / p.pieces * p.perChunk;
  const end = min(p.rows, row + p.perChunk);
  const start = (chunk % p.pieces) * p.perPiece;
  const count = min(p.perPiece, p.size5 - start);
  const fromStep = <usize> p.from5 << 2, toStep = <usize> p.to5 << 2;
  const fromRow = <usize> p.from4 << 2, toRow = <usize> p.to4 << 2;
  while (row < end) {
    // Rows of a block differ in the index of the last axis but one alone.
    const rows = min(end - row, p.size4 - row % p.size4);
    let from = p.from + <usize> start * fromStep;
    let to = p.to + <usize> start * toStep;
    let rest = row, axis = changetype<usize>(p) + 4 * AXIS_BYTES;
    for (; rest > 0; axis -= AXIS_BYTES) {
      const size = load<i32>(axis), index = rest % size;
      from += <usize> (index * load<i32>(axis, 4)) << 2;
      to += <usize> (index * load<i32>(axis, 8)) << 2;
      rest /= size;
    }
    if (toStep != 4) copyOneByOne(from, to, fromStep, toStep, count, fromRow, toRow, rows);
    else if (fromStep == 4) {
      for (let i = 0; i < rows; i++, from += fromRow, to += toRow) copyFloats(to, from, count);
    } else if (fromStep == 0) {
      for (let i = 0; i < rows; i++, from += fromRow, to += toRow) repeat(from, to, count);
    } else if (fromStep == -4) {
      for (let i = 0; i < rows; i++, from += fromRow, to += toRow) reverse(from, to, count);
    } else if (fromRow == 4) transpose(from, to, fromStep, toRow, rows, count);
    else copyOneByOne(from, to, fromStep, toStep, count, fromRow, toRow, rows);
    row += rows;
  }
}

/** Copies a matrix, by the longer of its axes in the inner loop. */
function copyOneByOne(
  from: usize,
  to: usize,
  fromStep: usize,
  toStep: usize,
  count: i32,
  fromRow: usize,
  toRow: usize,
  rows: i32,
): void {
  if (rows > count) {
    copyOneByOne(from, to, fromRow, toRow, rows, fromStep, toStep, count);
    return;
  }
  for (let i = 0; i < rows; i++, from += fromRow, to += toRow) {
    let source = from, target = to;
    for (let j = 0; j < count; j++, source += fromStep, target += toStep) {
      store<u32>(target, load<u32>(source));
    }
  }
}

/** Writes the number at `from` so many times. */
function repeat(from: usize, to: usize, count: i32): void {
  const end = to + (<usize> count << 2);
  const four = v128.load32_splat(from);
  for (; to + 16 <= end; to += 16) v128.store(to, four);
  for (; to < end; to += 4) v128.store32_lane(to, four, 0);
}

/** Copies numbers that end at `from` in the opposite order. */
function reverse(from: usize, to: usize, count: i32): void {
  const end = to + (<usize> count << 2);
  for (; to + 16 <= end; to += 16, from -= 16) {
    const four = v128.load(from - 12);
    v128.store(to, v128.shuffle<i32>(four, four, 3, 2, 1, 0));
  }
  for (; to < end; to += 4, from -= 4) store<u32>(to, load<u32>(from));
}

/** Rows that are copied together: their numbers fill a cache line of `from`. */
const ROWS_OF_TILE: i32 = 16;

/** Copies columns of `rows` numbers to `rows` rows of `columns` numbers. */
function transpose(
  from: usize,
  to: usize,
  fromColumn: usize,
  toRow: usize,
  rows: i32,
  columns: i32,
): void {
  const wholeColumns = columns & ~3;
  for (let first = 0; first < rows; first += ROWS_OF_TILE) {
    const count = min(ROWS_OF_TILE, rows - first), wholeRows = count & ~3;
    const tile = from + (<usize> first << 2), out = to + <usize> first * toRow;
    for (let j = 0; j < wholeColumns; j += 4) {
      const source = tile + <usize> j * fromColumn, target = out + (<usize> j << 2);
      for (let i = 0; i < wholeRows; i += 4) {
        transpose4(source + (<usize> i << 2), fromColumn, target + <usize> i * toRow, toRow);
      }
    }
    // What is left below the whole blocks, and beside them.
    copyOneByOne(
      tile + (<usize> wholeRows << 2),
      out + <usize> wholeRows * toRow,
      fromColumn,
      4,
      wholeColumns,
      4,
      toRow,
      count - wholeRows,
    );
    copyOneByOne(
      tile + <usize> wholeColumns * fromColumn,
      out + (<usize> wholeColumns << 2),
      fromColumn,
      4,
      columns - wholeColumns,
      4,
      toRow,
      count,
    );
  }
}

/** Transposes a block of 4 by 4 numbers. */
// @ts-ignore: decorator
@inline
function transpose4(from: usize, fromColumn: usize, to: usize, toRow: usize): void {
  const a = v128.load(from), b = v128.load(from + fromColumn);
  const c = v128.load(from + 2 * fromColumn), d = v128.load(from + 3 * fromColumn);
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const low = v128.shuffle<i32>(a, b, 2, 6, 3, 7), high = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(ab, cd, 0, 2));
  v128.store(to + toRow, v128.shuffle<i64>(ab, cd, 1, 3));
  v128.store(to + 2 * toRow, v128.shuffle<i64>(low, high, 0, 2));
  v128.store(to + 3 * toRow, v128.shuffle<i64>(low, high, 1, 3));
}
