// Winograd's F(4x4, 3x3) along one axis (Lavin and Gray 2016, arXiv:1509.09308):
// four outputs of three taps by six products. A polynomial's values at 0, a, -a,
// b, -b and infinity stand for its coefficients. a = sqrt(1/2) and b = sqrt(2)
// round less than the usual 1 and 2, and ab = 1 makes most factors equal.
//
// A line is of numbers `step` bytes apart, each of eight channels, and is written
// `toStep` apart; the next line lies `next` and `toNext` on. The transposed
// transforms carry gradients. Functions make several lines without a loop, and
// have more than one caller so that they are not inlined in one: V8 keeps what a
// loop's vectors hold for the next turn, and takes joined vectors apart for it.

import { addTo, get, High, Low, put } from "./stage";

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

/** Six pixels -> six values: B'. */
// @ts-ignore: decorator
@inline
function inputLine(from: usize, step: usize, to: usize, toStep: usize): void {
  const at1 = from + step, at2 = at1 + step, at3 = at2 + step, at4 = at3 + step, at5 = at4 + step;
  const l1 = get<Low>(at1), h1 = get<High>(at1), l2 = get<Low>(at2), h2 = get<High>(at2);
  const l3 = get<Low>(at3), h3 = get<High>(at3), l4 = get<Low>(at4), h4 = get<High>(at4);
  put(to, f32x4.add(madd(l2, -2.5, l4), get<Low>(from)), f32x4.add(madd(h2, -2.5, h4), get<High>(from)));
  let le = madd(l2, -2, l4), he = madd(h2, -2, h4);
  let lo = mix(l3, A, l1, -B), ho = mix(h3, A, h1, -B);
  put(to + toStep, f32x4.add(le, lo), f32x4.add(he, ho));
  put(to + 2 * toStep, f32x4.sub(le, lo), f32x4.sub(he, ho));
  le = madd(l2, -0.5, l4), he = madd(h2, -0.5, h4);
  lo = mix(l3, B, l1, -A), ho = mix(h3, B, h1, -A);
  put(to + 3 * toStep, f32x4.add(le, lo), f32x4.add(he, ho));
  put(to + 4 * toStep, f32x4.sub(le, lo), f32x4.sub(he, ho));
  put(to + 5 * toStep, f32x4.add(madd(l3, -2.5, l1), get<Low>(at5)), f32x4.add(madd(h3, -2.5, h1), get<High>(at5)));
}

/** Gradients of six values -> those of six pixels, put there or added: B. */
// @ts-ignore: decorator
@inline
function inputGradientLine(from: usize, step: usize, to: usize, toStep: usize, add: bool): void {
  const at1 = from + step, at2 = at1 + step, at3 = at2 + step, at4 = at3 + step, at5 = at4 + step;
  const l0 = get<Low>(from), h0 = get<High>(from), l5 = get<Low>(at5), h5 = get<High>(at5);
  const la = get<Low>(at1), ha = get<High>(at1), lb = get<Low>(at2), hb = get<High>(at2);
  const lc = get<Low>(at3), hc = get<High>(at3), ld = get<Low>(at4), hd = get<High>(at4);
  const ls = f32x4.add(la, lb), hs = f32x4.add(ha, hb), lm = f32x4.sub(la, lb), hm = f32x4.sub(ha, hb);
  const lt = f32x4.add(lc, ld), ht = f32x4.add(hc, hd), ln = f32x4.sub(lc, ld), hn = f32x4.sub(hc, hd);
  const l1 = madd(lm, -B, madd(ln, -A, l5)), h1 = madd(hm, -B, madd(hn, -A, h5));
  const l2 = madd(l0, -2.5, mix(ls, -2, lt, -0.5)), h2 = madd(h0, -2.5, mix(hs, -2, ht, -0.5));
  const l3 = madd(l5, -2.5, mix(lm, A, ln, B)), h3 = madd(h5, -2.5, mix(hm, A, hn, B));
  const l4 = f32x4.add(l0, f32x4.add(ls, lt)), h4 = f32x4.add(h0, f32x4.add(hs, ht));
  if (add) {
    addTo(to, l0, h0);
    addTo(to + toStep, l1, h1);
    addTo(to + 2 * toStep, l2, h2);
    addTo(to + 3 * toStep, l3, h3);
    addTo(to + 4 * toStep, l4, h4);
    addTo(to + 5 * toStep, l5, h5);
  } else {
    put(to, l0, h0);
    put(to + toStep, l1, h1);
    put(to + 2 * toStep, l2, h2);
    put(to + 3 * toStep, l3, h3);
    put(to + 4 * toStep, l4, h4);
    put(to + 5 * toStep, l5, h5);
  }
}

/** Six products -> four outputs: A'. */
// @ts-ignore: decorator
@inline
function outputLine(from: usize, step: usize, to: usize, toStep: usize): void {
  const at1 = from + step, at2 = at1 + step, at3 = at2 + step, at4 = at3 + step, at5 = at4 + step;
  const la = get<Low>(at1), ha = get<High>(at1), lb = get<Low>(at2), hb = get<High>(at2);
  const lc = get<Low>(at3), hc = get<High>(at3), ld = get<Low>(at4), hd = get<High>(at4);
  const ls = f32x4.add(la, lb), hs = f32x4.add(ha, hb), lm = f32x4.sub(la, lb), hm = f32x4.sub(ha, hb);
  const lt = f32x4.add(lc, ld), ht = f32x4.add(hc, hd), ln = f32x4.sub(lc, ld), hn = f32x4.sub(hc, hd);
  const l5 = get<Low>(at5), h5 = get<High>(at5);
  put(to, f32x4.add(get<Low>(from), f32x4.add(ls, lt)), f32x4.add(get<High>(from), f32x4.add(hs, ht)));
  put(to + toStep, mix(lm, A, ln, B), mix(hm, A, hn, B));
  put(to + 2 * toStep, mix(ls, 0.5, lt, 2), mix(hs, 0.5, ht, 2));
  put(to + 3 * toStep, madd(lm, A / 2, madd(ln, 2 * B, l5)), madd(hm, A / 2, madd(hn, 2 * B, h5)));
}

/** Gradients of four outputs -> those of six products: A. */
// @ts-ignore: decorator
@inline
function outputGradientLine(from: usize, step: usize, to: usize, toStep: usize): void {
  const at1 = from + step, at2 = at1 + step, at3 = at2 + step;
  const l0 = get<Low>(from), h0 = get<High>(from), l1 = get<Low>(at1), h1 = get<High>(at1);
  const l2 = get<Low>(at2), h2 = get<High>(at2), l3 = get<Low>(at3), h3 = get<High>(at3);
  put(to, l0, h0);
  let le = madd(l2, 0.5, l0), he = madd(h2, 0.5, h0);
  let lo = mix(l1, A, l3, A / 2), ho = mix(h1, A, h3, A / 2);
  put(to + toStep, f32x4.add(le, lo), f32x4.add(he, ho));
  put(to + 2 * toStep, f32x4.sub(le, lo), f32x4.sub(he, ho));
  le = madd(l2, 2, l0), he = madd(h2, 2, h0);
  lo = mix(l1, B, l3, 2 * B), ho = mix(h1, B, h3, 2 * B);
  put(to + 3 * toStep, f32x4.add(le, lo), f32x4.add(he, ho));
  put(to + 4 * toStep, f32x4.sub(le, lo), f32x4.sub(he, ho));
  put(to + 5 * toStep, l3, h3);
}

/** Three taps -> six factors: G. */
// @ts-ignore: decorator
@inline
function filterLine(from: usize, step: usize, to: usize, toStep: usize): void {
  const at1 = from + step, at2 = at1 + step;
  const l0 = get<Low>(from), h0 = get<High>(from), l1 = get<Low>(at1), h1 = get<High>(at1);
  const l2 = get<Low>(at2), h2 = get<High>(at2);
  put(to, l0, h0);
  let le = mix(l0, -2 / 3.0, l2, -1 / 3.0), he = mix(h0, -2 / 3.0, h2, -1 / 3.0);
  put(to + toStep, madd(l1, -2 * A / 3, le), madd(h1, -2 * A / 3, he));
  put(to + 2 * toStep, madd(l1, 2 * A / 3, le), madd(h1, 2 * A / 3, he));
  le = mix(l0, 1 / 6.0, l2, 1 / 3.0), he = mix(h0, 1 / 6.0, h2, 1 / 3.0);
  put(to + 3 * toStep, madd(l1, B / 6, le), madd(h1, B / 6, he));
  put(to + 4 * toStep, madd(l1, -B / 6, le), madd(h1, -B / 6, he));
  put(to + 5 * toStep, l2, h2);
}

/** Gradients of six factors -> those of three taps: G'. */
// @ts-ignore: decorator
@inline
function filterGradientLine(from: usize, step: usize, to: usize, toStep: usize): void {
  const at1 = from + step, at2 = at1 + step, at3 = at2 + step, at4 = at3 + step, at5 = at4 + step;
  const la = get<Low>(at1), ha = get<High>(at1), lb = get<Low>(at2), hb = get<High>(at2);
  const lc = get<Low>(at3), hc = get<High>(at3), ld = get<Low>(at4), hd = get<High>(at4);
  const ls = f32x4.add(la, lb), hs = f32x4.add(ha, hb), lm = f32x4.sub(la, lb), hm = f32x4.sub(ha, hb);
  const lt = f32x4.add(lc, ld), ht = f32x4.add(hc, hd), ln = f32x4.sub(lc, ld), hn = f32x4.sub(hc, hd);
  const l0 = get<Low>(from), h0 = get<High>(from), l5 = get<Low>(at5), h5 = get<High>(at5);
  put(to, madd(ls, -2 / 3.0, madd(lt, 1 / 6.0, l0)), madd(hs, -2 / 3.0, madd(ht, 1 / 6.0, h0)));
  put(to + toStep, mix(lm, -2 * A / 3, ln, B / 6), mix(hm, -2 * A / 3, hn, B / 6));
  put(to + 2 * toStep, madd(ls, -1 / 3.0, madd(lt, 1 / 3.0, l5)), madd(hs, -1 / 3.0, madd(ht, 1 / 3.0, h5)));
}

/** Six lines. */
export function inputLines(from: usize, step: usize, next: usize, to: usize, toStep: usize, toNext: usize): void {
  inputLine(from, step, to, toStep);
  inputLine(from + next, step, to + toNext, toStep);
  inputLine(from + 2 * next, step, to + 2 * toNext, toStep);
  inputLine(from + 3 * next, step, to + 3 * toNext, toStep);
  inputLine(from + 4 * next, step, to + 4 * toNext, toStep);
  inputLine(from + 5 * next, step, to + 5 * toNext, toStep);
}

/** Six lines. */
export function inputGradientLines(from: usize, step: usize, next: usize, to: usize, toStep: usize, toNext: usize, add: bool): void {
  inputGradientLine(from, step, to, toStep, add);
  inputGradientLine(from + next, step, to + toNext, toStep, add);
  inputGradientLine(from + 2 * next, step, to + 2 * toNext, toStep, add);
  inputGradientLine(from + 3 * next, step, to + 3 * toNext, toStep, add);
  inputGradientLine(from + 4 * next, step, to + 4 * toNext, toStep, add);
  inputGradientLine(from + 5 * next, step, to + 5 * toNext, toStep, add);
}

/** Two lines. */
export function outputLines(from: usize, step: usize, next: usize, to: usize, toStep: usize, toNext: usize): void {
  outputLine(from, step, to, toStep);
  outputLine(from + next, step, to + toNext, toStep);
}

/** Two lines. */
export function outputGradientLines(from: usize, step: usize, next: usize, to: usize, toStep: usize, toNext: usize): void {
  outputGradientLine(from, step, to, toStep);
  outputGradientLine(from + next, step, to + toNext, toStep);
}

/** Three lines. */
export function filterLines(from: usize, step: usize, next: usize, to: usize, toStep: usize, toNext: usize): void {
  filterLine(from, step, to, toStep);
  filterLine(from + next, step, to + toNext, toStep);
  filterLine(from + 2 * next, step, to + 2 * toNext, toStep);
}

/** Three lines. */
export function filterGradientLines(from: usize, step: usize, next: usize, to: usize, toStep: usize, toNext: usize): void {
  filterGradientLine(from, step, to, toStep);
  filterGradientLine(from + next, step, to + toNext, toStep);
  filterGradientLine(from + 2 * next, step, to + 2 * toNext, toStep);
}
