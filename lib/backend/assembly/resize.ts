// Nearest-neighbour resizing. Two tables say which row and column of the small image
// each row and column of the large one copies: so the caller decides how to round,
// and the gradient is exactly the transpose of resizing.

import { copyFloats } from "./copy";

@unmanaged
class ResizeJob {
  small: usize; // [n, h, w, c]: the input, or its gradient
  large: usize; // [n, outH, outW, c]: the output, or its gradient
  rows: usize; // table of i32 [outH]
  columns: usize; // table of i32 [outW]
  h: i32;
  w: i32;
  c: i32;
  outH: i32;
  outW: i32;
}

/** Copies pixels. Chunk: one image. */
export function resizeNearest(p: ResizeJob, chunk: i32, _slot: i32): void {
  const pixel = <usize> p.c << 2;
  const image = p.small + <usize> (chunk * p.h * p.w) * pixel;
  let out = p.large + <usize> (chunk * p.outH * p.outW) * pixel;
  for (let y = 0; y < p.outH; y++) {
    const row = image +
      <usize> (load<i32>(p.rows + (<usize> y << 2)) * p.w) * pixel;
    for (let x = 0; x < p.outW; x++) {
      const column = load<i32>(p.columns + (<usize> x << 2));
      copyFloats(out, row + <usize> column * pixel, p.c);
      out += pixel;
    }
  }
}

/** Adds up the gradients of each pixel's copies. Chunk: one image. */
export function resizeNearestGradient(p: ResizeJob, chunk: i32, _slot: i32): void {
  const pixel = <usize> p.c << 2;
  const image = p.small + <usize> (chunk * p.h * p.w) * pixel;
  memory.fill(image, 0, <usize> (p.h * p.w) * pixel);
  let dy = p.large + <usize> (chunk * p.outH * p.outW) * pixel;
  const vectorEnd = <usize> (p.c & ~3) << 2;
  for (let y = 0; y < p.outH; y++) {
    const row = image +
      <usize> (load<i32>(p.rows + (<usize> y << 2)) * p.w) * pixel;
    for (let x = 0; x < p.outW; x++) {
      const column = load<i32>(p.columns + (<usize> x << 2));
      const to = row + <usize> column * pixel;
      let at: usize = 0;
      for (; at < vectorEnd; at += 16) {
        v128.store(
          to + at,
          f32x4.add(v128.load(to + at), v128.load(dy + at)),
        );
      }
      for (; at < pixel; at += 4) {
        store<f32>(to + at, load<f32>(to + at) + load<f32>(dy + at));
      }
      dy += pixel;
    }
  }
}
