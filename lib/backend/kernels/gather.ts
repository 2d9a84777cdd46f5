/**
 * GatherV2, by which tfjs's fit makes batches and an embedding finds its rows, and
 * UnsortedSegmentSum, its gradient.
 */

import {
  backend_util,
  type KernelConfig,
  type Tensor,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { accelerate, areFloats } from "./accelerate.ts";
import { isOfNumbers, numbersOf } from "./copy.ts";

/** Numbers of a chunk: 64 KiB, which take longer than to wake a thread. */
const NUMBERS_PER_CHUNK = 16_384;
/** Rows that are added up one after the other; more would round too much. */
const ROWS_PER_SUM = 1_024;

/** Writes whole numbers where the WebAssembly reads them; their address. */
function writeIntegers(
  backend: WasmBackend,
  allocate: (bytes: number) => number,
  values: ArrayLike<number>,
): number {
  const address = allocate(4 * values.length);
  const { buffer } = backend.heap.memory;
  new Int32Array(buffer, address, values.length).set(values);
  return address;
}

/** Whether all places are from 0 to count - 1. */
function areInside(places: ArrayLike<number>, count: number): boolean {
  for (let i = 0; i < places.length; i++) {
    if (!(places[i] >= 0 && places[i] < count)) return false;
  }
  return true;
}

type Gather = { x: TensorInfo; indices: TensorInfo };

const gather = accelerate<Gather, { axis: number; batchDims?: number }>(
  "GatherV2",
  ({ inputs: { x, indices }, attrs, backend }) => {
    const [axis] = util.parseAxisParam(attrs.axis, x.shape);
    const places = numbersOf(backend, indices);
    const { batchDims = 0 } = attrs;
    const fits = isOfNumbers(x) && areInside(places, x.shape[axis]) &&
      Number.isInteger(batchDims);
    if (!fits) return undefined;
    const info = backend_util.segment_util.collectGatherOpShapeInfo(
      x as Tensor,
      indices as Tensor,
      axis,
      batchDims,
    );
    const { outerSize: outer, dimSize: count, sliceSize: inner } = info;
    const length = places.length / info.batchSize;
    const rows = info.batchSize * outer * length;
    const out = backend.output(info.outputShape, x.dtype);
    if (!(rows * inner > 0)) return out;
    if (!areFloats(x)) {
      const from = numbersOf(backend, x), to = numbersOf(backend, out);
      for (let row = 0; row < rows; row++) {
        const matrix = Math.floor(row / length);
        const batch = Math.floor(matrix / outer);
        const place = places[batch * length + row % length];
        const start = (matrix * count + place) * inner;
        for (let i = 0; i < inner; i++) to[row * inner + i] = from[start + i];
      }
      return out;
    }
    backend.heap.borrow((allocate) => {
      const perChunk = Math.max(1, Math.floor(NUMBERS_PER_CHUNK / inner));
      backend.pool.run("gather", {
        x: backend.address(x),
        indices: writeIntegers(backend, allocate, places),
        out: backend.address(out),
        ...{ outer, count, length, inner, rows, perChunk },
      }, Math.ceil(rows / perChunk));
    });
    return out;
  },
);

/** Some rows of a matrix; each belongs to one segment or to none. */
interface Segments {
  /** For each row the number of its segment; others than 0 ... segments - 1: none. */
  ids: ArrayLike<number>;
  segments: number;
  /** Numbers of a row. */
  inner: number;
}

/**
 * Sums the rows of x, segment by segment, each in its order: so the result does not
 * depend on the number of threads. Long segments are summed in parts of 1,024 rows,
 * then their sums, which also keeps rounding small.
 */
function sumSegments(
  backend: WasmBackend,
  { x, out, ids, segments, inner }: Segments & { x: number; out: number },
) {
  const counts = new Int32Array(segments);
  for (let row = 0; row < ids.length; row++) {
    if (ids[row] >= 0 && ids[row] < segments) counts[ids[row]]++;
  }
  backend.heap.borrow((allocate) => {
    if (counts.some((count) => count > ROWS_PER_SUM)) {
      const parts = inParts(ids, counts);
      const segmentsOfParts = parts.segmentOf.length;
      const sums = allocate(4 * segmentsOfParts * inner);
      sumSegments(backend, {
        ...{ x, out: sums, ids: parts.ids, segments: segmentsOfParts, inner },
      });
      sumSegments(backend, {
        ...{ x: sums, out, ids: parts.segmentOf, segments, inner },
      });
      return;
    }
    // Rows in the order of their segments, by counting.
    const next = new Int32Array(segments);
    for (let i = 1; i < segments; i++) next[i] = next[i - 1] + counts[i - 1];
    const order = new Int32Array(ids.length);
    for (let row = 0; row < ids.length; row++) {
      if (ids[row] >= 0 && ids[row] < segments) order[next[ids[row]]++] = row;
    }
    const perChunk = Math.max(1, Math.floor(NUMBERS_PER_CHUNK / inner));
    backend.pool.run("segmentSum", {
      ...{ x, out, segments, inner, perChunk },
      order: writeIntegers(backend, allocate, order),
      ends: writeIntegers(backend, allocate, next),
    }, Math.ceil(segments / perChunk));
  });
}

/** Cuts segments of so many rows into parts: of each row, and of each part a number. */
function inParts(ids: ArrayLike<number>, counts: Int32Array) {
  const segmentOf: number[] = [];
  const first = Array.from(counts, (count, segment) => {
    const start = segmentOf.length;
    for (let i = 0; i < count; i += ROWS_PER_SUM) segmentOf.push(segment);
    return start;
  });
  const seen = new Int32Array(counts.length);
  const partOf = Int32Array.from(ids, (id) => {
    const isOne = id >= 0 && id < counts.length;
    return isOne ? first[id] + Math.floor(seen[id]++ / ROWS_PER_SUM) : -1;
  });
  return { ids: partOf, segmentOf };
}

type SegmentSum = { x: TensorInfo; segmentIds: TensorInfo };

const unsortedSegmentSum = accelerate<SegmentSum, { numSegments: number }>(
  "UnsortedSegmentSum",
  ({ inputs: { x, segmentIds }, attrs: { numSegments }, backend }) => {
    const [rows, ...shape] = x.shape;
    const fits = util.arraysEqual(segmentIds.shape, [rows]) &&
      Number.isInteger(numSegments) && numSegments > 0 &&
      util.sizeFromShape(x.shape) > 0;
    if (!areFloats(x) || !fits) return undefined;
    const out = backend.output([numSegments, ...shape]);
    sumSegments(backend, {
      x: backend.address(x),
      out: backend.address(out),
      ids: numbersOf(backend, segmentIds),
      segments: numSegments,
      inner: util.sizeFromShape(shape),
    });
    return out;
  },
);

/** GatherV2 and UnsortedSegmentSum. */
export const gathering: KernelConfig[] = [gather, unsortedSegmentSum];
