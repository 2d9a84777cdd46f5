/** GatherV2 along the first axis, by which tfjs's fit makes batches. */

import {
  type KernelConfig,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import { accelerate, areFloats } from "./accelerate.ts";

type Inputs = { x: TensorInfo; indices: TensorInfo };
type Attributes = { axis: number; batchDims: number };

/** GatherV2. */
export const gathering: KernelConfig[] = [
  accelerate<Inputs, Attributes>("GatherV2", ({ inputs, attrs, backend }) => {
    const { x, indices } = inputs;
    const [count, ...rowShape] = x.shape;
    const rows = backend.readSync(indices.dataId) as Int32Array;
    const isPlain = areFloats(x) && attrs.axis === 0 && attrs.batchDims === 0 &&
      rows.every((row) => row >= 0 && row < count);
    if (!isPlain) return undefined;
    const length = util.sizeFromShape(rowShape);
    const out = backend.output([...indices.shape, ...rowShape]);
    const { heap } = backend;
    const from = heap.floats(backend.address(x), count * length);
    const to = heap.floats(backend.address(out), rows.length * length);
    rows.forEach((row, i) => {
      to.set(from.subarray(row * length, (row + 1) * length), i * length);
    });
    return out;
  }),
];
