// Copies rows to where they are needed, and adds them up where they came from.

import { addFloats, copyFloats, zeroFloats } from "./copy";

@unmanaged
class GatherJob {
  x: usize; // [batch, outer, count, inner]
  indices: usize; // int32 [batch, length]; each is from 0 to count - 1
  out: usize; // [batch, outer, length, inner]
  outer: i32;
  count: i32;
  length: i32;
  inner: i32;
  rows: i32; // batch * outer * length
  perChunk: i32; // of these rows
}

/** Chunk: `perChunk` rows of `out`. */
export function gather(p: GatherJob, chunk: i32, _slot: i32): void {
  const end = min(p.rows, (chunk + 1) * p.perChunk), bytes = <usize> p.inner << 2;
  for (let row = chunk * p.perChunk; row < end;) {
    // The rows of one matrix: the divisions take longer than to copy a short row.
    const matrix = row / p.length, last = min(end, (matrix + 1) * p.length);
    const x = p.x + <usize> (matrix * p.count) * bytes;
    let place = p.indices + (<usize> (matrix / p.outer * p.length + row % p.length) << 2);
    for (; row < last; row++, place += 4) {
      copyFloats(p.out + <usize> row * bytes, x + <usize> load<i32>(place) * bytes, p.inner);
    }
  }
}

@unmanaged
class SegmentSumJob {
  x: usize; // [rows, inner]
  order: usize; // int32: the rows of the first segment, then of the second, ...
  ends: usize; // int32 [segments]: where in `order` each segment ends
  out: usize; // [segments, inner]
  segments: i32;
  inner: i32;
  perChunk: i32; // segments
}

/** Chunk: the sums of `perChunk` segments. */
export function segmentSum(p: SegmentSumJob, chunk: i32, _slot: i32): void {
  const last = min(p.segments, (chunk + 1) * p.perChunk), bytes = <usize> p.inner << 2;
  for (let segment = chunk * p.perChunk; segment < last; segment++) {
    const ends = p.ends + (<usize> segment << 2), out = p.out + <usize> segment * bytes;
    let at = p.order + (<usize> (segment > 0 ? load<i32>(ends - 4) : 0) << 2);
    const end = p.order + (<usize> load<i32>(ends) << 2);
    if (at == end) {
      zeroFloats(out, p.inner);
      continue;
    }
    copyFloats(out, p.x + <usize> load<i32>(at) * bytes, p.inner);
    for (at += 4; at < end; at += 4) {
      addFloats(out, p.x + <usize> load<i32>(at) * bytes, p.inner);
    }
  }
}
