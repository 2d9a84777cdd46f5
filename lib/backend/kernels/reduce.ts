/** Reductions: sums, means, the largest and smallest numbers, over any axes. */

import {
  backend_util,
  getKernel,
  type KernelConfig,
  type NamedAttrMap,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { checkAxes } from "../geometry/sizes.ts";
import { accelerate, areFloats, runKernel } from "./accelerate.ts";
import { numbersOf } from "./copy.ts";

type Inputs = { x: TensorInfo };
type Axes = number | number[];
type Task = "sum" | "largest" | "smallest";

/** An array whose middle axis goes away. */
interface Middle {
  outer: number;
  length: number;
  inner: number;
}

/** Numbers of a part of a sum: the same for any number of threads, as is the rounding. */
const NUMBERS_PER_PART = 1_024;
/** Neighbouring results that a thread computes at once; they stay in its cache. */
const RESULTS_PER_PIECE = 8_192;
/** Numbers of a chunk, at least: they take longer than to start it. */
const NUMBERS_PER_CHUNK = 8_192;

/**
 * Reduces x[outer, length, inner] over its middle axis, and writes out[outer, inner]:
 * first parts of 1,024 numbers, then their results, which also keeps rounding small.
 */
function reduceAxis(
  backend: WasmBackend,
  task: Task,
  { x, out, outer, length, inner }: Middle & { x: number; out: number },
) {
  const parts = Math.max(1, Math.ceil(length / NUMBERS_PER_PART));
  const pieces = Math.ceil(inner / RESULTS_PER_PIECE);
  const numbers = Math.min(length, NUMBERS_PER_PART) *
    Math.min(inner, RESULTS_PER_PIECE);
  const perChunk = Math.max(1, Math.floor(NUMBERS_PER_CHUNK / numbers));
  const reduceParts = (out: number) =>
    backend.pool.run(task, {
      x,
      out,
      outer,
      length,
      inner,
      perPart: NUMBERS_PER_PART,
      parts,
      perPiece: RESULTS_PER_PIECE,
      pieces,
      perChunk,
    }, Math.ceil(outer * parts * pieces / perChunk));
  if (parts === 1) return reduceParts(out);
  backend.heap.borrow((allocate) => {
    const x = allocate(4 * outer * parts * inner);
    reduceParts(x);
    reduceAxis(backend, task, { x, out, outer, length: parts, inner });
  });
}

/** Sums x[outer, length, inner] over its middle axis, and writes out[outer, inner]. */
export function sumAxis(
  backend: WasmBackend,
  sizes: Middle & { x: number; out: number },
) {
  reduceAxis(backend, "sum", sizes);
}

/**
 * The reduction of floats over `axes`: over the last neighbours among them, then over
 * those before, ...; undefined where there are other numbers, or none.
 */
function reduce(
  task: Task,
  { x, axis, keepDims }: { x: TensorInfo; axis: Axes; keepDims: boolean },
  backend: WasmBackend,
): { out: TensorInfo; length: number } | undefined {
  checkAxes(axis, x);
  const axes = util.parseAxisParam(axis, x.shape).sort((a, b) => a - b);
  const size = util.sizeFromShape(x.shape);
  if (!areFloats(x) || size === 0) return undefined;
  const [shape] = backend_util.computeOutAndReduceShapes(x.shape, axes);
  const from = backend.address(x);
  const out = backend.output(
    keepDims ? backend_util.expandShapeToKeepDim(shape, axes) : shape,
  );
  const to = backend.address(out);
  const length = util.sizeFromShape(axes.map((each) => x.shape[each]));
  const steps = middles(x.shape, axes);
  const last = steps.pop()!;
  if (steps.length === 0) {
    reduceAxis(backend, task, { x: from, out: to, ...last });
  } else {
    backend.heap.borrow((allocate) => {
      const x = steps.reduce((x, sizes) => {
        const out = allocate(4 * sizes.outer * sizes.inner);
        reduceAxis(backend, task, { x, out, ...sizes });
        return out;
      }, from);
      reduceAxis(backend, task, { x, out: to, ...last });
    });
  }
  return { out, length };
}

/**
 * The steps by which named axes go away, each time neighbours, the last ones first.
 * Axes of size 1 change nothing. Without axes each number is its own result.
 */
function middles(shape: number[], named: number[]): Middle[] {
  const steps: Middle[] = [];
  let outer = util.sizeFromShape(shape), length = 1, inner = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis];
    if (size === 1) continue;
    if (named.includes(axis)) length *= size;
    else {
      if (length > 1) {
        steps.push({ outer, length, inner });
        length = 1;
      }
      inner *= size;
    }
    outer /= size;
  }
  if (length > 1 || steps.length === 0) steps.push({ outer, length, inner });
  return steps;
}

/**
 * Runs tfjs's own kernel along the last axes, where it is fast: first `x` is transposed
 * if need be. (tfjs transposes by computing the coordinates of each number.)
 */
function alongLastAxes(
  kernelName: string,
  { x, axis, nameOfAxes, keepDims = false }: {
    x: TensorInfo;
    axis: Axes;
    nameOfAxes: string;
    keepDims?: boolean;
  },
  backend: WasmBackend,
): TensorInfo | undefined {
  checkAxes(axis, x);
  const axes = util.parseAxisParam(axis, x.shape);
  const rank = x.shape.length;
  const perm = backend_util.getAxesPermutation(axes, rank);
  if (!perm || x.dtype === "complex64") return undefined;
  const transposed = runKernel("Transpose", {
    ...{ inputs: { x }, attrs: { perm }, backend },
  });
  try {
    const { kernelFunc } = getKernel(kernelName, "cpu")!;
    const last = backend_util.getInnerMostAxes(axes.length, rank);
    const attrs: NamedAttrMap = { [nameOfAxes]: last, keepDims: false };
    const inputs = { x: transposed };
    const { shape, ...out } = kernelFunc({
      inputs,
      attrs,
      backend,
    }) as TensorInfo;
    return {
      ...out,
      shape: keepDims ? backend_util.expandShapeToKeepDim(shape, axes) : shape,
    };
  } finally {
    backend.disposeIntermediateTensorInfo(transposed);
  }
}

/** A kernel that reduces floats by a task, and other numbers as tfjs does. */
function reduction(
  kernelName: string,
  { task, nameOfAxes = "axis" }: {
    task?: Task;
    nameOfAxes?: string;
  } = {},
): KernelConfig {
  return accelerate<Inputs, Record<string, unknown>>(
    kernelName,
    ({ inputs: { x }, attrs, backend }) => {
      const axis = attrs[nameOfAxes] as Axes;
      const keepDims = attrs.keepDims as boolean;
      const reduced = task && reduce(task, { x, axis, keepDims }, backend);
      return reduced?.out ??
        alongLastAxes(kernelName, { x, axis, nameOfAxes, keepDims }, backend);
    },
  );
}

const mean = accelerate<Inputs, { axis: Axes; keepDims: boolean }>(
  "Mean",
  ({ inputs: { x }, attrs: { axis, keepDims }, backend }) => {
    const reduced = reduce("sum", { x, axis, keepDims }, backend);
    if (!reduced) return undefined;
    const { out, length } = reduced;
    if (length === 1) return out;
    const values = numbersOf(backend, out);
    for (let i = 0; i < values.length; i++) values[i] /= length;
    return out;
  },
);

/** Sum, Mean, Max, Min, Prod, All, Any, ArgMax and ArgMin. */
export const reductions: KernelConfig[] = [
  reduction("Sum", { task: "sum" }),
  mean,
  reduction("Max", { task: "largest", nameOfAxes: "reductionIndices" }),
  reduction("Min", { task: "smallest" }),
  ...["Prod", "All", "Any", "ArgMax", "ArgMin"].map((name) => reduction(name)),
];
