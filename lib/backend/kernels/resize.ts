/** Nearest-neighbour resizing, the kernel of UpSampling2D, and its gradient. */

import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { accelerate, areFloats } from "./accelerate.ts";
import { nearestSources, type Rounding } from "../geometry/resize.ts";
import { arePositiveIntegers } from "../geometry/sizes.ts";

/** Runs a task on `small` images and those of the size that they are resized to. */
function resize(
  task: "resizeNearest" | "resizeNearestGradient",
  { backend, small, large, rounding }: {
    backend: WasmBackend;
    small: TensorInfo;
    large: TensorInfo;
    rounding: Rounding;
  },
) {
  const [n, h, w, c] = small.shape;
  const [, outH, outW] = large.shape;
  const { heap, pool } = backend;
  heap.borrow((allocate) => {
    const tables = allocate(4 * (outH + outW));
    const sources = new Int32Array(heap.memory.buffer, tables);
    sources.set(nearestSources(h, outH, rounding));
    sources.set(nearestSources(w, outW, rounding), outH);
    pool.run(task, {
      small: backend.address(small),
      large: backend.address(large),
      rows: tables,
      columns: tables + 4 * outH,
      ...{ h, w, c, outH, outW },
    }, n);
  });
}

/** ResizeNearestNeighbor and ResizeNearestNeighborGrad. */
export const resizing: KernelConfig[] = [
  accelerate<{ images: TensorInfo }, Rounding & { size: [number, number] }>(
    "ResizeNearestNeighbor",
    ({ inputs: { images }, attrs: { size, ...rounding }, backend }) => {
      const [n, , , c] = images.shape;
      const areImages = images.shape.length === 4 &&
        arePositiveIntegers(...images.shape, ...size);
      if (!areFloats(images) || !areImages) return undefined;
      const large = backend.output([n, ...size, c]);
      resize("resizeNearest", { backend, small: images, large, rounding });
      return large;
    },
  ),
  accelerate<{ images: TensorInfo; dy: TensorInfo }, Rounding>(
    "ResizeNearestNeighborGrad",
    ({ inputs: { images, dy }, attrs, backend }) => {
      const [n, , , c] = images.shape;
      const [dyN, , , dyC] = dy.shape;
      const areImages = images.shape.length === 4 && dy.shape.length === 4 &&
        arePositiveIntegers(...images.shape, ...dy.shape);
      const fits = areImages && dyN === n && dyC === c;
      if (!areFloats(images, dy) || !fits) return undefined;
      const small = backend.output(images.shape);
      const job = { backend, small, large: dy, rounding: attrs };
      resize("resizeNearestGradient", job);
      return small;
    },
  ),
];
