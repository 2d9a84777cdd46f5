// The last stage: 2 by 2 upsampling, 3 by 3 convolution to one channel, sigmoid, and
// the binary cross-entropy with the target. Upsampling makes four pixels of one, and
// the window of an output then covers copies of only 2 by 2 different pixels: the
// filter's taps on copies of one pixel are added first. So the filter becomes 16
// columns, for each of the four outputs of a pixel (a, b) and each of the 2 by 2
// pixels (r, t) that it needs. Each pixel is multiplied by all columns, and an output
// is the sum of four such products.

import { exp4, log1p4, sigmoid4 } from "../functions";
import { IMAGES_PER_GROUP, Stage } from "./stage";
import { addOuterProducts, multiplyMatrices } from "./microkernels";

/** Columns of the transformed filter: for output (a, b) of a pixel, tap (r, t). */
export const OUTPUT_COLUMNS: i32 = 16;
// tfjs clips probabilities to [1e-7, 1 - 1e-7]. These are the logits, log(p / (1 - p)),
// of both; in float32, 1 - 1e-7 is 1 - 2^-23.
const LOWEST_LOGIT: f32 = -16.118095;
const HIGHEST_LOGIT: f32 = 15.942385;

// @ts-ignore: decorator
@inline
function columnOf(a: i32, b: i32, r: i32, t: i32): i32 {
  return ((a * 2 + b) * 2 + r) * 2 + t;
}

/** Along one axis: to which of the two taps of output `a` tap `k` of three is added. */
// @ts-ignore: decorator
@inline
function tapOf(a: i32, k: i32): i32 {
  return a == 0 ? (k == 0 ? 0 : 1) : (k == 2 ? 1 : 0);
}

/** U[cin, 16], the filter's columns, and its transpose. */
export function transformFilter(s: Stage): void {
  memory.fill(s.transformedFilter, 0, <usize> (s.cin * OUTPUT_COLUMNS) << 2);
  for (let i = 0; i < s.cin; i++) {
    const u = s.transformedFilter + (<usize> (i * OUTPUT_COLUMNS) << 2);
    for (let ky = 0; ky < 3; ky++) {
      for (let kx = 0; kx < 3; kx++) {
        const w = load<f32>(s.filter + (<usize> ((ky * 3 + kx) * s.cin + i) << 2));
        for (let a = 0; a < 2; a++) {
          for (let b = 0; b < 2; b++) {
            const at = u + (<usize> columnOf(a, b, tapOf(a, ky), tapOf(b, kx)) << 2);
            store<f32>(at, load<f32>(at) + w);
          }
        }
      }
    }
    for (let column = 0; column < OUTPUT_COLUMNS; column++) {
      store<f32>(
        s.transposedFilter + (<usize> (column * s.cin + i) << 2),
        load<f32>(u + (<usize> column << 2)),
      );
    }
  }
}

/** Logits [2 h, 2 w] of one image. */
function logits(s: Stage, products: usize, image: i32, to: usize): void {
  const bias = load<f32>(s.bias);
  const pixel: usize = <usize> OUTPUT_COLUMNS << 2, row = <usize> s.paddedW * pixel;
  for (let y = 0; y < 2 * s.h; y++) {
    const a = y & 1;
    const rowStart = products + <usize> ((image * s.paddedH + (y >> 1) + a) * s.paddedW) * pixel;
    for (let x = 0; x < 2 * s.w; x++) {
      const b = x & 1;
      const at = rowStart + <usize> ((x >> 1) + b) * pixel + (<usize> ((a * 2 + b) * 4) << 2);
      store<f32>(
        to,
        load<f32>(at) + load<f32>(at + pixel, 4) +
          (load<f32>(at + row, 8) + load<f32>(at + row + pixel, 12)) + bias,
      );
      to += 4;
    }
  }
}

/** Multiplies all pixels of the padded images by all columns. */
function multiply(s: Stage, arena: usize): void {
  multiplyMatrices(
    arena + s.input, <usize> s.cin << 2, s.transformedFilter, s.cin,
    arena + s.products, IMAGES_PER_GROUP * s.paddedH * s.paddedW, OUTPUT_COLUMNS, s.smallBlock,
  );
}

/** Writes the probabilities [2 h, 2 w] of `images` images to `out`. */
export function predict(s: Stage, arena: usize, images: i32, out: usize): void {
  const bytes = <usize> (4 * s.h * s.w) << 2;
  multiply(s, arena);
  for (let image = 0; image < images; image++) {
    logits(s, arena + s.products, image, out);
    for (const end = out + bytes; out < end; out += 16) {
      v128.store(out, sigmoid4(v128.load(out)));
    }
  }
}

/**
 * The sum of the cross-entropy of `images` images with `target`. Also adds the
 * gradients of filter and bias, and writes that of the input, all times `scale`;
 * where `scale` is 0, it computes none.
 */
export function train(
  s: Stage, arena: usize, sums: usize, images: i32, target: usize, scale: f32,
): f64 {
  const bytes = <usize> (4 * s.h * s.w) << 2;
  const products = arena + s.products;
  const dy = arena + s.transformedInput; // [2 h, 2 w] of one image
  const pixelBytes: usize = <usize> OUTPUT_COLUMNS << 2;
  const factor = f32x4.splat(scale);
  const zero = f32x4.splat(0), one = f32x4.splat(1);
  const lowest = f32x4.splat(LOWEST_LOGIT), highest = f32x4.splat(HIGHEST_LOGIT);
  let losses = f64x2.splat(0), bias = f32x4.splat(0);
  multiply(s, arena);
  for (let image = 0; image < IMAGES_PER_GROUP; image++) {
    const block = products + <usize> (image * s.paddedH * s.paddedW) * pixelBytes;
    if (image >= images) {
      memory.fill(block, 0, <usize> (s.paddedH * s.paddedW) * pixelBytes);
      continue;
    }
    logits(s, products, image, dy);
    for (let at: usize = 0; at < bytes; at += 16) {
      // -t log p - (1 - t) log(1 - p) with p = sigmoid(z) is
      // max(z, 0) - z t + log(1 + e^-|z|), where nothing overflows (the formula of
      // tf.nn.sigmoid_cross_entropy_with_logits in TensorFlow's documentation).
      const logit = v128.load(dy + at), t = v128.load(target + at);
      const z = f32x4.pmin(f32x4.pmax(logit, lowest), highest); // NaN stays
      const e = exp4(f32x4.neg(f32x4.abs(z)));
      const part = f32x4.sub(f32x4.pmax(zero, z), f32x4.mul(z, t));
      const loss = f32x4.add(part, log1p4(e));
      losses = f64x2.add(losses, f64x2.promote_low_f32x4(loss));
      losses = f64x2.add(losses, f64x2.promote_low_f32x4(i64x2.shuffle(loss, loss, 1, 0)));
      // The gradient for z is p - t, and zero where p is clipped.
      const above = v128.bitselect(one, e, f32x4.ge(z, zero));
      const p = f32x4.div(above, f32x4.add(one, e));
      const d = f32x4.mul(f32x4.sub(p, t), factor);
      const isClipped = v128.or(f32x4.lt(logit, lowest), f32x4.gt(logit, highest));
      const unclipped = v128.andnot(d, isClipped);
      v128.store(dy + at, unclipped);
      bias = f32x4.add(bias, unclipped);
    }
    target += bytes;
    if (scale != 0) productsGradient(s, dy, block);
  }
  const loss = f64x2.extract_lane(losses, 0) + f64x2.extract_lane(losses, 1);
  if (scale == 0) return loss;
  const biasSum = sums + s.biasSums;
  store<f32>(biasSum, load<f32>(biasSum) + sumOfLanes(bias));
  const count = IMAGES_PER_GROUP * s.paddedH * s.paddedW;
  addOuterProducts(arena + s.input, s.cin, products, OUTPUT_COLUMNS, count, sums + s.filterSums, s.smallBlock);
  multiplyMatrices(products, pixelBytes, s.transposedFilter, OUTPUT_COLUMNS, arena + s.dInput, count, s.cin, s.smallBlock);
  return loss;
}

// @ts-ignore: decorator
@inline
function sumOfLanes(x: v128): f32 {
  return (f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1)) +
    (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

/** The gradient of an image's products: dy for the four of each output, else zero. */
function productsGradient(s: Stage, dy: usize, block: usize): void {
  const pixel: usize = <usize> OUTPUT_COLUMNS << 2, row = <usize> s.paddedW * pixel;
  memory.fill(block, 0, <usize> s.paddedH * row);
  for (let y = 0; y < 2 * s.h; y++) {
    const a = y & 1;
    const rowStart = block + <usize> ((y >> 1) + a) * row;
    for (let x = 0; x < 2 * s.w; x++) {
      const b = x & 1;
      const at = rowStart + <usize> ((x >> 1) + b) * pixel + (<usize> ((a * 2 + b) * 4) << 2);
      const d = load<f32>(dy);
      store<f32>(at, d);
      store<f32>(at + pixel, d, 4);
      store<f32>(at + row, d, 8);
      store<f32>(at + row + pixel, d, 12);
      dy += 4;
    }
  }
}

/** dw[3, 3, cin, 1] from the sum of dU[cin, 16]. */
export function filterGradient(s: Stage, sums: usize): void {
  for (let ky = 0; ky < 3; ky++) {
    for (let kx = 0; kx < 3; kx++) {
      for (let i = 0; i < s.cin; i++) {
        let sum: f32 = 0;
        for (let a = 0; a < 2; a++) {
          for (let b = 0; b < 2; b++) {
            const column = columnOf(a, b, tapOf(a, ky), tapOf(b, kx));
            sum += load<f32>(sums + (<usize> (i * OUTPUT_COLUMNS + column) << 2));
          }
        }
        store<f32>(s.dFilter + (<usize> ((ky * 3 + kx) * s.cin + i) << 2), sum);
      }
    }
  }
}
