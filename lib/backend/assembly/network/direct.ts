// A first stage whose input has few channels: 3 by 3 convolution by its definition
// (a "direct" convolution), then relu and 2 by 2 pooling. The four outputs of a
// pooling window are computed together, and only the largest is stored.

import { addWindowProducts } from "./microkernels";
import { reluMaxPool, reluMaxPoolGradient } from "./relu_pool";
import { BYTES_OF_8, load4, IMAGES_PER_GROUP, High, Low, pixelAt, Stage } from "./stage";

/** Computes the input of the next stage from that of this one. */
export function forward(s: Stage, next: Stage, arena: usize): void {
  const pixel = <usize> s.cin << 2, row = <usize> s.paddedW * pixel;
  const outPixel = <usize> s.cout << 2;
  let argmax = arena + s.argmax;
  for (let image = 0; image < IMAGES_PER_GROUP; image++) {
    for (let y = 0; y < s.tilesH; y++) {
      for (let x = 0; x < s.tilesW; x++) {
        const from = pixelAt(arena + s.input, s, image, 2 * y, 2 * x, s.cin);
        const to = pixelAt(arena + next.input, next, image, y + 1, x + 1, s.cout);
        for (let c: usize = 0; c < outPixel; c += BYTES_OF_8) {
          convolvePool(s, from, pixel, row, s.filter + c, outPixel, s.bias + c, to + c, argmax + c);
        }
        argmax += outPixel;
      }
    }
  }
}

/** Eight channels of one pooled output, from the four outputs of its window. */
// @ts-ignore: decorator
@inline
function convolvePool(
  s: Stage, from: usize, pixel: usize, row: usize, filter: usize,
  outPixel: usize, bias: usize, to: usize, argmax: usize,
): void {
  let l00 = load4<Low>(bias), h00 = load4<High>(bias);
  let l01 = l00, h01 = h00, l10 = l00, h10 = h00, l11 = l00, h11 = h00;
  for (let ky = 0; ky < 3; ky++) {
    const end = from + 3 * pixel;
    for (let at = from; at < end; at += 4) {
      const l = load4<Low>(filter), h = load4<High>(filter);
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
  reluMaxPool(l00, h00, l01, h01, l10, h10, l11, h11, to, argmax);
}

/** Adds gradients of filter and bias; before a first stage nothing needs one. */
export function backward(s: Stage, next: Stage, arena: usize, sums: usize): void {
  const outPixel = <usize> s.cout << 2, outRow = <usize> s.w * outPixel;
  const pixel = <usize> s.cin << 2, row = <usize> s.paddedW * pixel;
  let argmax = arena + s.argmax;
  for (let image = 0; image < IMAGES_PER_GROUP; image++) {
    const dy = arena + s.products; // [h, w, cout]
    for (let y = 0; y < s.tilesH; y++) {
      for (let x = 0; x < s.tilesW; x++) {
        const from = pixelAt(arena + next.dInput, next, image, y + 1, x + 1, s.cout);
        const to = dy + <usize> (2 * y) * outRow + <usize> (2 * x) * outPixel;
        for (let c: usize = 0; c < outPixel; c += BYTES_OF_8) {
          reluMaxPoolGradient(from + c, argmax + c, to + c, outPixel, outRow, sums + s.biasSums + c);
        }
        argmax += outPixel;
      }
    }
    for (let ky = 0; ky < 3; ky++) {
      addWindowProducts(
        pixelAt(arena + s.input, s, image, ky, 0, s.cin), 3 * s.cin,
        s.h, row, s.w, pixel, dy, s.cout,
        sums + s.filterSums + <usize> (3 * ky * s.cin) * outPixel,
      );
    }
  }
}
