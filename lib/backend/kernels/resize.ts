/** Nearest-neighbour resizing, the kernel of UpSampling2D, and its gradient. */

import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { accelerate, areFloats } from "./accelerate.ts";
import { nearestSources, type Rounding } from "../geometry/resize.ts";
import { arePositiveIntegers } from "../geometry/sizes.ts";

function resize(
  task: "resizeNearest" | "resizeNearestGradient",
  { small, large, smallShape, largeShape, rounding, backend }: {
    small: number;
    large: number;
    smallShape: number[];
    largeShape: number[];
    rounding: Rounding;
    backend: WasmBackend;
  },
) {
  const [n, h, w, c] = smallShape;
  const [, outH, outW] = largeShape;
  const { heap, pool } = backend;
  heap.borrow((allocate) => {
    const tables = allocate(4 * (outH + outW));
    const sources = new Int32Array(heap.memory.buffer, tables);
    sources.set(nearestSources(h, outH, rounding));
    sources.set(nearestSources(w, outW, rounding), outH);
    pool.run(task, {
      small,
      large,
      rows: tables,
      columns: tables + 4 * outH,
      h,
      w,
      c,
      outH,
      outW,
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
      const small = backend.address(images);
      const out = backend.output([n, ...size, c]);
      resize("resizeNearest", {
        small,
        large: backend.address(out),
        smallShape: images.shape,
        largeShape: out.shape,
        rounding,
        backend,
      });
      return out;
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
      const large = backend.address(dy);
      const out = backend.output(images.shape);
      resize("resizeNearestGradient", {
        small: backend.address(out),
        large,
        smallShape: images.shape,
        largeShape: dy.shape,
        rounding: attrs,
        backend,
      });
      return out;
    },
  ),
];
