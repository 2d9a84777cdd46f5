/** Sum and Mean over neighbouring axes. */

import {
  backend_util,
  type KernelConfig,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { accelerate, areFloats } from "./accelerate.ts";

type Inputs = { x: TensorInfo };
type Attributes = { axis: number | number[]; keepDims: boolean };

/** Numbers of a part of a sum: the same for any number of threads, as is the rounding. */
const NUMBERS_PER_PART = 1_024;
/** Neighbouring sums that a thread computes at once; they stay in its cache. */
const SUMS_PER_PIECE = 8_192;
/** Additions of a chunk, at least: they take longer than to start it. */
const ADDITIONS_PER_CHUNK = 8_192;

/**
 * Sums x[outer, length, inner] over its middle axis, and writes out[outer, inner]:
 * first parts of 1,024 numbers, then their sums, which also keeps rounding small.
 */
export function sumAxis(
  backend: WasmBackend,
  { x, out, outer, length, inner }: {
    x: number;
    out: number;
    outer: number;
    length: number;
    inner: number;
  },
) {
  const parts = Math.max(1, Math.ceil(length / NUMBERS_PER_PART));
  const pieces = Math.ceil(inner / SUMS_PER_PIECE);
  const additions = Math.min(length, NUMBERS_PER_PART) *
    Math.min(inner, SUMS_PER_PIECE);
  const perChunk = Math.max(1, Math.floor(ADDITIONS_PER_CHUNK / additions));
  backend.heap.borrow((allocate) => {
    const sums = parts === 1 ? out : allocate(4 * outer * parts * inner);
    backend.pool.run("sum", {
      x,
      out: sums,
      outer,
      length,
      inner,
      perPart: NUMBERS_PER_PART,
      parts,
      perPiece: SUMS_PER_PIECE,
      pieces,
      perChunk,
    }, Math.ceil(outer * parts * pieces / perChunk));
    if (parts === 1) return;
    sumAxis(backend, { x: sums, out, outer, length: parts, inner });
  });
}

function reduce(
  { x }: Inputs,
  { axis, keepDims }: Attributes,
  backend: WasmBackend,
): { out: TensorInfo; length: number } | undefined {
  const axes = util.parseAxisParam(axis, x.shape).sort((a, b) => a - b);
  const areNeighbours = axes.every((each, i) => each === axes[0] + i);
  const size = util.sizeFromShape(x.shape);
  if (!areFloats(x) || !areNeighbours || size === 0) return undefined;
  const length = util.sizeFromShape(axes.map((each) => x.shape[each]));
  const [shape] = backend_util.computeOutAndReduceShapes(x.shape, axes);
  const from = backend.address(x);
  const out = backend.output(
    keepDims ? backend_util.expandShapeToKeepDim(shape, axes) : shape,
  );
  const outer = util.sizeFromShape(x.shape.slice(0, axes[0] ?? 0));
  const inner = size / outer / length;
  sumAxis(backend, {
    x: from,
    out: backend.address(out),
    outer,
    length,
    inner,
  });
  return { out, length };
}

/** Sum and Mean. */
export const reductions: KernelConfig[] = [
  accelerate<Inputs, Attributes>(
    "Sum",
    ({ inputs, attrs, backend }) => reduce(inputs, attrs, backend)?.out,
  ),
  accelerate<Inputs, Attributes>("Mean", ({ inputs, attrs, backend }) => {
    const reduced = reduce(inputs, attrs, backend);
    if (!reduced) return undefined;
    const { out, length } = reduced;
    if (length === 1) return out;
    const values = backend.data.get(out.dataId).values as Float32Array;
    for (let i = 0; i < values.length; i++) values[i] /= length;
    return out;
  }),
];
