// 3 by 3 convolution by Winograd's F(2x2, 3x3) (Lavin and Gray 2016,
// arXiv:1509.09308): tiles of 2 by 2 outputs from 4 by 4 inputs, with 16
// products a channel pair instead of 36. Transformed, a convolution is 16
// products of matrices, and so are both its gradients, by the transposed
// transforms:
//
//     V = B' x B      U = G w G'      y = A' (U V) A
//     Z = A dy A'     dU = V' Z       dx = B (Z U') B'     dw = G' dU G

import { addOuterProducts, product } from "./tile";
import { addTo, GROUP, pixelAt, relu, Stage } from "./stage";

const PARTS: i32 = 16;

/** U[16, cin, cout] */
export function transformFilter(s: Stage): void {
  const row = <usize> s.cout << 2;
  const step = <usize> s.cin * row; // from one tap, or part, to the next
  const half = f32x4.splat(0.5);
  for (let i: usize = 0; i < step; i += 16) {
    let w = s.filter + i, u = s.forward + i;
    // Columns of each row of taps, then rows; the rows wait in parts 0, 4, 8.
    for (let y = 0; y < 3; y++) {
      const w0 = v128.load(w), w1 = v128.load(w + step), w2 = v128.load(w + 2 * step);
      const outer = f32x4.add(w0, w2);
      v128.store(u, w0);
      v128.store(u + step, f32x4.mul(half, f32x4.add(outer, w1)));
      v128.store(u + 2 * step, f32x4.mul(half, f32x4.sub(outer, w1)));
      v128.store(u + 3 * step, w2);
      w += 3 * step;
      u += 4 * step;
    }
    u = s.forward + i;
    for (let x = 0; x < 4; x++) {
      const w0 = v128.load(u), w1 = v128.load(u + 4 * step), w2 = v128.load(u + 8 * step);
      const outer = f32x4.add(w0, w2);
      v128.store(u + 4 * step, f32x4.mul(half, f32x4.add(outer, w1)));
      v128.store(u + 8 * step, f32x4.mul(half, f32x4.sub(outer, w1)));
      v128.store(u + 12 * step, w2);
      u += step;
    }
  }
}

/** U and its transpose. */
export function transformFilterBothWays(s: Stage): void {
  transformFilter(s);
  transpose(s, PARTS);
}

/** backward[parts, cout, cin] of forward[parts, cin, cout]. */
export function transpose(s: Stage, parts: i32): void {
  let to = s.backward;
  for (let part = 0; part < parts; part++) {
    const from = s.forward + (<usize> (part * s.cin * s.cout) << 2);
    for (let o = 0; o < s.cout; o++) {
      for (let i = 0; i < s.cin; i++) {
        store<f32>(to, load<f32>(from + (<usize> (i * s.cout + o) << 2)));
        to += 4;
      }
    }
  }
}

/** Input of the next stage from that of this. */
export function forward(s: Stage, next: Stage, arena: usize): void {
  const tiles = GROUP * s.tilesH * s.tilesW;
  const values = arena + s.values, products = arena + s.products;
  transformInput(s, arena + s.input, GROUP, s.tilesH, values);
  multiply(s, values, products, tiles);
  transformOutput(s, next, products, arena);
}

/** M[16, tiles, cout] = V[16, tiles, cin] U */
export function multiply(s: Stage, values: usize, products: usize, tiles: i32): void {
  const vPart = <usize> (tiles * s.cin) << 2, mPart = <usize> (tiles * s.cout) << 2;
  const uPart = <usize> (s.cin * s.cout) << 2;
  for (let part: usize = 0; part < <usize> PARTS; part++) {
    product(
      values + part * vPart, <usize> s.cin << 2,
      s.forward + part * uPart, s.cin,
      products + part * mPart, tiles, s.cout, s.narrow,
    );
  }
}

/** V[16, tiles, cin]: of each tile, 4 by 4 pixels of the frame. */
export function transformInput(
  s: Stage, frame: usize, images: i32, tilesH: i32, values: usize,
): void {
  const pixel = <usize> s.cin << 2, row = <usize> s.frameW * pixel;
  const part = <usize> (images * tilesH * s.tilesW) * pixel;
  let v = values;
  for (let image = 0; image < images; image++) {
    for (let y = 0; y < tilesH; y++) {
      for (let x = 0; x < s.tilesW; x++) {
        const from = pixelAt(frame, s, image, 2 * y, 2 * x, s.cin);
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
  const r1 = from + row, r2 = r1 + row, r3 = r2 + row;
  const p2 = 2 * pixel, p3 = 3 * pixel;
  let a = v128.load(from), b = v128.load(r1), c = v128.load(r2), d = v128.load(r3);
  const t00 = f32x4.sub(a, c), t10 = f32x4.add(b, c), t20 = f32x4.sub(c, b), t30 = f32x4.sub(b, d);
  a = v128.load(from + pixel); b = v128.load(r1 + pixel); c = v128.load(r2 + pixel); d = v128.load(r3 + pixel);
  const t01 = f32x4.sub(a, c), t11 = f32x4.add(b, c), t21 = f32x4.sub(c, b), t31 = f32x4.sub(b, d);
  a = v128.load(from + p2); b = v128.load(r1 + p2); c = v128.load(r2 + p2); d = v128.load(r3 + p2);
  const t02 = f32x4.sub(a, c), t12 = f32x4.add(b, c), t22 = f32x4.sub(c, b), t32 = f32x4.sub(b, d);
  a = v128.load(from + p3); b = v128.load(r1 + p3); c = v128.load(r2 + p3); d = v128.load(r3 + p3);
  const t03 = f32x4.sub(a, c), t13 = f32x4.add(b, c), t23 = f32x4.sub(c, b), t33 = f32x4.sub(b, d);
  putRow(v, part, t00, t01, t02, t03);
  putRow(v + 4 * part, part, t10, t11, t12, t13);
  putRow(v + 8 * part, part, t20, t21, t22, t23);
  putRow(v + 12 * part, part, t30, t31, t32, t33);
}

// @ts-ignore: decorator
@inline
function putRow(v: usize, part: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(v, f32x4.sub(a, c));
  v128.store(v + part, f32x4.add(b, c));
  v128.store(v + 2 * part, f32x4.sub(c, b));
  v128.store(v + 3 * part, f32x4.sub(b, d));
}

/** relu(A' M A + bias), pooled or not, into the frame of the next stage. */
function transformOutput(s: Stage, next: Stage, products: usize, arena: usize): void {
  const pixel = <usize> s.cout << 2;
  const part = <usize> (GROUP * s.tilesH * s.tilesW) * pixel;
  const row = <usize> next.frameW * pixel;
  let m = products, switches = arena + s.switches;
  for (let image = 0; image < GROUP; image++) {
    for (let y = 0; y < s.tilesH; y++) {
      for (let x = 0; x < s.tilesW; x++) {
        const to = s.pooled
          ? pixelAt(arena + next.input, next, image, y + 1, x + 1, s.cout)
          : pixelAt(arena + next.input, next, image, 2 * y + 1, 2 * x + 1, s.cout);
        const right = 2 * x + 1 < s.w, below = 2 * y + 1 < s.h;
        for (let c: usize = 0; c < pixel; c += 16) {
          const bias = v128.load(s.bias + c);
          let at = m + c;
          let a = v128.load(at), b = v128.load(at + part), d = v128.load(at + 2 * part), e = v128.load(at + 3 * part);
          const bd0 = f32x4.add(b, d), bm0 = f32x4.sub(b, d);
          const l0 = f32x4.add(a, bd0), q0 = f32x4.sub(bm0, e);
          at += 4 * part;
          a = v128.load(at); b = v128.load(at + part); d = v128.load(at + 2 * part); e = v128.load(at + 3 * part);
          const l1 = f32x4.add(a, f32x4.add(b, d)), q1 = f32x4.sub(f32x4.sub(b, d), e);
          at += 4 * part;
          a = v128.load(at); b = v128.load(at + part); d = v128.load(at + 2 * part); e = v128.load(at + 3 * part);
          const l2 = f32x4.add(a, f32x4.add(b, d)), q2 = f32x4.sub(f32x4.sub(b, d), e);
          at += 4 * part;
          a = v128.load(at); b = v128.load(at + part); d = v128.load(at + 2 * part); e = v128.load(at + 3 * part);
          const l3 = f32x4.add(a, f32x4.add(b, d)), q3 = f32x4.sub(f32x4.sub(b, d), e);
          const y00 = f32x4.add(f32x4.add(l0, f32x4.add(l1, l2)), bias);
          const y01 = f32x4.add(f32x4.add(q0, f32x4.add(q1, q2)), bias);
          const y10 = f32x4.add(f32x4.sub(f32x4.sub(l1, l2), l3), bias);
          const y11 = f32x4.add(f32x4.sub(f32x4.sub(q1, q2), q3), bias);
          if (s.pooled) {
            putLargest(y00, y01, y10, y11, to + c, switches + c);
          } else {
            v128.store(to + c, relu(y00));
            if (right) v128.store(to + c + pixel, relu(y01));
            if (below) v128.store(to + c + row, relu(y10));
            if (right && below) v128.store(to + c + row + pixel, relu(y11));
          }
        }
        m += pixel;
        switches += pixel;
      }
    }
  }
}

/**
 * The largest of four or zero, and which it was: 0 to 3, 4 where none is above
 * zero. Of equal ones the first. NaN if one of them is.
 */
// @ts-ignore: decorator
@inline
export function putLargest(
  y0: v128, y1: v128, y2: v128, y3: v128, to: usize, which: usize,
): void {
  let most = f32x4.splat(0), index = i32x4.splat(4);
  let above = f32x4.gt(y0, most);
  most = v128.bitselect(y0, most, above);
  index = v128.bitselect(i32x4.splat(0), index, above);
  above = f32x4.gt(y1, most);
  most = v128.bitselect(y1, most, above);
  index = v128.bitselect(i32x4.splat(1), index, above);
  above = f32x4.gt(y2, most);
  most = v128.bitselect(y2, most, above);
  index = v128.bitselect(i32x4.splat(2), index, above);
  above = f32x4.gt(y3, most);
  most = v128.bitselect(y3, most, above);
  index = v128.bitselect(i32x4.splat(3), index, above);
  // A comparison with NaN is false, so NaN has not been seen so far.
  const sum = f32x4.add(f32x4.add(y0, y1), f32x4.add(y2, y3));
  v128.store(to, v128.bitselect(most, sum, f32x4.eq(sum, sum)));
  v128.store(which, index);
}

/** Gradients of filter, bias and, unless this stage is the first, of the input. */
export function backward(s: Stage, next: Stage, arena: usize, sums: usize, first: bool): void {
  const tiles = GROUP * s.tilesH * s.tilesW;
  const values = arena + s.values, z = arena + s.products;
  transformGradient(s, next, arena, z, sums + s.biasSums);
  const vPart = <usize> (tiles * s.cin) << 2, zPart = <usize> (tiles * s.cout) << 2;
  const uPart = <usize> (s.cin * s.cout) << 2;
  for (let part: usize = 0; part < <usize> PARTS; part++) {
    const v = values + part * vPart;
    addOuterProducts(v, s.cin, z + part * zPart, s.cout, tiles, sums + s.sums + part * uPart, s.narrow);
    if (first) continue;
    product(z + part * zPart, <usize> s.cout << 2, s.backward + part * uPart, s.cout, v, tiles, s.cin, s.narrow);
  }
  if (!first) spreadInput(s, arena + s.dInput, values);
}

/** Z[16, tiles, cout] = A dy A', dy taken through pooling and relu. */
function transformGradient(s: Stage, next: Stage, arena: usize, z: usize, biasSums: usize): void {
  const pixel = <usize> s.cout << 2;
  const part = <usize> (GROUP * s.tilesH * s.tilesW) * pixel;
  const row = <usize> next.frameW * pixel;
  const toAnswer = next.input - next.dInput;
  let at = z, switches = arena + s.switches;
  for (let image = 0; image < GROUP; image++) {
    for (let y = 0; y < s.tilesH; y++) {
      for (let x = 0; x < s.tilesW; x++) {
        const dy = s.pooled
          ? pixelAt(arena + next.dInput, next, image, y + 1, x + 1, s.cout)
          : pixelAt(arena + next.dInput, next, image, 2 * y + 1, 2 * x + 1, s.cout);
        const right = 2 * x + 1 < s.w, below = 2 * y + 1 < s.h;
        for (let c: usize = 0; c < pixel; c += 16) {
          let y00 = f32x4.splat(0), y01 = y00, y10 = y00, y11 = y00;
          if (s.pooled) {
            const d = v128.load(dy + c), which = v128.load(switches + c);
            y00 = v128.and(d, i32x4.eq(which, i32x4.splat(0)));
            y01 = v128.and(d, i32x4.eq(which, i32x4.splat(1)));
            y10 = v128.and(d, i32x4.eq(which, i32x4.splat(2)));
            y11 = v128.and(d, i32x4.eq(which, i32x4.splat(3)));
          } else {
            y00 = throughRelu(dy + c, toAnswer);
            if (right) y01 = throughRelu(dy + c + pixel, toAnswer);
            if (below) y10 = throughRelu(dy + c + row, toAnswer);
            if (right && below) y11 = throughRelu(dy + c + row + pixel, toAnswer);
          }
          addTo(biasSums + c, f32x4.add(f32x4.add(y00, y01), f32x4.add(y10, y11)));
          putGradientRow(at + c, part, y00, y01);
          putGradientRow(at + c + 4 * part, part, f32x4.add(y00, y10), f32x4.add(y01, y11));
          putGradientRow(at + c + 8 * part, part, f32x4.sub(y00, y10), f32x4.sub(y01, y11));
          putGradientRow(at + c + 12 * part, part, f32x4.neg(y10), f32x4.neg(y11));
        }
        at += pixel;
        switches += pixel;
      }
    }
  }
}

/** The gradient, zero where the answer `toAnswer` bytes on is not above zero. */
// @ts-ignore: decorator
@inline
export function throughRelu(at: usize, toAnswer: usize): v128 {
  return v128.and(v128.load(at), f32x4.gt(v128.load(at + toAnswer), f32x4.splat(0)));
}

// @ts-ignore: decorator
@inline
export function putGradientRow(at: usize, part: usize, l: v128, r: v128): void {
  v128.store(at, l);
  v128.store(at + part, f32x4.add(l, r));
  v128.store(at + 2 * part, f32x4.sub(l, r));
  v128.store(at + 3 * part, f32x4.neg(r));
}

/** dx += B dV B', tile by tile; tiles overlap by two pixels. */
function spreadInput(s: Stage, frame: usize, values: usize): void {
  const pixel = <usize> s.cin << 2, row = <usize> s.frameW * pixel;
  const part = <usize> (GROUP * s.tilesH * s.tilesW) * pixel;
  memory.fill(frame, 0, <usize> (GROUP * s.frameH) * row);
  let v = values;
  for (let image = 0; image < GROUP; image++) {
    for (let y = 0; y < s.tilesH; y++) {
      for (let x = 0; x < s.tilesW; x++) {
        const to = pixelAt(frame, s, image, 2 * y, 2 * x, s.cin);
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
  for (let x: usize = 0; x < 4; x++) {
    // Column x of B' comes of parts; rows are joined first.
    const p0 = rowJoined(v, part, x), p1 = rowJoined(v + 4 * part, part, x);
    const p2 = rowJoined(v + 8 * part, part, x), p3 = rowJoined(v + 12 * part, part, x);
    const at = to + x * pixel;
    addTo(at, p0);
    addTo(at + row, f32x4.add(f32x4.sub(p1, p2), p3));
    addTo(at + 2 * row, f32x4.add(f32x4.sub(p1, p0), p2));
    addTo(at + 3 * row, f32x4.neg(p3));
  }
}

/** Column x of a row of parts times B'. */
// @ts-ignore: decorator
@inline
function rowJoined(v: usize, part: usize, x: usize): v128 {
  if (x == 0) return v128.load(v);
  if (x == 3) return f32x4.neg(v128.load(v + 3 * part));
  const v1 = v128.load(v + part), v2 = v128.load(v + 2 * part);
  if (x == 1) return f32x4.add(f32x4.sub(v1, v2), v128.load(v + 3 * part));
  return f32x4.add(f32x4.sub(v1, v128.load(v)), v2);
}

/** dw = G' dU G of the summed dU. */
export function filterGradient(s: Stage, sums: usize): void {
  const step = <usize> (s.cin * s.cout) << 2;
  const half = f32x4.splat(0.5);
  for (let i: usize = 0; i < step; i += 16) {
    let u = sums + i;
    for (let x = 0; x < 4; x++) {
      const u0 = v128.load(u), u1 = v128.load(u + 4 * step);
      const u2 = v128.load(u + 8 * step), u3 = v128.load(u + 12 * step);
      const sum = f32x4.mul(half, f32x4.add(u1, u2));
      v128.store(u, f32x4.add(u0, sum));
      v128.store(u + 4 * step, f32x4.mul(half, f32x4.sub(u1, u2)));
      v128.store(u + 8 * step, f32x4.add(sum, u3));
      u += step;
    }
    u = sums + i;
    let w = s.dFilter + i;
    for (let y = 0; y < 3; y++) {
      const u0 = v128.load(u), u1 = v128.load(u + step);
      const u2 = v128.load(u + 2 * step), u3 = v128.load(u + 3 * step);
      const sum = f32x4.mul(half, f32x4.add(u1, u2));
      v128.store(w, f32x4.add(u0, sum));
      v128.store(w + step, f32x4.mul(half, f32x4.sub(u1, u2)));
      v128.store(w + 2 * step, f32x4.add(sum, u3));
      u += 4 * step;
      w += 3 * step;
    }
  }
}
