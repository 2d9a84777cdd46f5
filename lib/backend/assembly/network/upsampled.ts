// 2 by 2 upsampling, then 3 by 3 convolution, in one: 9 products a channel pair
// for four outputs instead of 36. Along one axis the two outputs above pixel x0
// with neighbours x- and x+ are
//
//     y0 = w0 x- + (w1 + w2) x0 = w0 (x- - x0) + (w0 + w1 + w2) x0
//     y1 = (w0 + w1) x0 + w2 x+ = (w0 + w1 + w2) x0 + w2 (x+ - x0)
//
// three products, the middle one shared; over two axes nine.

import { addOuterProducts, product } from "./tile";
import { addTo, GROUP, pixelAt, relu, Stage } from "./stage";
import { throughRelu, transpose } from "./winograd";

const PARTS: i32 = 9;

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
  transpose(s, PARTS);
}

/** Input of the next stage from that of this. */
export function forward(s: Stage, next: Stage, arena: usize): void {
  const tiles = GROUP * s.h * s.w;
  const values = arena + s.values, products = arena + s.products;
  transformInput(s, arena + s.input, values);
  const vPart = <usize> (tiles * s.cin) << 2, mPart = <usize> (tiles * s.cout) << 2;
  const uPart = <usize> (s.cin * s.cout) << 2;
  for (let part: usize = 0; part < <usize> PARTS; part++) {
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
  const part = <usize> (GROUP * s.h * s.w) * pixel;
  let v = values;
  for (let image = 0; image < GROUP; image++) {
    for (let y = 0; y < s.h; y++) {
      for (let x = 0; x < s.w; x++) {
        const from = pixelAt(frame, s, image, y, x, s.cin);
        for (let c: usize = 0; c < pixel; c += 16) {
          transformTile(from + c, pixel, row, v + c, part);
        }
        v += pixel;
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function transformTile(from: usize, pixel: usize, row: usize, v: usize, part: usize): void {
  let x0 = v128.load(from + row);
  const l0 = f32x4.sub(v128.load(from), x0), l2 = f32x4.sub(v128.load(from + 2 * row), x0);
  const l1 = x0;
  from += pixel;
  x0 = v128.load(from + row);
  const m0 = f32x4.sub(v128.load(from), x0), m2 = f32x4.sub(v128.load(from + 2 * row), x0);
  const m1 = x0;
  from += pixel;
  x0 = v128.load(from + row);
  const r0 = f32x4.sub(v128.load(from), x0), r2 = f32x4.sub(v128.load(from + 2 * row), x0);
  v128.store(v, f32x4.sub(l0, m0));
  v128.store(v + part, m0);
  v128.store(v + 2 * part, f32x4.sub(r0, m0));
  v += 3 * part;
  v128.store(v, f32x4.sub(l1, m1));
  v128.store(v + part, m1);
  v128.store(v + 2 * part, f32x4.sub(x0, m1));
  v += 3 * part;
  v128.store(v, f32x4.sub(l2, m2));
  v128.store(v + part, m2);
  v128.store(v + 2 * part, f32x4.sub(r2, m2));
}

/** relu(M + bias) of the four outputs into the frame of the next stage. */
function transformOutput(s: Stage, next: Stage, products: usize, arena: usize): void {
  const pixel = <usize> s.cout << 2;
  const part = <usize> (GROUP * s.h * s.w) * pixel;
  const row = <usize> next.frameW * pixel;
  let m = products;
  for (let image = 0; image < GROUP; image++) {
    for (let y = 0; y < s.h; y++) {
      for (let x = 0; x < s.w; x++) {
        const to = pixelAt(arena + next.input, next, image, 2 * y + 1, 2 * x + 1, s.cout);
        for (let c: usize = 0; c < pixel; c += 16) {
          const bias = v128.load(s.bias + c);
          let at = m + c;
          let middle = v128.load(at + part);
          const l0 = f32x4.add(v128.load(at), middle), r0 = f32x4.add(middle, v128.load(at + 2 * part));
          at += 3 * part;
          middle = v128.load(at + part);
          const l1 = f32x4.add(v128.load(at), middle), r1 = f32x4.add(middle, v128.load(at + 2 * part));
          at += 3 * part;
          middle = v128.load(at + part);
          const l2 = f32x4.add(v128.load(at), middle), r2 = f32x4.add(middle, v128.load(at + 2 * part));
          v128.store(to + c, relu(f32x4.add(f32x4.add(l0, l1), bias)));
          v128.store(to + c + pixel, relu(f32x4.add(f32x4.add(r0, r1), bias)));
          v128.store(to + c + row, relu(f32x4.add(f32x4.add(l1, l2), bias)));
          v128.store(to + c + row + pixel, relu(f32x4.add(f32x4.add(r1, r2), bias)));
        }
        m += pixel;
      }
    }
  }
}

/** Gradients of filter, bias and input. */
export function backward(s: Stage, next: Stage, arena: usize, sums: usize): void {
  const tiles = GROUP * s.h * s.w;
  const values = arena + s.values, z = arena + s.products;
  transformGradient(s, next, arena, z, sums + s.biasSums);
  const vPart = <usize> (tiles * s.cin) << 2, zPart = <usize> (tiles * s.cout) << 2;
  const uPart = <usize> (s.cin * s.cout) << 2;
  for (let part: usize = 0; part < <usize> PARTS; part++) {
    const v = values + part * vPart;
    addOuterProducts(v, s.cin, z + part * zPart, s.cout, tiles, sums + s.sums + part * uPart, s.narrow);
    product(z + part * zPart, <usize> s.cout << 2, s.backward + part * uPart, s.cout, v, tiles, s.cin, s.narrow);
  }
  spreadInput(s, arena + s.dInput, values);
}

/** Z[9, tiles, cout]: of each two, the first, their sum, the second. */
function transformGradient(s: Stage, next: Stage, arena: usize, z: usize, biasSums: usize): void {
  const pixel = <usize> s.cout << 2;
  const part = <usize> (GROUP * s.h * s.w) * pixel;
  const row = <usize> next.frameW * pixel;
  const toAnswer = next.input - next.dInput;
  let at = z;
  for (let image = 0; image < GROUP; image++) {
    for (let y = 0; y < s.h; y++) {
      for (let x = 0; x < s.w; x++) {
        const dy = pixelAt(arena + next.dInput, next, image, 2 * y + 1, 2 * x + 1, s.cout);
        for (let c: usize = 0; c < pixel; c += 16) {
          const y00 = throughRelu(dy + c, toAnswer), y01 = throughRelu(dy + c + pixel, toAnswer);
          const y10 = throughRelu(dy + c + row, toAnswer), y11 = throughRelu(dy + c + row + pixel, toAnswer);
          const l = f32x4.add(y00, y10), r = f32x4.add(y01, y11), all = f32x4.add(l, r);
          addTo(biasSums + c, all);
          v128.store(at + c, y00);
          v128.store(at + c + part, f32x4.add(y00, y01));
          v128.store(at + c + 2 * part, y01);
          v128.store(at + c + 3 * part, l);
          v128.store(at + c + 4 * part, all);
          v128.store(at + c + 5 * part, r);
          v128.store(at + c + 6 * part, y10);
          v128.store(at + c + 7 * part, f32x4.add(y10, y11));
          v128.store(at + c + 8 * part, y11);
        }
        at += pixel;
      }
    }
  }
}

/** dx: each part's gradient goes to the pixel and the neighbour it came of. */
function spreadInput(s: Stage, frame: usize, values: usize): void {
  const pixel = <usize> s.cin << 2, row = <usize> s.frameW * pixel;
  const part = <usize> (GROUP * s.h * s.w) * pixel;
  memory.fill(frame, 0, <usize> (GROUP * s.frameH) * row);
  let v = values;
  for (let image = 0; image < GROUP; image++) {
    for (let y = 0; y < s.h; y++) {
      for (let x = 0; x < s.w; x++) {
        const to = pixelAt(frame, s, image, y, x, s.cin);
        for (let c: usize = 0; c < pixel; c += 16) {
          spreadTile(v + c, part, to + c, pixel, row);
        }
        v += pixel;
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function spreadTile(v: usize, part: usize, to: usize, pixel: usize, row: usize): void {
  for (let y = 0; y < 3; y++) {
    // Parts of this row of the neighbourhood; the middle one takes what its
    // neighbours' differences took away.
    let l = v128.load(v), m = v128.load(v + part), r = v128.load(v + 2 * part);
    if (y == 1) {
      l = f32x4.sub(l, f32x4.add(v128.load(v - 3 * part), v128.load(v + 3 * part)));
      m = f32x4.sub(m, f32x4.add(v128.load(v - 2 * part), v128.load(v + 4 * part)));
      r = f32x4.sub(r, f32x4.add(v128.load(v - part), v128.load(v + 5 * part)));
    }
    addTo(to, l);
    addTo(to + pixel, f32x4.sub(m, f32x4.add(l, r)));
    addTo(to + 2 * pixel, r);
    to += row;
    v += 3 * part;
  }
}

/** dw of the summed dU. */
export function filterGradient(s: Stage, sums: usize): void {
  const step = <usize> (s.cin * s.cout) << 2;
  for (let i: usize = 0; i < step; i += 16) {
    let u = sums + i;
    for (let x = 0; x < 3; x++) {
      const middle = v128.load(u + 3 * step);
      addTo(u, middle);
      addTo(u + 6 * step, middle);
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
