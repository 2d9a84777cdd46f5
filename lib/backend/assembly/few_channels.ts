// The gradient of a convolution for an input of few channels, and so a transposed
// convolution to few: in a matrix of these channels alone most columns of a panel would
// be empty. So each pixel of dy is multiplied by all taps of the window at once, and the
// products are added where the window lies.

import { addFloats, zeroFloats } from "./copy";
import { multiplyRows } from "./gemm";

@unmanaged
class FewChannelsJob {
  dy: usize; // [n, outH, outW, channels]
  panels: usize; // [channels, kh * kw * c], packed
  out: usize; // [n, h, w, c]
  h: i32;
  w: i32;
  c: i32;
  kh: i32;
  kw: i32;
  strideH: i32;
  strideW: i32;
  outH: i32;
  outW: i32;
  channels: i32;
  top: i32; // rows of padding
  left: i32; // columns likewise
  smallBlock: i32; // see multiplyBlock
  scratch: usize; // one slot after the other; each begins with BLOCK_SCRATCH_BYTES
  scratchBytes: usize; // of a slot
  products: usize; // [outH, outW, kh, kw, c], an offset in a slot
}

/** Chunk: one image. */
export function fewChannelsGradient(p: FewChannelsJob, chunk: i32, slot: i32): void {
  const scratch = p.scratch + <usize> slot * p.scratchBytes, products = scratch + p.products;
  const pixels = p.outH * p.outW, pixel = <usize> p.channels << 2;
  const run = <usize> (p.kw * p.c) << 2, window = <usize> p.kh * run;
  const image = p.out + (<usize> (chunk * p.h * p.w * p.c) << 2);
  multiplyRows(
    p.smallBlock, p.dy + <usize> (chunk * pixels) * pixel, pixel, 4, pixels, p.channels,
    p.panels, p.kh * p.kw * p.c, products, window, false, scratch,
  );
  zeroFloats(image, p.h * p.w * p.c);
  for (let oy = 0; oy < p.outH; oy++) {
    for (let ky = 0; ky < p.kh; ky++) {
      const y = oy * p.strideH + ky - p.top;
      if (y < 0 || y >= p.h) continue;
      const row = image + (<usize> (y * p.w * p.c) << 2);
      let from = products + <usize> (oy * p.outW) * window + <usize> ky * run;
      for (let ox = 0; ox < p.outW; ox++, from += window) {
        // Columns of the window that are inside the image.
        const x = ox * p.strideW - p.left;
        const first = max(0, -x), end = min(p.kw, p.w - x);
        if (first >= end) continue;
        addFloats(row + (<usize> ((x + first) * p.c) << 2), from + (<usize> (first * p.c) << 2), (end - first) * p.c);
      }
    }
  }
}
