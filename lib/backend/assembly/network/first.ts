// The first convolution, 3 by 3 over few channels, then relu and 2 by 2 pooling:
// the four outputs of a pool are made together and only the largest is kept.

import { addWindowProducts } from "./tile";
import { putLargest, spreadPool } from "./rectified";
import { EIGHT, get, GROUP, High, Low, pixelAt, Stage } from "./stage";

/** Input of the next stage from that of this. */
export function forward(s: Stage, next: Stage, arena: usize): void {
  const pixel = <usize> s.cin << 2, row = <usize> s.frameW * pixel;
  const outPixel = <usize> s.cout << 2;
  let switches = arena + s.switches;
  for (let image = 0; image < GROUP; image++) {
    for (let y = 0; y < s.tilesH; y++) {
      for (let x = 0; x < s.tilesW; x++) {
        const from = pixelAt(arena + s.input, s, image, 2 * y, 2 * x, s.cin);
        const to = pixelAt(arena + next.input, next, image, y + 1, x + 1, s.cout);
        for (let c: usize = 0; c < outPixel; c += EIGHT) {
          fourOutputs(s, from, pixel, row, s.filter + c, outPixel, s.bias + c, to + c, switches + c);
        }
        switches += outPixel;
      }
    }
  }
}

/** Eight channels of the four outputs of a pool. */
// @ts-ignore: decorator
@inline
function fourOutputs(
  s: Stage, from: usize, pixel: usize, row: usize, filter: usize,
  outPixel: usize, bias: usize, to: usize, which: usize,
): void {
  let l00 = get<Low>(bias), h00 = get<High>(bias);
  let l01 = l00, h01 = h00, l10 = l00, h10 = h00, l11 = l00, h11 = h00;
  for (let ky = 0; ky < 3; ky++) {
    const end = from + 3 * pixel;
    for (let at = from; at < end; at += 4) {
      const l = get<Low>(filter), h = get<High>(filter);
      let x = v128.load_splat<f32>(at);
      l00 = f32x4.relaxed_madd(x, l, l00);
      h00 = f32x4.relaxed_madd(x, h, h00);
      x = v128.load_splat<f32>(at + pixel);
      l01 = f32x4.relaxed_madd(x, l, l01);
      h01 = f32x4.relaxed_madd(x, h, h01);
      x = v128.load_splat<f32>(at + row);
      l10 = f32x4.relaxed_madd(x, l, l10);
      h10 = f32x4.relaxed_madd(x, h, h10);
      x = v128.load_splat<f32>(at + row + pixel);
      l11 = f32x4.relaxed_madd(x, l, l11);
      h11 = f32x4.relaxed_madd(x, h, h11);
      filter += outPixel;
    }
    from += row;
  }
  putLargest(l00, h00, l01, h01, l10, h10, l11, h11, to, which);
}

/** Gradients of filter and bias; nothing lies before. */
export function backward(s: Stage, next: Stage, arena: usize, sums: usize): void {
  const outPixel = <usize> s.cout << 2, outRow = <usize> s.w * outPixel;
  const pixel = <usize> s.cin << 2, row = <usize> s.frameW * pixel;
  let switches = arena + s.switches;
  for (let image = 0; image < GROUP; image++) {
    const dy = arena + s.products; // [h, w, cout]
    for (let y = 0; y < s.tilesH; y++) {
      for (let x = 0; x < s.tilesW; x++) {
        const from = pixelAt(arena + next.dInput, next, image, y + 1, x + 1, s.cout);
        const to = dy + <usize> (2 * y) * outRow + <usize> (2 * x) * outPixel;
        for (let c: usize = 0; c < outPixel; c += EIGHT) {
          spreadPool(from + c, switches + c, to + c, outPixel, outRow, sums + s.biasSums + c);
        }
        switches += outPixel;
      }
    }
    for (let ky = 0; ky < 3; ky++) {
      addWindowProducts(
        pixelAt(arena + s.input, s, image, ky, 0, s.cin), 3 * s.cin,
        s.h, row, s.w, pixel, dy, s.cout,
        sums + s.sums + <usize> (3 * ky * s.cin) * outPixel,
      );
    }
  }
}
