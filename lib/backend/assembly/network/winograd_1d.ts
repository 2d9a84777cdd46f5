// The transforms of Winograd's F(4x4, 3x3) along one axis (Lavin and Gray 2016,
// arXiv:1509.09308): four outputs with three taps by six products. They come from
// evaluating polynomials at six points, here 0, a, -a, b, -b and infinity. The points
// a = sqrt(1/2) and b = sqrt(2) round less than the usual 1 and 2, and since ab = 1 most
// factors are equal (points of this form: Alam et al. 2022, doi:10.1145/3524069).
// A gradient goes through the transpose of a transform.
//
// A transform reads numbers of eight channels each, `step` bytes apart, and writes them
// `toStep` bytes apart. The functions at the end do several transforms, each `next` bytes
// from the one before, and written `toNext` bytes apart. They have no loop, and more than
// one caller so that the compiler does not inline them in one: vectors that stay in
// variables from one turn of a loop to the next are not joined by V8 (see stage.ts).

import { add8, load4, High, Low, store8 } from "./stage";

const A: f32 = 0.70710678;
const B: f32 = 1.41421356;

/** x * factor + y */
// @ts-ignore: decorator
@inline
function madd(x: v128, factor: f32, y: v128): v128 {
  return f32x4.relaxed_madd(x, f32x4.splat(factor), y);
}

/** x * factor + y * other */
// @ts-ignore: decorator
@inline
function mix(x: v128, factor: f32, y: v128, other: f32): v128 {
  return madd(x, factor, f32x4.mul(y, f32x4.splat(other)));
}

/** B': six pixels to six values. */
// @ts-ignore: decorator
@inline
function input1D(from: usize, step: usize, to: usize, toStep: usize): void {
  const at1 = from + step, at2 = at1 + step, at3 = at2 + step, at4 = at3 + step, at5 = at4 + step;
  const l1 = load4<Low>(at1), h1 = load4<High>(at1), l2 = load4<Low>(at2), h2 = load4<High>(at2);
  const l3 = load4<Low>(at3), h3 = load4<High>(at3), l4 = load4<Low>(at4), h4 = load4<High>(at4);
  store8(to, f32x4.add(madd(l2, -2.5, l4), load4<Low>(from)), f32x4.add(madd(h2, -2.5, h4), load4<High>(from)));
  let le = madd(l2, -2, l4), he = madd(h2, -2, h4);
  let lo = mix(l3, A, l1, -B), ho = mix(h3, A, h1, -B);
  store8(to + toStep, f32x4.add(le, lo), f32x4.add(he, ho));
  store8(to + 2 * toStep, f32x4.sub(le, lo), f32x4.sub(he, ho));
  le = madd(l2, -0.5, l4), he = madd(h2, -0.5, h4);
  lo = mix(l3, B, l1, -A), ho = mix(h3, B, h1, -A);
  store8(to + 3 * toStep, f32x4.add(le, lo), f32x4.add(he, ho));
  store8(to + 4 * toStep, f32x4.sub(le, lo), f32x4.sub(he, ho));
  store8(to + 5 * toStep, f32x4.add(madd(l3, -2.5, l1), load4<Low>(at5)), f32x4.add(madd(h3, -2.5, h1), load4<High>(at5)));
}

/** B: gradients of six values to those of six pixels, which are stored or added. */
// @ts-ignore: decorator
@inline
function inputGradient1D(from: usize, step: usize, to: usize, toStep: usize, add: bool): void {
  const at1 = from + step, at2 = at1 + step, at3 = at2 + step, at4 = at3 + step, at5 = at4 + step;
  const l0 = load4<Low>(from), h0 = load4<High>(from), l5 = load4<Low>(at5), h5 = load4<High>(at5);
  const la = load4<Low>(at1), ha = load4<High>(at1), lb = load4<Low>(at2), hb = load4<High>(at2);
  const lc = load4<Low>(at3), hc = load4<High>(at3), ld = load4<Low>(at4), hd = load4<High>(at4);
  const ls = f32x4.add(la, lb), hs = f32x4.add(ha, hb), lm = f32x4.sub(la, lb), hm = f32x4.sub(ha, hb);
  const lt = f32x4.add(lc, ld), ht = f32x4.add(hc, hd), ln = f32x4.sub(lc, ld), hn = f32x4.sub(hc, hd);
  const l1 = madd(lm, -B, madd(ln, -A, l5)), h1 = madd(hm, -B, madd(hn, -A, h5));
  const l2 = madd(l0, -2.5, mix(ls, -2, lt, -0.5)), h2 = madd(h0, -2.5, mix(hs, -2, ht, -0.5));
  const l3 = madd(l5, -2.5, mix(lm, A, ln, B)), h3 = madd(h5, -2.5, mix(hm, A, hn, B));
  const l4 = f32x4.add(l0, f32x4.add(ls, lt)), h4 = f32x4.add(h0, f32x4.add(hs, ht));
  if (add) {
    add8(to, l0, h0);
    add8(to + toStep, l1, h1);
    add8(to + 2 * toStep, l2, h2);
    add8(to + 3 * toStep, l3, h3);
    add8(to + 4 * toStep, l4, h4);
    add8(to + 5 * toStep, l5, h5);
  } else {
    store8(to, l0, h0);
    store8(to + toStep, l1, h1);
    store8(to + 2 * toStep, l2, h2);
    store8(to + 3 * toStep, l3, h3);
    store8(to + 4 * toStep, l4, h4);
    store8(to + 5 * toStep, l5, h5);
  }
}

/** A': six products to four outputs. */
// @ts-ignore: decorator
@inline
function output1D(from: usize, step: usize, to: usize, toStep: usize): void {
  const at1 = from + step, at2 = at1 + step, at3 = at2 + step, at4 = at3 + step, at5 = at4 + step;
  const la = load4<Low>(at1), ha = load4<High>(at1), lb = load4<Low>(at2), hb = load4<High>(at2);
  const lc = load4<Low>(at3), hc = load4<High>(at3), ld = load4<Low>(at4), hd = load4<High>(at4);
  const ls = f32x4.add(la, lb), hs = f32x4.add(ha, hb), lm = f32x4.sub(la, lb), hm = f32x4.sub(ha, hb);
  const lt = f32x4.add(lc, ld), ht = f32x4.add(hc, hd), ln = f32x4.sub(lc, ld), hn = f32x4.sub(hc, hd);
  const l5 = load4<Low>(at5), h5 = load4<High>(at5);
  store8(to, f32x4.add(load4<Low>(from), f32x4.add(ls, lt)), f32x4.add(load4<High>(from), f32x4.add(hs, ht)));
  store8(to + toStep, mix(lm, A, ln, B), mix(hm, A, hn, B));
  store8(to + 2 * toStep, mix(ls, 0.5, lt, 2), mix(hs, 0.5, ht, 2));
  store8(to + 3 * toStep, madd(lm, A / 2, madd(ln, 2 * B, l5)), madd(hm, A / 2, madd(hn, 2 * B, h5)));
}

/** A: gradients of four outputs to those of six products. */
// @ts-ignore: decorator
@inline
function outputGradient1D(from: usize, step: usize, to: usize, toStep: usize): void {
  const at1 = from + step, at2 = at1 + step, at3 = at2 + step;
  const l0 = load4<Low>(from), h0 = load4<High>(from), l1 = load4<Low>(at1), h1 = load4<High>(at1);
  const l2 = load4<Low>(at2), h2 = load4<High>(at2), l3 = load4<Low>(at3), h3 = load4<High>(at3);
  store8(to, l0, h0);
  let le = madd(l2, 0.5, l0), he = madd(h2, 0.5, h0);
  let lo = mix(l1, A, l3, A / 2), ho = mix(h1, A, h3, A / 2);
  store8(to + toStep, f32x4.add(le, lo), f32x4.add(he, ho));
  store8(to + 2 * toStep, f32x4.sub(le, lo), f32x4.sub(he, ho));
  le = madd(l2, 2, l0), he = madd(h2, 2, h0);
  lo = mix(l1, B, l3, 2 * B), ho = mix(h1, B, h3, 2 * B);
  store8(to + 3 * toStep, f32x4.add(le, lo), f32x4.add(he, ho));
  store8(to + 4 * toStep, f32x4.sub(le, lo), f32x4.sub(he, ho));
  store8(to + 5 * toStep, l3, h3);
}

/** G: three taps to six factors. */
// @ts-ignore: decorator
@inline
function filter1D(from: usize, step: usize, to: usize, toStep: usize): void {
  const at1 = from + step, at2 = at1 + step;
  const l0 = load4<Low>(from), h0 = load4<High>(from), l1 = load4<Low>(at1), h1 = load4<High>(at1);
  const l2 = load4<Low>(at2), h2 = load4<High>(at2);
  store8(to, l0, h0);
  let le = mix(l0, -2 / 3.0, l2, -1 / 3.0), he = mix(h0, -2 / 3.0, h2, -1 / 3.0);
  store8(to + toStep, madd(l1, -2 * A / 3, le), madd(h1, -2 * A / 3, he));
  store8(to + 2 * toStep, madd(l1, 2 * A / 3, le), madd(h1, 2 * A / 3, he));
  le = mix(l0, 1 / 6.0, l2, 1 / 3.0), he = mix(h0, 1 / 6.0, h2, 1 / 3.0);
  store8(to + 3 * toStep, madd(l1, B / 6, le), madd(h1, B / 6, he));
  store8(to + 4 * toStep, madd(l1, -B / 6, le), madd(h1, -B / 6, he));
  store8(to + 5 * toStep, l2, h2);
}

/** G': gradients of six factors to those of three taps. */
// @ts-ignore: decorator
@inline
function filterGradient1D(from: usize, step: usize, to: usize, toStep: usize): void {
  const at1 = from + step, at2 = at1 + step, at3 = at2 + step, at4 = at3 + step, at5 = at4 + step;
  const la = load4<Low>(at1), ha = load4<High>(at1), lb = load4<Low>(at2), hb = load4<High>(at2);
  const lc = load4<Low>(at3), hc = load4<High>(at3), ld = load4<Low>(at4), hd = load4<High>(at4);
  const ls = f32x4.add(la, lb), hs = f32x4.add(ha, hb), lm = f32x4.sub(la, lb), hm = f32x4.sub(ha, hb);
  const lt = f32x4.add(lc, ld), ht = f32x4.add(hc, hd), ln = f32x4.sub(lc, ld), hn = f32x4.sub(hc, hd);
  const l0 = load4<Low>(from), h0 = load4<High>(from), l5 = load4<Low>(at5), h5 = load4<High>(at5);
  store8(to, madd(ls, -2 / 3.0, madd(lt, 1 / 6.0, l0)), madd(hs, -2 / 3.0, madd(ht, 1 / 6.0, h0)));
  store8(to + toStep, mix(lm, -2 * A / 3, ln, B / 6), mix(hm, -2 * A / 3, hn, B / 6));
  store8(to + 2 * toStep, madd(ls, -1 / 3.0, madd(lt, 1 / 3.0, l5)), madd(hs, -1 / 3.0, madd(ht, 1 / 3.0, h5)));
}

/** Six transforms. */
export function input1Dx6(from: usize, step: usize, next: usize, to: usize, toStep: usize, toNext: usize): void {
  input1D(from, step, to, toStep);
  input1D(from + next, step, to + toNext, toStep);
  input1D(from + 2 * next, step, to + 2 * toNext, toStep);
  input1D(from + 3 * next, step, to + 3 * toNext, toStep);
  input1D(from + 4 * next, step, to + 4 * toNext, toStep);
  input1D(from + 5 * next, step, to + 5 * toNext, toStep);
}

/** Six transforms. */
export function inputGradient1Dx6(from: usize, step: usize, next: usize, to: usize, toStep: usize, toNext: usize, add: bool): void {
  inputGradient1D(from, step, to, toStep, add);
  inputGradient1D(from + next, step, to + toNext, toStep, add);
  inputGradient1D(from + 2 * next, step, to + 2 * toNext, toStep, add);
  inputGradient1D(from + 3 * next, step, to + 3 * toNext, toStep, add);
  inputGradient1D(from + 4 * next, step, to + 4 * toNext, toStep, add);
  inputGradient1D(from + 5 * next, step, to + 5 * toNext, toStep, add);
}

/** Two transforms. */
export function output1Dx2(from: usize, step: usize, next: usize, to: usize, toStep: usize, toNext: usize): void {
  output1D(from, step, to, toStep);
  output1D(from + next, step, to + toNext, toStep);
}

/** Two transforms. */
export function outputGradient1Dx2(from: usize, step: usize, next: usize, to: usize, toStep: usize, toNext: usize): void {
  outputGradient1D(from, step, to, toStep);
  outputGradient1D(from + next, step, to + toNext, toStep);
}

/** Three transforms. */
export function filter1Dx3(from: usize, step: usize, next: usize, to: usize, toStep: usize, toNext: usize): void {
  filter1D(from, step, to, toStep);
  filter1D(from + next, step, to + toNext, toStep);
  filter1D(from + 2 * next, step, to + 2 * toNext, toStep);
}

/** Three transforms. */
export function filterGradient1Dx3(from: usize, step: usize, next: usize, to: usize, toStep: usize, toNext: usize): void {
  filterGradient1D(from, step, to, toStep);
  filterGradient1D(from + next, step, to + toNext, toStep);
  filterGradient1D(from + 2 * next, step, to + 2 * toNext, toStep);
}
