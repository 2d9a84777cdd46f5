// 3 by 3 convolution by Winograd's F(2x2, 3x3) (Lavin and Gray 2016,
// arXiv:1509.09308): tiles of 2 by 2 outputs from 4 by 4 inputs, with 16
// products a channel pair instead of 36. Transformed, a convolution is 16
// products of matrices, and so are both its gradients, by the transposed
// transforms:
//
//     V = B' x B      U = G w G'      y = A' (U V) A
//     Z = A dy A'     dU = V' Z       dx = B (Z U') B'     dw = G' dU G

import { addOuterProducts, product } from "./tile";
import { addTo, get, GROUP, High, Low, pixelAt, put, relu, Stage } from "./stage";

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
        const r0 = pixelAt(frame, s, image, 2 * y, 2 * x, s.cin);
        const r1 = r0 + row, r2 = r1 + row, r3 = r2 + row;
        for (let c: usize = 0; c < pixel; c += 32) {
          inputRow(v + c, part, r0 + c, r2 + c, pixel, false);
          inputRow(v + c + 4 * part, part, r1 + c, r2 + c, pixel, true);
          inputRow(v + c + 8 * part, part, r2 + c, r1 + c, pixel, false);
          inputRow(v + c + 12 * part, part, r1 + c, r3 + c, pixel, false);
        }
        v += pixel;
      }
    }
  }
}

/** A row of V: of the sum or difference of two rows of four pixels. */
// @ts-ignore: decorator
@inline
function inputRow(v: usize, part: usize, p: usize, q: usize, pixel: usize, add: bool): void {
  const p1 = p + pixel, p2 = p1 + pixel, p3 = p2 + pixel;
  const q1 = q + pixel, q2 = q1 + pixel, q3 = q2 + pixel;
  const l0 = joined<Low>(p, q, add), h0 = joined<High>(p, q, add);
  const l1 = joined<Low>(p1, q1, add), h1 = joined<High>(p1, q1, add);
  const l2 = joined<Low>(p2, q2, add), h2 = joined<High>(p2, q2, add);
  const l3 = joined<Low>(p3, q3, add), h3 = joined<High>(p3, q3, add);
  put(v, f32x4.sub(l0, l2), f32x4.sub(h0, h2));
  put(v + part, f32x4.add(l1, l2), f32x4.add(h1, h2));
  put(v + 2 * part, f32x4.sub(l2, l1), f32x4.sub(h2, h1));
  put(v + 3 * part, f32x4.sub(l1, l3), f32x4.sub(h1, h3));
}

// @ts-ignore: decorator
@inline
function joined<Half>(p: usize, q: usize, add: bool): v128 {
  const a = get<Half>(p), b = get<Half>(q);
  return add ? f32x4.add(a, b) : f32x4.sub(a, b);
}

/** relu(A' M A + bias), pooled or not, into the frame of the next stage. */
function transformOutput(s: Stage, next: Stage, products: usize, arena: usize): void {
  const pixel = <usize> s.cout << 2;
  const part = <usize> (GROUP * s.tilesH * s.tilesW) * pixel;
  const row = <usize> next.frameW * pixel;
  const step = s.pooled ? 1 : 2; // pixels of the next frame, a tile
  let m = products, switches = arena + s.switches;
  for (let image = 0; image < GROUP; image++) {
    for (let y = 0; y < s.tilesH; y++) {
      const below = 2 * y + 1 < s.h;
      for (let x = 0; x < s.tilesW; x++) {
        const to = pixelAt(arena + next.input, next, image, step * y + 1, step * x + 1, s.cout);
        const right = 2 * x + 1 < s.w;
        for (let c: usize = 0; c < pixel; c += 32) {
          outputTile(m + c, part, s.bias + c, s.pooled ? switches + c : 0, to + c, pixel, row, right, below);
        }
        m += pixel;
        switches += pixel;
      }
    }
  }
}

/**
 * Y = A' M A of a tile, as far as it lies inside. With a bias relu(Y + bias),
 * and with switches the largest of the four.
 */
// @ts-ignore: decorator
@inline
export function outputTile(
  m: usize, part: usize, bias: usize, switches: usize,
  to: usize, pixel: usize, row: usize, right: bool, below: bool,
): void {
  const m1 = m + 4 * part, m2 = m1 + 4 * part, m3 = m2 + 4 * part;
  // M A, left and right column, row by row.
  const la = leftOf<Low>(m, part), ha = leftOf<High>(m, part);
  const lb = leftOf<Low>(m1, part), hb = leftOf<High>(m1, part);
  const lc = leftOf<Low>(m2, part), hc = leftOf<High>(m2, part);
  const ld = leftOf<Low>(m3, part), hd = leftOf<High>(m3, part);
  let l00 = f32x4.add(la, f32x4.add(lb, lc)), h00 = f32x4.add(ha, f32x4.add(hb, hc));
  let l10 = f32x4.sub(f32x4.sub(lb, lc), ld), h10 = f32x4.sub(f32x4.sub(hb, hc), hd);
  const le = rightOf<Low>(m, part), he = rightOf<High>(m, part);
  const lf = rightOf<Low>(m1, part), hf = rightOf<High>(m1, part);
  const lg = rightOf<Low>(m2, part), hg = rightOf<High>(m2, part);
  const lh = rightOf<Low>(m3, part), hh = rightOf<High>(m3, part);
  let l01 = f32x4.add(le, f32x4.add(lf, lg)), h01 = f32x4.add(he, f32x4.add(hf, hg));
  let l11 = f32x4.sub(f32x4.sub(lf, lg), lh), h11 = f32x4.sub(f32x4.sub(hf, hg), hh);
  if (bias) {
    const l = get<Low>(bias), h = get<High>(bias);
    l00 = f32x4.add(l00, l), h00 = f32x4.add(h00, h);
    l01 = f32x4.add(l01, l), h01 = f32x4.add(h01, h);
    l10 = f32x4.add(l10, l), h10 = f32x4.add(h10, h);
    l11 = f32x4.add(l11, l), h11 = f32x4.add(h11, h);
    if (switches) {
      putLargest(l00, h00, l01, h01, l10, h10, l11, h11, to, switches);
      return;
    }
    l00 = relu(l00), h00 = relu(h00), l01 = relu(l01), h01 = relu(h01);
    l10 = relu(l10), h10 = relu(h10), l11 = relu(l11), h11 = relu(h11);
  }
  put(to, l00, h00);
  if (right) put(to + pixel, l01, h01);
  if (below) put(to + row, l10, h10);
  if (right && below) put(to + row + pixel, l11, h11);
}

// @ts-ignore: decorator
@inline
function leftOf<Half>(m: usize, part: usize): v128 {
  return f32x4.add(get<Half>(m), f32x4.add(get<Half>(m + part), get<Half>(m + 2 * part)));
}

// @ts-ignore: decorator
@inline
function rightOf<Half>(m: usize, part: usize): v128 {
  return f32x4.sub(f32x4.sub(get<Half>(m + part), get<Half>(m + 2 * part)), get<Half>(m + 3 * part));
}

/**
 * The largest of four or zero, and which it was: 0 to 3, 4 where none is above
 * zero. Of equal ones the first. NaN if one of them is.
 */
// @ts-ignore: decorator
@inline
export function putLargest(
  l0: v128, h0: v128, l1: v128, h1: v128, l2: v128, h2: v128, l3: v128, h3: v128,
  to: usize, which: usize,
): void {
  const l = largest(l0, l1, l2, l3), h = largest(h0, h1, h2, h3);
  const lowWhich = whichIs(l, l0, l1, l2), highWhich = whichIs(h, h0, h1, h2);
  put(which, lowWhich, highWhich);
  // The largest does not see NaN; the sum does.
  const lowSum = f32x4.add(f32x4.add(l0, l1), f32x4.add(l2, l3));
  const highSum = f32x4.add(f32x4.add(h0, h1), f32x4.add(h2, h3));
  put(to, orNaN(l, lowSum), orNaN(h, highSum));
}

// @ts-ignore: decorator
@inline
function largest(a: v128, b: v128, c: v128, d: v128): v128 {
  return relu(f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d)));
}

// @ts-ignore: decorator
@inline
function whichIs(most: v128, a: v128, b: v128, c: v128): v128 {
  let index = v128.bitselect(i32x4.splat(2), i32x4.splat(3), f32x4.eq(c, most));
  index = v128.bitselect(i32x4.splat(1), index, f32x4.eq(b, most));
  index = v128.bitselect(i32x4.splat(0), index, f32x4.eq(a, most));
  return v128.bitselect(index, i32x4.splat(4), f32x4.gt(most, f32x4.splat(0)));
}

// @ts-ignore: decorator
@inline
function orNaN(x: v128, sum: v128): v128 {
  return v128.bitselect(x, sum, f32x4.eq(sum, sum));
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
  const step = s.pooled ? 1 : 2; // pixels of the next frame, a tile
  let at = z, switches = arena + s.switches;
  for (let image = 0; image < GROUP; image++) {
    for (let y = 0; y < s.tilesH; y++) {
      const below = 2 * y + 1 < s.h;
      for (let x = 0; x < s.tilesW; x++) {
        const dy = pixelAt(arena + next.dInput, next, image, step * y + 1, step * x + 1, s.cout);
        const right = 2 * x + 1 < s.w;
        for (let c: usize = 0; c < pixel; c += 32) {
          if (s.pooled) pooledGradientTile(at + c, part, biasSums + c, dy + c, switches + c);
          else gradientTile(at + c, part, biasSums + c, dy + c, true, toAnswer, pixel, row, right, below);
        }
        at += pixel;
        switches += pixel;
      }
    }
  }
}

/** A dy A' of a tile in which only the largest of four has a gradient. */
// @ts-ignore: decorator
@inline
function pooledGradientTile(z: usize, part: usize, biasSums: usize, dy: usize, switches: usize): void {
  const dl = get<Low>(dy), dh = get<High>(dy);
  const l = get<Low>(switches), h = get<High>(switches);
  const l00 = where(l, 0, dl), h00 = where(h, 0, dh), l01 = where(l, 1, dl), h01 = where(h, 1, dh);
  const l10 = where(l, 2, dl), h10 = where(h, 2, dh), l11 = where(l, 3, dl), h11 = where(h, 3, dh);
  putGradient(z, part, biasSums, l00, h00, l01, h01, l10, h10, l11, h11);
}

/** The gradient where `which` says so, else zero. */
// @ts-ignore: decorator
@inline
export function where(which: v128, index: i32, d: v128): v128 {
  return v128.and(d, i32x4.eq(which, i32x4.splat(index)));
}

/**
 * A dy A' of a tile as far as it lies inside; `through` the relu of the answers
 * that lie `toAnswer` bytes on, or as it is.
 */
// @ts-ignore: decorator
@inline
export function gradientTile(
  z: usize, part: usize, biasSums: usize, dy: usize, through: bool, toAnswer: usize,
  pixel: usize, row: usize, right: bool, below: bool,
): void {
  const dy01 = dy + pixel, dy10 = dy + row, dy11 = dy10 + pixel;
  const l00 = gradientAt<Low>(dy, through, toAnswer), h00 = gradientAt<High>(dy, through, toAnswer);
  let l01 = f32x4.splat(0), h01 = l01, l10 = l01, h10 = l01, l11 = l01, h11 = l01;
  if (right) l01 = gradientAt<Low>(dy01, through, toAnswer), h01 = gradientAt<High>(dy01, through, toAnswer);
  if (below) l10 = gradientAt<Low>(dy10, through, toAnswer), h10 = gradientAt<High>(dy10, through, toAnswer);
  if (right && below) l11 = gradientAt<Low>(dy11, through, toAnswer), h11 = gradientAt<High>(dy11, through, toAnswer);
  putGradient(z, part, biasSums, l00, h00, l01, h01, l10, h10, l11, h11);
}

/** The gradient, `through` a relu zero where its answer is not above zero. */
// @ts-ignore: decorator
@inline
export function gradientAt<Half>(at: usize, through: bool, toAnswer: usize): v128 {
  const d = get<Half>(at);
  return through ? v128.and(d, f32x4.gt(get<Half>(at + toAnswer), f32x4.splat(0))) : d;
}

/** Z = A dy A' of one tile's dy, and its sum to the bias's where there is one. */
// @ts-ignore: decorator
@inline
function putGradient(
  z: usize, part: usize, biasSums: usize,
  l00: v128, h00: v128, l01: v128, h01: v128, l10: v128, h10: v128, l11: v128, h11: v128,
): void {
  const ll = f32x4.add(l00, l10), hl = f32x4.add(h00, h10); // sums of columns
  const lr = f32x4.add(l01, l11), hr = f32x4.add(h01, h11);
  if (biasSums) {
    addTo(biasSums, f32x4.add(f32x4.add(l00, l01), f32x4.add(l10, l11)), f32x4.add(f32x4.add(h00, h01), f32x4.add(h10, h11)));
  }
  gradientRow(z, part, l00, h00, l01, h01);
  gradientRow(z + 4 * part, part, ll, hl, lr, hr);
  gradientRow(z + 8 * part, part, f32x4.sub(l00, l10), f32x4.sub(h00, h10), f32x4.sub(l01, l11), f32x4.sub(h01, h11));
  gradientRow(z + 12 * part, part, f32x4.neg(l10), f32x4.neg(h10), f32x4.neg(l11), f32x4.neg(h11));
}

// @ts-ignore: decorator
@inline
function gradientRow(z: usize, part: usize, ll: v128, hl: v128, lr: v128, hr: v128): void {
  put(z, ll, hl);
  put(z + part, f32x4.add(ll, lr), f32x4.add(hl, hr));
  put(z + 2 * part, f32x4.sub(ll, lr), f32x4.sub(hl, hr));
  put(z + 3 * part, f32x4.neg(lr), f32x4.neg(hr));
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
        for (let c: usize = 0; c < pixel; c += 32) {
          spreadColumn(v + c, part, to + c, row, 0);
          spreadColumn(v + c, part, to + c + pixel, row, 1);
          spreadColumn(v + c, part, to + c + 2 * pixel, row, 2);
          spreadColumn(v + c, part, to + c + 3 * pixel, row, 3);
        }
        v += pixel;
      }
    }
  }
}

/** Column x of B dV B', of rows of dV B'. */
// @ts-ignore: decorator
@inline
function spreadColumn(v: usize, part: usize, to: usize, row: usize, x: i32): void {
  const v1 = v + 4 * part, v2 = v1 + 4 * part, v3 = v2 + 4 * part;
  const l0 = rowJoined<Low>(v, part, x), h0 = rowJoined<High>(v, part, x);
  const l1 = rowJoined<Low>(v1, part, x), h1 = rowJoined<High>(v1, part, x);
  const l2 = rowJoined<Low>(v2, part, x), h2 = rowJoined<High>(v2, part, x);
  const l3 = rowJoined<Low>(v3, part, x), h3 = rowJoined<High>(v3, part, x);
  addTo(to, l0, h0);
  addTo(to + row, f32x4.add(f32x4.sub(l1, l2), l3), f32x4.add(f32x4.sub(h1, h2), h3));
  addTo(to + 2 * row, f32x4.add(f32x4.sub(l1, l0), l2), f32x4.add(f32x4.sub(h1, h0), h2));
  addTo(to + 3 * row, f32x4.neg(l3), f32x4.neg(h3));
}

/** Column x of a row of parts times B'. */
// @ts-ignore: decorator
@inline
function rowJoined<Half>(v: usize, part: usize, x: i32): v128 {
  if (x == 0) return get<Half>(v);
  if (x == 3) return f32x4.neg(get<Half>(v + 3 * part));
  const v1 = get<Half>(v + part), v2 = get<Half>(v + 2 * part);
  if (x == 1) return f32x4.add(f32x4.sub(v1, v2), get<Half>(v + 3 * part));
  return f32x4.add(f32x4.sub(v1, get<Half>(v)), v2);
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
