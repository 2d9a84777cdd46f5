// 2 by 2 upsampling and the 3 by 3 convolution after it, in one step: 9 products for
// each pair of channels and four outputs, instead of 36. Upsampling makes two copies of
// a pixel x0 along an axis. With its neighbours x- and x+, and the taps w0, w1 and w2,
// the two outputs at these copies are
//
//     y0 = w0 x- + (w1 + w2) x0 = w0 (x- - x0) + (w0 + w1 + w2) x0
//     y1 = (w0 + w1) x0 + w2 x+ = (w0 + w1 + w2) x0 + w2 (x+ - x0)
//
// which are three different products; along two axes nine. As in winograd.ts V is the
// transformed input, U the transformed filter, M their products, and Z the transformed
// gradient dy. The gradients follow from these formulas by the chain rule.

import { addOuterProducts, multiplyMatrices } from "./microkernels";
import { reluGradient } from "./relu_pool";
import {
  add8, BYTES_OF_8, High, IMAGES_PER_GROUP, load4, Low, partBytes, pixelAt, relu, Stage, store8,
} from "./stage";
import { transpose } from "./winograd";

/** Matrices of V, U, M and Z: the products for each pair of channels. */
export const UPSAMPLED_PARTS: i32 = 9;

/** U[9, cin, cout] and its transpose: along each axis w0, w0 + w1 + w2 and w2. */
export function transformFilter(s: Stage): void {
  const step = <usize> (s.cin * s.cout) << 2;
  for (let i: usize = 0; i < step; i += 16) {
    let w = s.filter + i, u = s.transformedFilter + i;
    for (let y = 0; y < 3; y++) {
      const w0 = v128.load(w), w1 = v128.load(w + step), w2 = v128.load(w + 2 * step);
      v128.store(u, w0);
      v128.store(u + step, f32x4.add(f32x4.add(w0, w1), w2));
      v128.store(u + 2 * step, w2);
      w += 3 * step;
      u += 3 * step;
    }
    u = s.transformedFilter + i;
    for (let x = 0; x < 3; x++) {
      const middle = f32x4.add(v128.load(u), v128.load(u + 3 * step));
      v128.store(u + 3 * step, f32x4.add(middle, v128.load(u + 6 * step)));
      u += step;
    }
  }
  transpose(s, UPSAMPLED_PARTS);
}

/** Computes the input of the next stage from that of this one. */
export function forward(s: Stage, next: Stage, arena: usize): void {
  const pixels = IMAGES_PER_GROUP * s.h * s.w;
  const transformed = arena + s.transformedInput, products = arena + s.products;
  transformInput(s, arena + s.input, transformed);
  const vPart = partBytes(s, s.cin), mPart = partBytes(s, s.cout);
  const uPart = <usize> (s.cin * s.cout) << 2;
  for (let part: usize = 0; part < <usize> UPSAMPLED_PARTS; part++) {
    multiplyMatrices(
      transformed + part * vPart, <usize> s.cin << 2,
      s.transformedFilter + part * uPart, s.cin,
      products + part * mPart, pixels, s.cout, s.smallBlock,
    );
  }
  transformOutput(s, next, products, arena);
}

/** V[9, pixels, cin]: along each axis x- - x0, x0 and x+ - x0. */
function transformInput(s: Stage, padded: usize, transformed: usize): void {
  const pixel = <usize> s.cin << 2, row = <usize> s.paddedW * pixel;
  const part = partBytes(s, s.cin);
  let v = transformed;
  for (let image = 0; image < IMAGES_PER_GROUP; image++) {
    for (let y = 0; y < s.h; y++) {
      for (let x = 0; x < s.w; x++) {
        const from = pixelAt(padded, s, image, y, x, s.cin);
        for (let c: usize = 0; c < pixel; c += BYTES_OF_8) {
          const at = from + c + row;
          inputRow(v + c, part, at - row, true, at, pixel);
          inputRow(v + c + 3 * part, part, at, false, at, pixel);
          inputRow(v + c + 6 * part, part, at + row, true, at, pixel);
        }
        v += pixel;
      }
    }
  }
}

/**
 * Three of the nine numbers of a pixel, from the three pixels at `at`; if this is an
 * `outer` row, from their differences to those of the middle row.
 */
// @ts-ignore: decorator
@inline
function inputRow(v: usize, part: usize, at: usize, outer: bool, middle: usize, pixel: usize): void {
  const at1 = at + pixel, at2 = at1 + pixel, middle1 = middle + pixel, middle2 = middle1 + pixel;
  const l0 = inputAt<Low>(at, outer, middle), h0 = inputAt<High>(at, outer, middle);
  const l1 = inputAt<Low>(at1, outer, middle1), h1 = inputAt<High>(at1, outer, middle1);
  const l2 = inputAt<Low>(at2, outer, middle2), h2 = inputAt<High>(at2, outer, middle2);
  store8(v, f32x4.sub(l0, l1), f32x4.sub(h0, h1));
  store8(v + part, l1, h1);
  store8(v + 2 * part, f32x4.sub(l2, l1), f32x4.sub(h2, h1));
}

// @ts-ignore: decorator
@inline
function inputAt<Half>(at: usize, outer: bool, middle: usize): v128 {
  const x = load4<Half>(at);
  return outer ? f32x4.sub(x, load4<Half>(middle)) : x;
}

/** Writes relu of the sums of M, with the bias, to the padded input of the next stage. */
function transformOutput(s: Stage, next: Stage, products: usize, arena: usize): void {
  const pixel = <usize> s.cout << 2;
  const part = partBytes(s, s.cout);
  const row = <usize> next.paddedW * pixel;
  let m = products;
  for (let image = 0; image < IMAGES_PER_GROUP; image++) {
    for (let y = 0; y < s.h; y++) {
      for (let x = 0; x < s.w; x++) {
        const to = pixelAt(arena + next.input, next, image, 2 * y + 1, 2 * x + 1, s.cout);
        for (let c: usize = 0; c < pixel; c += BYTES_OF_8) {
          const at = m + c, next = at + 3 * part;
          outputRow(at, next, part, s.bias + c, to + c, pixel);
          outputRow(next, next + 3 * part, part, s.bias + c, to + c + row, pixel);
        }
        m += pixel;
      }
    }
  }
}

/** Two neighbouring outputs of a row, from two rows of the 3 by 3 numbers of M. */
// @ts-ignore: decorator
@inline
function outputRow(m: usize, next: usize, part: usize, bias: usize, to: usize, pixel: usize): void {
  const ll = twoSums<Low>(m, next, part, bias), hl = twoSums<High>(m, next, part, bias);
  const lr = twoSums<Low>(m + part, next + part, part, bias), hr = twoSums<High>(m + part, next + part, part, bias);
  store8(to, relu(ll), relu(hl));
  store8(to + pixel, relu(lr), relu(hr));
}

// @ts-ignore: decorator
@inline
function twoSums<Half>(m: usize, next: usize, part: usize, bias: usize): v128 {
  const above = f32x4.add(load4<Half>(m), load4<Half>(m + part));
  const below = f32x4.add(load4<Half>(next), load4<Half>(next + part));
  return f32x4.add(f32x4.add(above, below), load4<Half>(bias));
}

/** Adds the gradients of filter and bias, and writes that of the input. */
export function backward(s: Stage, next: Stage, arena: usize, sums: usize): void {
  const pixels = IMAGES_PER_GROUP * s.h * s.w;
  const transformed = arena + s.transformedInput, z = arena + s.products;
  transformGradient(s, next, arena, z, sums + s.biasSums);
  const vPart = partBytes(s, s.cin), zPart = partBytes(s, s.cout);
  const uPart = <usize> (s.cin * s.cout) << 2;
  for (let part: usize = 0; part < <usize> UPSAMPLED_PARTS; part++) {
    const v = transformed + part * vPart;
    addOuterProducts(v, s.cin, z + part * zPart, s.cout, pixels, sums + s.filterSums + part * uPart, s.smallBlock);
    multiplyMatrices(z + part * zPart, <usize> s.cout << 2, s.transposedFilter + part * uPart, s.cout, v, pixels, s.cin, s.smallBlock);
  }
  inputGradient(s, arena + s.dInput, transformed);
}

/** Z[9, pixels, cout]: along each axis the gradient of y0, of both, and of y1. */
function transformGradient(s: Stage, next: Stage, arena: usize, z: usize, biasSums: usize): void {
  const pixel = <usize> s.cout << 2;
  const part = partBytes(s, s.cout);
  const row = <usize> next.paddedW * pixel;
  const toOutput = next.input - next.dInput;
  let at = z;
  for (let image = 0; image < IMAGES_PER_GROUP; image++) {
    for (let y = 0; y < s.h; y++) {
      for (let x = 0; x < s.w; x++) {
        const dy = pixelAt(arena + next.dInput, next, image, 2 * y + 1, 2 * x + 1, s.cout);
        for (let c: usize = 0; c < pixel; c += BYTES_OF_8) {
          gradientTile(at + c, part, biasSums + c, dy + c, toOutput, pixel, row);
        }
        at += pixel;
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function gradientTile(
  z: usize, part: usize, biasSums: usize, dy: usize, toOutput: usize, pixel: usize, row: usize,
): void {
  const right = dy + pixel, below = dy + row, last = below + pixel;
  const l00 = reluGradient<Low>(dy, toOutput), h00 = reluGradient<High>(dy, toOutput);
  const l01 = reluGradient<Low>(right, toOutput), h01 = reluGradient<High>(right, toOutput);
  const l10 = reluGradient<Low>(below, toOutput), h10 = reluGradient<High>(below, toOutput);
  const l11 = reluGradient<Low>(last, toOutput), h11 = reluGradient<High>(last, toOutput);
  const ll = f32x4.add(l00, l10), hl = f32x4.add(h00, h10); // of both rows
  const lr = f32x4.add(l01, l11), hr = f32x4.add(h01, h11);
  add8(biasSums, f32x4.add(ll, lr), f32x4.add(hl, hr));
  gradientRow(z, part, l00, h00, l01, h01);
  gradientRow(z + 3 * part, part, ll, hl, lr, hr);
  gradientRow(z + 6 * part, part, l10, h10, l11, h11);
}

// @ts-ignore: decorator
@inline
function gradientRow(z: usize, part: usize, ll: v128, hl: v128, lr: v128, hr: v128): void {
  store8(z, ll, hl);
  store8(z + part, f32x4.add(ll, lr), f32x4.add(hl, hr));
  store8(z + 2 * part, lr, hr);
}

/** dx from dV: a pixel gets the gradients of all differences that it is in. */
function inputGradient(s: Stage, padded: usize, transformed: usize): void {
  const pixel = <usize> s.cin << 2, row = <usize> s.paddedW * pixel;
  const part = partBytes(s, s.cin);
  memory.fill(padded, 0, <usize> (IMAGES_PER_GROUP * s.paddedH) * row);
  let v = transformed;
  for (let image = 0; image < IMAGES_PER_GROUP; image++) {
    for (let y = 0; y < s.h; y++) {
      for (let x = 0; x < s.w; x++) {
        const to = pixelAt(padded, s, image, y, x, s.cin);
        for (let c: usize = 0; c < pixel; c += BYTES_OF_8) {
          inputGradientRow(v + c, part, to + c, pixel, false);
          inputGradientRow(v + c + 3 * part, part, to + c + row, pixel, true);
          inputGradientRow(v + c + 6 * part, part, to + c + 2 * row, pixel, false);
        }
        v += pixel;
      }
    }
  }
}

/**
 * Adds to the gradients of the three pixels at `to`. The middle pixel of a row, and so
 * each pixel of the middle row, was subtracted in the differences of its two neighbours,
 * so their gradients are subtracted from its own.
 */
// @ts-ignore: decorator
@inline
function inputGradientRow(v: usize, part: usize, to: usize, pixel: usize, middle: bool): void {
  const ll = inputGradientOf<Low>(v, part, middle), hl = inputGradientOf<High>(v, part, middle);
  const lm = inputGradientOf<Low>(v + part, part, middle), hm = inputGradientOf<High>(v + part, part, middle);
  const lr = inputGradientOf<Low>(v + 2 * part, part, middle), hr = inputGradientOf<High>(v + 2 * part, part, middle);
  add8(to, ll, hl);
  add8(to + pixel, f32x4.sub(lm, f32x4.add(ll, lr)), f32x4.sub(hm, f32x4.add(hl, hr)));
  add8(to + 2 * pixel, lr, hr);
}

// @ts-ignore: decorator
@inline
function inputGradientOf<Half>(v: usize, part: usize, middle: bool): v128 {
  const x = load4<Half>(v);
  if (!middle) return x;
  return f32x4.sub(x, f32x4.add(load4<Half>(v - 3 * part), load4<Half>(v + 3 * part)));
}

/** dw from the sum of dU. */
export function filterGradient(s: Stage, sums: usize): void {
  const step = <usize> (s.cin * s.cout) << 2;
  for (let i: usize = 0; i < step; i += 16) {
    let u = sums + i;
    for (let x = 0; x < 3; x++) {
      const middle = v128.load(u + 3 * step);
      v128.store(u, f32x4.add(v128.load(u), middle));
      v128.store(u + 6 * step, f32x4.add(v128.load(u + 6 * step), middle));
      u += step;
    }
    u = sums + i;
    let w = s.dFilter + i;
    for (let y = 0; y < 3; y++) {
      const middle = v128.load(u + step);
      v128.store(w, f32x4.add(v128.load(u), middle));
      v128.store(w + step, middle);
      v128.store(w + 2 * step, f32x4.add(v128.load(u + 2 * step), middle));
      u += 3 * step;
      w += 3 * step;
    }
  }
}
