/**
 * Concatenation and its gradient, splitting, which every skip connection needs. tfjs's
 * own SplitV computes the coordinates of each number, a second for a layer.
 */

import {
  backend_util,
  type KernelConfig,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { accelerate, areFloats } from "./accelerate.ts";

/** The numbers of a tensor, and the length of its runs: all axes from this one on. */
function runsOf(backend: WasmBackend, info: TensorInfo, axis: number) {
  const length = util.sizeFromShape(info.shape);
  return {
    numbers: backend.heap.floats(backend.address(info), length),
    run: util.sizeFromShape(info.shape.slice(axis)),
  };
}

type Runs = ReturnType<typeof runsOf>;

/** Copies the parts to the whole, or back: one run of each part in turn. */
function copyRuns(whole: Runs, parts: Runs[], copy: "concat" | "split") {
  let start = 0;
  for (const { numbers, run } of parts) {
    let at = start;
    for (let i = 0; i < numbers.length; at += whole.run) {
      // Runs are short, and calls of set() and subarray() would take longer.
      if (copy === "concat") {
        for (let j = 0; j < run; j++) whole.numbers[at + j] = numbers[i++];
      } else {
        for (let j = 0; j < run; j++) numbers[i++] = whole.numbers[at + j];
      }
    }
    start += run;
  }
}

/** Concat and SplitV. */
export const concatenation: KernelConfig[] = [
  accelerate<TensorInfo[], { axis: number }>(
    "Concat",
    ({ inputs, attrs, backend }) => {
      const [axis] = util.parseAxisParam(attrs.axis, inputs[0].shape);
      const parts = inputs.filter(({ shape }) => util.sizeFromShape(shape) > 0);
      if (parts.length < 2 || !areFloats(...inputs)) return undefined;
      // Empty tensors, too, must fit: they may be empty along another axis.
      const shapes = inputs.map(({ shape }) => shape);
      backend_util.assertParamsConsistent(shapes, axis);
      const out = backend.output(backend_util.computeOutShape(shapes, axis));
      copyRuns(
        runsOf(backend, out, axis),
        parts.map((part) => runsOf(backend, part, axis)),
        "concat",
      );
      return out;
    },
  ),
  accelerate<
    { x: TensorInfo },
    { numOrSizeSplits: number | number[]; axis: number }
  >("SplitV", ({ inputs: { x }, attrs, backend }) => {
    if (!areFloats(x)) return undefined;
    const [axis] = util.parseAxisParam(attrs.axis, x.shape);
    const sizes = backend_util.prepareSplitSize(
      x as Parameters<typeof backend_util.prepareSplitSize>[0],
      attrs.numOrSizeSplits,
      axis,
    );
    if (sizes.some((size) => size < 1)) return undefined;
    const outs = sizes.map((size) =>
      backend.output(x.shape.map((length, i) => i === axis ? size : length))
    );
    copyRuns(
      runsOf(backend, x, axis),
      outs.map((out) => runsOf(backend, out, axis)),
      "split",
    );
    return outs;
  }),
];
