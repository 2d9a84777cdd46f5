// The last stage: 2 by 2 upsampling, 3 by 3 convolution to one channel, sigmoid,
// and the binary cross-entropy against the target. Each of the four outputs
// above a pixel sees 2 by 2 pixels, so the filter becomes 16 columns: an output
// (two bits), and which of its four pixels (two bits). All pixels are
// multiplied with all columns, and an output adds up four numbers.

import { exp4, log1p4, sigmoid4 } from "../functions";
import { GROUP, Stage } from "./stage";
import { addOuterProducts, product } from "./tile";

/** Columns of the transformed filter: output (a, b) above a pixel, tap (r, t). */
export const COLUMNS: i32 = 16;
// tfjs clips probabilities to 1e-7 and 1 - 1e-7, which is 1 - 2^-23 in float32;
// these are their logits.
const LOWEST: f32 = -16.118095;
const HIGHEST: f32 = 15.942385;

// @ts-ignore: decorator
@inline
function columnOf(a: i32, b: i32, r: i32, t: i32): i32 {
  return ((a * 2 + b) * 2 + r) * 2 + t;
}

/** Tap of the filter -> taps of two for output a: first tap of those it is in. */
// @ts-ignore: decorator
@inline
function tapOf(a: i32, k: i32): i32 {
  return a == 0 ? (k == 0 ? 0 : 1) : (k == 2 ? 1 : 0);
}

/** U[cin, 16] and its transpose. */
export function transformFilter(s: Stage): void {
  memory.fill(s.forward, 0, <usize> (s.cin * COLUMNS) << 2);
  for (let i = 0; i < s.cin; i++) {
    const u = s.forward + (<usize> (i * COLUMNS) << 2);
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
    for (let column = 0; column < COLUMNS; column++) {
      store<f32>(
        s.backward + (<usize> (column * s.cin + i) << 2),
        load<f32>(u + (<usize> column << 2)),
      );
    }
  }
}

/** Logits of one image, [2 h, 2 w], row after row. */
function logits(s: Stage, products: usize, image: i32, to: usize): void {
  const bias = load<f32>(s.bias);
  const pixel: usize = <usize> COLUMNS << 2, row = <usize> s.frameW * pixel;
  for (let y = 0; y < 2 * s.h; y++) {
    const a = y & 1;
    const line = products + <usize> ((image * s.frameH + (y >> 1) + a) * s.frameW) * pixel;
    for (let x = 0; x < 2 * s.w; x++) {
      const b = x & 1;
      const at = line + <usize> ((x >> 1) + b) * pixel + (<usize> ((a * 2 + b) * 4) << 2);
      store<f32>(
        to,
        load<f32>(at) + load<f32>(at + pixel, 4) +
          (load<f32>(at + row, 8) + load<f32>(at + row + pixel, 12)) + bias,
      );
      to += 4;
    }
  }
}

/** Products of all pixels of the frames with all columns. */
function multiply(s: Stage, arena: usize): void {
  product(
    arena + s.input, <usize> s.cin << 2, s.forward, s.cin,
    arena + s.products, GROUP * s.frameH * s.frameW, COLUMNS, s.narrow,
  );
}

/** Probabilities y[2 h, 2 w] of `images` images, from `out` on. */
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
 * Sum of the cross-entropy of `images` images against `target`, and the
 * gradients of filter, bias and input, `scale` times; none where that is 0.
 */
export function train(
  s: Stage, arena: usize, sums: usize, images: i32, target: usize, scale: f32,
): f64 {
  const bytes = <usize> (4 * s.h * s.w) << 2;
  const products = arena + s.products;
  const dy = arena + s.values; // [2 h, 2 w] of one image
  const pixelBytes: usize = <usize> COLUMNS << 2;
  const factor = f32x4.splat(scale);
  const zero = f32x4.splat(0), one = f32x4.splat(1);
  const lowest = f32x4.splat(LOWEST), highest = f32x4.splat(HIGHEST);
  let losses = f64x2.splat(0), bias = f32x4.splat(0);
  multiply(s, arena);
  for (let image = 0; image < GROUP; image++) {
    const block = products + <usize> (image * s.frameH * s.frameW) * pixelBytes;
    if (image >= images) {
      memory.fill(block, 0, <usize> (s.frameH * s.frameW) * pixelBytes);
      continue;
    }
    logits(s, products, image, dy);
    for (let at: usize = 0; at < bytes; at += 16) {
      // -t log p - (1 - t) log(1 - p) of p = sigmoid(z), by way of e^-|z|.
      const logit = v128.load(dy + at), t = v128.load(target + at);
      const z = f32x4.pmin(f32x4.pmax(logit, lowest), highest); // NaN stays
      const e = exp4(f32x4.neg(f32x4.abs(z)));
      const part = f32x4.sub(f32x4.pmax(zero, z), f32x4.mul(z, t));
      const loss = f32x4.add(part, log1p4(e));
      losses = f64x2.add(losses, f64x2.promote_low_f32x4(loss));
      losses = f64x2.add(losses, f64x2.promote_low_f32x4(i64x2.shuffle(loss, loss, 1, 0)));
      // Its gradient is p - t, and zero where p is clipped.
      const above = v128.bitselect(one, e, f32x4.ge(z, zero));
      const p = f32x4.div(above, f32x4.add(one, e));
      const d = f32x4.mul(f32x4.sub(p, t), factor);
      const isClipped = v128.or(f32x4.lt(logit, lowest), f32x4.gt(logit, highest));
      const kept = v128.andnot(d, isClipped);
      v128.store(dy + at, kept);
      bias = f32x4.add(bias, kept);
    }
    target += bytes;
    if (scale != 0) spread(s, dy, block);
  }
  const loss = f64x2.extract_lane(losses, 0) + f64x2.extract_lane(losses, 1);
  if (scale == 0) return loss;
  const biasSum = sums + s.biasSums;
  store<f32>(biasSum, load<f32>(biasSum) + sumOfLanes(bias));
  const count = GROUP * s.frameH * s.frameW;
  addOuterProducts(arena + s.input, s.cin, products, COLUMNS, count, sums + s.sums, s.narrow);
  product(products, pixelBytes, s.backward, COLUMNS, arena + s.dInput, count, s.cin, s.narrow);
  return loss;
}

// @ts-ignore: decorator
@inline
function sumOfLanes(x: v128): f32 {
  return (f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1)) +
    (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

/** Gradient of the products of one image: dy where it was added, zero around. */
function spread(s: Stage, dy: usize, block: usize): void {
  const pixel: usize = <usize> COLUMNS << 2, row = <usize> s.frameW * pixel;
  memory.fill(block, 0, <usize> s.frameH * row);
  for (let y = 0; y < 2 * s.h; y++) {
    const a = y & 1;
    const line = block + <usize> ((y >> 1) + a) * row;
    for (let x = 0; x < 2 * s.w; x++) {
      const b = x & 1;
      const at = line + <usize> ((x >> 1) + b) * pixel + (<usize> ((a * 2 + b) * 4) << 2);
      const d = load<f32>(dy);
      store<f32>(at, d);
      store<f32>(at + pixel, d, 4);
      store<f32>(at + row, d, 8);
      store<f32>(at + row + pixel, d, 12);
      dy += 4;
    }
  }
}

/** dw[3, 3, cin, 1] of the summed dU[cin, 16]. */
export function filterGradient(s: Stage, sums: usize): void {
  for (let ky = 0; ky < 3; ky++) {
    for (let kx = 0; kx < 3; kx++) {
      for (let i = 0; i < s.cin; i++) {
        let sum: f32 = 0;
        for (let a = 0; a < 2; a++) {
          for (let b = 0; b < 2; b++) {
            const column = columnOf(a, b, tapOf(a, ky), tapOf(b, kx));
            sum += load<f32>(sums + (<usize> (i * COLUMNS + column) << 2));
          }
        }
        store<f32>(s.dFilter + (<usize> ((ky * 3 + kx) * s.cin + i) << 2), sum);
      }
    }
  }
}
