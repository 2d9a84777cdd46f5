/**
 * Concat and SplitV, its gradient: what a skip connection is made of. tfjs's own
 * SplitV looks up each number by its coordinates, a second for a layer.
 */

import {
  backend_util,
  type KernelConfig,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { accelerate, areFloats } from "./accelerate.ts";

/** Numbers of a tensor, and how many follow each other from the axis on. */
function runsOf(backend: WasmBackend, info: TensorInfo, axis: number) {
  const length = util.sizeFromShape(info.shape);
  return {
    values: backend.heap.floats(backend.address(info), length),
    run: util.sizeFromShape(info.shape.slice(axis)),
  };
}

type Runs = ReturnType<typeof runsOf>;

/** Copies between a whole and its parts: one run of each part in turn. */
function copyRuns(whole: Runs, parts: Runs[], copy: "join" | "split") {
  let start = 0;
  for (const { values, run } of parts) {
    let at = start;
    for (let i = 0; i < values.length; at += whole.run) {
      // By hand: runs are too short for the cost of set() and subarray().
      if (copy === "join") {
        for (let j = 0; j < run; j++) whole.values[at + j] = values[i++];
      } else {
        for (let j = 0; j < run; j++) values[i++] = whole.values[at + j];
      }
    }
    start += run;
  }
}

/** Concat and SplitV. */
export const joining: KernelConfig[] = [
  accelerate<TensorInfo[], { axis: number }>(
    "Concat",
    ({ inputs, attrs, backend }) => {
      const [axis] = util.parseAxisParam(attrs.axis, inputs[0].shape);
      const parts = inputs.filter(({ shape }) => util.sizeFromShape(shape) > 0);
      if (parts.length < 2 || !areFloats(...inputs)) return undefined;
      // One that is empty along another axis than this fits nothing either.
      const shapes = inputs.map(({ shape }) => shape);
      backend_util.assertParamsConsistent(shapes, axis);
      const out = backend.output(backend_util.computeOutShape(shapes, axis));
      copyRuns(
        runsOf(backend, out, axis),
        parts.map((part) => runsOf(backend, part, axis)),
        "join",
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
