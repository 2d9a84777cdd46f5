// 2 by 2 upsampling, then 3 by 3 convolution, in one: 9 products a channel pair
// for four outputs instead of 36. Along one axis the two outputs above pixel x0
// with neighbours x- and x+ are
//
//     y0 = w0 x- + (w1 + w2) x0 = w0 (x- - x0) + (w0 + w1 + w2) x0
//     y1 = (w0 + w1) x0 + w2 x+ = (w0 + w1 + w2) x0 + w2 (x+ - x0)
//
// three products, the middle one shared; over two axes nine.

import { addOuterProducts, product } from "./tile";
import { throughRelu } from "./rectified";
import { addTo, EIGHT, get, GROUP, High, Low, partOf, pixelAt, put, relu, Stage } from "./stage";
import { transpose } from "./winograd";

/** Products for each pair of channels. */
export const UPSAMPLED_PARTS: i32 = 9;

/** U[9, cin, cout] and its transpose: first, sum and last of the three taps. */
export function transformFilter(s: Stage): void {
  const step = <usize> (s.cin * s.cout) << 2;
  for (let i: usize = 0; i < step; i += 16) {
    let w = s.filter + i, u = s.forward + i;
    for (let y = 0; y < 3; y++) {
      const w0 = v128.load(w), w1 = v128.load(w + step), w2 = v128.load(w + 2 * step);
      v128.store(u, w0);
      v128.store(u + step, f32x4.add(f32x4.add(w0, w1), w2));
      v128.store(u + 2 * step, w2);
      w += 3 * step;
      u += 3 * step;
    }
    u = s.forward + i;
    for (let x = 0; x < 3; x++) {
      const middle = f32x4.add(v128.load(u), v128.load(u + 3 * step));
      v128.store(u + 3 * step, f32x4.add(middle, v128.load(u + 6 * step)));
      u += step;
    }
  }
  transpose(s, UPSAMPLED_PARTS);
}

/** Input of the next stage from that of this. */
export function forward(s: Stage, next: Stage, arena: usize): void {
  const tiles = GROUP * s.h * s.w;
  const values = arena + s.values, products = arena + s.products;
  transformInput(s, arena + s.input, values);
  const vPart = partOf(s, s.cin), mPart = partOf(s, s.cout);
  const uPart = <usize> (s.cin * s.cout) << 2;
  for (let part: usize = 0; part < <usize> UPSAMPLED_PARTS; part++) {
    product(
      values + part * vPart, <usize> s.cin << 2,
      s.forward + part * uPart, s.cin,
      products + part * mPart, tiles, s.cout, s.narrow,
    );
  }
  transformOutput(s, next, products, arena);
}

/** V[9, tiles, cin]: a pixel and its differences to its neighbours. */
function transformInput(s: Stage, frame: usize, values: usize): void {
  const pixel = <usize> s.cin << 2, row = <usize> s.frameW * pixel;
  const part = partOf(s, s.cin);
  let v = values;
  for (let image = 0; image < GROUP; image++) {
    for (let y = 0; y < s.h; y++) {
      for (let x = 0; x < s.w; x++) {
        const from = pixelAt(frame, s, image, y, x, s.cin);
        for (let c: usize = 0; c < pixel; c += EIGHT) {
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

/** A row of V: of three pixels, `outer` ones less those of the middle row. */
// @ts-ignore: decorator
@inline
function inputRow(v: usize, part: usize, at: usize, outer: bool, middle: usize, pixel: usize): void {
  const at1 = at + pixel, at2 = at1 + pixel, middle1 = middle + pixel, middle2 = middle1 + pixel;
  const l0 = inputAt<Low>(at, outer, middle), h0 = inputAt<High>(at, outer, middle);
  const l1 = inputAt<Low>(at1, outer, middle1), h1 = inputAt<High>(at1, outer, middle1);
  const l2 = inputAt<Low>(at2, outer, middle2), h2 = inputAt<High>(at2, outer, middle2);
  put(v, f32x4.sub(l0, l1), f32x4.sub(h0, h1));
  put(v + part, l1, h1);
  put(v + 2 * part, f32x4.sub(l2, l1), f32x4.sub(h2, h1));
}

// @ts-ignore: decorator
@inline
function inputAt<Half>(at: usize, outer: bool, middle: usize): v128 {
  const x = get<Half>(at);
  return outer ? f32x4.sub(x, get<Half>(middle)) : x;
}

/** relu(M + bias) of the four outputs into the frame of the next stage. */
function transformOutput(s: Stage, next: Stage, products: usize, arena: usize): void {
  const pixel = <usize> s.cout << 2;
  const part = partOf(s, s.cout);
  const row = <usize> next.frameW * pixel;
  let m = products;
  for (let image = 0; image < GROUP; image++) {
    for (let y = 0; y < s.h; y++) {
      for (let x = 0; x < s.w; x++) {
        const to = pixelAt(arena + next.input, next, image, 2 * y + 1, 2 * x + 1, s.cout);
        for (let c: usize = 0; c < pixel; c += EIGHT) {
          const at = m + c, next = at + 3 * part;
          outputRow(at, next, part, s.bias + c, to + c, pixel);
          outputRow(next, next + 3 * part, part, s.bias + c, to + c + row, pixel);
        }
        m += pixel;
      }
    }
  }
}

/** Two outputs side by side, of two rows of M. */
// @ts-ignore: decorator
@inline
function outputRow(m: usize, next: usize, part: usize, bias: usize, to: usize, pixel: usize): void {
  const ll = twoSums<Low>(m, next, part, bias), hl = twoSums<High>(m, next, part, bias);
  const lr = twoSums<Low>(m + part, next + part, part, bias), hr = twoSums<High>(m + part, next + part, part, bias);
  put(to, relu(ll), relu(hl));
  put(to + pixel, relu(lr), relu(hr));
}

// @ts-ignore: decorator
@inline
function twoSums<Half>(m: usize, next: usize, part: usize, bias: usize): v128 {
  const above = f32x4.add(get<Half>(m), get<Half>(m + part));
  const below = f32x4.add(get<Half>(next), get<Half>(next + part));
  return f32x4.add(f32x4.add(above, below), get<Half>(bias));
}

/** Gradients of filter, bias and input. */
export function backward(s: Stage, next: Stage, arena: usize, sums: usize): void {
  const tiles = GROUP * s.h * s.w;
  const values = arena + s.values, z = arena + s.products;
  transformGradient(s, next, arena, z, sums + s.biasSums);
  const vPart = partOf(s, s.cin), zPart = partOf(s, s.cout);
  const uPart = <usize> (s.cin * s.cout) << 2;
  for (let part: usize = 0; part < <usize> UPSAMPLED_PARTS; part++) {
    const v = values + part * vPart;
    addOuterProducts(v, s.cin, z + part * zPart, s.cout, tiles, sums + s.sums + part * uPart, s.narrow);
    product(z + part * zPart, <usize> s.cout << 2, s.backward + part * uPart, s.cout, v, tiles, s.cin, s.narrow);
  }
  spreadInput(s, arena + s.dInput, values);
}

/** Z[9, tiles, cout]: of each two, the first, their sum, the second. */
function transformGradient(s: Stage, next: Stage, arena: usize, z: usize, biasSums: usize): void {
  const pixel = <usize> s.cout << 2;
  const part = partOf(s, s.cout);
  const row = <usize> next.frameW * pixel;
  const toAnswer = next.input - next.dInput;
  let at = z;
  for (let image = 0; image < GROUP; image++) {
    for (let y = 0; y < s.h; y++) {
      for (let x = 0; x < s.w; x++) {
        const dy = pixelAt(arena + next.dInput, next, image, 2 * y + 1, 2 * x + 1, s.cout);
        for (let c: usize = 0; c < pixel; c += EIGHT) {
          gradientTile(at + c, part, biasSums + c, dy + c, toAnswer, pixel, row);
        }
        at += pixel;
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function gradientTile(
  z: usize, part: usize, biasSums: usize, dy: usize, toAnswer: usize, pixel: usize, row: usize,
): void {
  const right = dy + pixel, below = dy + row, last = below + pixel;
  const l00 = throughRelu<Low>(dy, toAnswer), h00 = throughRelu<High>(dy, toAnswer);
  const l01 = throughRelu<Low>(right, toAnswer), h01 = throughRelu<High>(right, toAnswer);
  const l10 = throughRelu<Low>(below, toAnswer), h10 = throughRelu<High>(below, toAnswer);
  const l11 = throughRelu<Low>(last, toAnswer), h11 = throughRelu<High>(last, toAnswer);
  const ll = f32x4.add(l00, l10), hl = f32x4.add(h00, h10); // sums of columns
  const lr = f32x4.add(l01, l11), hr = f32x4.add(h01, h11);
  addTo(biasSums, f32x4.add(ll, lr), f32x4.add(hl, hr));
  gradientRow(z, part, l00, h00, l01, h01);
  gradientRow(z + 3 * part, part, ll, hl, lr, hr);
  gradientRow(z + 6 * part, part, l10, h10, l11, h11);
}

// @ts-ignore: decorator
@inline
function gradientRow(z: usize, part: usize, ll: v128, hl: v128, lr: v128, hr: v128): void {
  put(z, ll, hl);
  put(z + part, f32x4.add(ll, lr), f32x4.add(hl, hr));
  put(z + 2 * part, lr, hr);
}

/** dx: each part's gradient goes to the pixel and the neighbour it came of. */
function spreadInput(s: Stage, frame: usize, values: usize): void {
  const pixel = <usize> s.cin << 2, row = <usize> s.frameW * pixel;
  const part = partOf(s, s.cin);
  memory.fill(frame, 0, <usize> (GROUP * s.frameH) * row);
  let v = values;
  for (let image = 0; image < GROUP; image++) {
    for (let y = 0; y < s.h; y++) {
      for (let x = 0; x < s.w; x++) {
        const to = pixelAt(frame, s, image, y, x, s.cin);
        for (let c: usize = 0; c < pixel; c += EIGHT) {
          spreadRow(v + c, part, to + c, pixel, false);
          spreadRow(v + c + 3 * part, part, to + c + row, pixel, true);
          spreadRow(v + c + 6 * part, part, to + c + 2 * row, pixel, false);
        }
        v += pixel;
      }
    }
  }
}

/**
 * A row of the neighbourhood. The middle one takes what its neighbours'
 * differences took away, above and below as to the left and the right.
 */
// @ts-ignore: decorator
@inline
function spreadRow(v: usize, part: usize, to: usize, pixel: usize, middle: bool): void {
  const ll = spreadOf<Low>(v, part, middle), hl = spreadOf<High>(v, part, middle);
  const lm = spreadOf<Low>(v + part, part, middle), hm = spreadOf<High>(v + part, part, middle);
  const lr = spreadOf<Low>(v + 2 * part, part, middle), hr = spreadOf<High>(v + 2 * part, part, middle);
  addTo(to, ll, hl);
  addTo(to + pixel, f32x4.sub(lm, f32x4.add(ll, lr)), f32x4.sub(hm, f32x4.add(hl, hr)));
  addTo(to + 2 * pixel, lr, hr);
}

// @ts-ignore: decorator
@inline
function spreadOf<Half>(v: usize, part: usize, middle: bool): v128 {
  const x = get<Half>(v);
  if (!middle) return x;
  return f32x4.sub(x, f32x4.add(get<Half>(v - 3 * part), get<Half>(v + 3 * part)));
}

/** dw of the summed dU. */
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
