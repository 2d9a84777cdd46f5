// 3 by 3 convolution by Winograd's F(4x4, 3x3): tiles of 4 by 4 outputs from 6 by
// 6 inputs, with 36 products a channel pair instead of 144. Transformed, a
// convolution is 36 products of matrices, and so are both its gradients, by the
// transposed transforms of lines.ts:
//
//     V = B' x B      U = G w G'      y = A' (U V) A
//     Z = A dy A'     dU = V' Z       dx = B (Z U') B'     dw = G' dU G
//
// A transform goes along one axis to `lines`, 72 numbers of eight channels that
// stay in the cache, and from there along the other.

import {
  filterGradientLines,
  filterLines,
  inputGradientLines,
  inputLines,
  outputGradientLines,
  outputLines,
} from "./lines";
import { putLargest, spreadPool, throughRelu } from "./rectified";
import { addTo, EIGHT, get, GROUP, High, Low, partOf, pixelAt, put, relu, Stage } from "./stage";
import { addOuterProducts, LEAST_ROWS, product } from "./tile";

/** Products for each pair of channels. */
export const WINOGRAD_PARTS: i32 = 36;
/** Bytes of `lines`. */
export const LINES_BYTES: usize = 72 * EIGHT;

/** U[36, cin, cout] */
export function transformFilter(s: Stage, lines: usize): void {
  const step = <usize> (s.cin * s.cout) << 2; // from one tap, or part, to the next
  for (let i: usize = 0; i < step; i += EIGHT) {
    const u = s.forward + i;
    filterLines(s.filter + i, 3 * step, step, lines, 3 * EIGHT, EIGHT);
    filterLines(lines, EIGHT, 3 * EIGHT, u, step, 6 * step);
    filterLines(lines + 9 * EIGHT, EIGHT, 3 * EIGHT, u + 18 * step, step, 6 * step);
  }
}

/** U and its transpose. */
export function transformFilterBothWays(s: Stage, lines: usize): void {
  transformFilter(s, lines);
  transpose(s, WINOGRAD_PARTS);
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
  const values = arena + s.values, products = arena + s.products, lines = arena + s.lines;
  const tiles = GROUP * s.tilesH * s.tilesW, part = partOf(s, s.cin);
  const image = <usize> (s.tilesH * s.tilesW * s.cin) << 2;
  for (let i = 0; i < GROUP; i++) {
    const frame = pixelAt(arena + s.input, s, i, 0, 0, s.cin);
    transformInput(s, frame, s.tilesH, values + <usize> i * image, part, lines);
  }
  multiply(s, values, products, tiles);
  transformOutput(s, next, products, arena);
}

/** M[36, tiles, cout] = V[36, tiles, cin] U */
export function multiply(s: Stage, values: usize, products: usize, tiles: i32): void {
  const vPart = partOf(s, s.cin), mPart = partOf(s, s.cout);
  const uPart = <usize> (s.cin * s.cout) << 2;
  for (let part: usize = 0; part < <usize> WINOGRAD_PARTS; part++) {
    product(
      values + part * vPart, <usize> s.cin << 2,
      s.forward + part * uPart, s.cin,
      products + part * mPart, max(LEAST_ROWS, tiles), s.cout, s.narrow,
    );
  }
}

/** V[36, tiles, cin] of rows of tiles of a frame; parts lie `part` bytes apart. */
export function transformInput(
  s: Stage, frame: usize, tilesH: i32, v: usize, part: usize, lines: usize,
): void {
  const pixel = <usize> s.cin << 2, row = <usize> s.frameW * pixel;
  for (let y = 0; y < tilesH; y++) {
    for (let x = 0; x < s.tilesW; x++) {
      const from = frame + <usize> (4 * y) * row + <usize> (4 * x) * pixel;
      for (let c: usize = 0; c < pixel; c += EIGHT) {
        inputLines(from + c, row, pixel, lines, 6 * EIGHT, EIGHT);
        inputLines(lines, EIGHT, 6 * EIGHT, v + c, part, 6 * part);
      }
      v += pixel;
    }
  }
}

/** A' M A of eight channels of a tile; the address of its 4 by 4 outputs. */
// @ts-ignore: decorator
@inline
export function outputTile(m: usize, part: usize, lines: usize): usize {
  const outputs = lines + 36 * EIGHT;
  for (let y: usize = 0; y < 6; y += 2) {
    outputLines(m + 6 * y * part, part, 6 * part, lines + 4 * y * EIGHT, EIGHT, 4 * EIGHT);
  }
  outputLines(lines, 4 * EIGHT, EIGHT, outputs, 4 * EIGHT, EIGHT);
  outputLines(lines + 2 * EIGHT, 4 * EIGHT, EIGHT, outputs + 2 * EIGHT, 4 * EIGHT, EIGHT);
  return outputs;
}

/** relu(A' M A + bias), pooled or not, into the frame of the next stage. */
function transformOutput(s: Stage, next: Stage, products: usize, arena: usize): void {
  const pixel = <usize> s.cout << 2;
  const part = partOf(s, s.cout);
  let m = products;
  for (let image = 0; image < GROUP; image++) {
    for (let y = 0; y < s.tilesH; y++) {
      for (let x = 0; x < s.tilesW; x++) {
        for (let c: usize = 0; c < pixel; c += EIGHT) {
          const outputs = outputTile(m + c, part, arena + s.lines);
          if (s.pooled) putPools(s, next, arena, image, 2 * y, 2 * x, outputs, c);
          else putPixels(s, next, arena, image, 4 * y, 4 * x, outputs, c);
        }
        m += pixel;
      }
    }
  }
}

/** The outputs of a tile at (y, x) that lie in the image, through relu. */
// @ts-ignore: decorator
@inline
function putPixels(
  s: Stage, next: Stage, arena: usize, image: i32, y: i32, x: i32, outputs: usize, c: usize,
): void {
  const lowBias = get<Low>(s.bias + c), highBias = get<High>(s.bias + c);
  const height = min(4, s.h - y), width = min(4, s.w - x);
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const from = outputs + <usize> (4 * i + j) * EIGHT;
      const to = pixelAt(arena + next.input, next, image, y + i + 1, x + j + 1, s.cout) + c;
      put(to, relu(f32x4.add(get<Low>(from), lowBias)), relu(f32x4.add(get<High>(from), highBias)));
    }
  }
}

/** The pools of a tile, the first at (y, x), that lie in the image. */
// @ts-ignore: decorator
@inline
function putPools(
  s: Stage, next: Stage, arena: usize, image: i32, y: i32, x: i32, outputs: usize, c: usize,
): void {
  const lowBias = get<Low>(s.bias + c), highBias = get<High>(s.bias + c);
  const height = min(2, s.h / 2 - y), width = min(2, s.w / 2 - x);
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const from = outputs + <usize> (8 * i + 2 * j) * EIGHT;
      const to = pixelAt(arena + next.input, next, image, y + i + 1, x + j + 1, s.cout) + c;
      putLargest(
        f32x4.add(get<Low>(from), lowBias), f32x4.add(get<High>(from), highBias),
        f32x4.add(get<Low>(from + EIGHT), lowBias), f32x4.add(get<High>(from + EIGHT), highBias),
        f32x4.add(get<Low>(from + 4 * EIGHT), lowBias), f32x4.add(get<High>(from + 4 * EIGHT), highBias),
        f32x4.add(get<Low>(from + 5 * EIGHT), lowBias), f32x4.add(get<High>(from + 5 * EIGHT), highBias),
        to, switchAt(s, arena, image, y + i, x + j) + c,
      );
    }
  }
}

/** Where it is kept which of the four pixels of pool (y, x) was the largest. */
// @ts-ignore: decorator
@inline
function switchAt(s: Stage, arena: usize, image: i32, y: i32, x: i32): usize {
  return arena + s.switches +
    (<usize> (((image * (s.h / 2) + y) * (s.w / 2) + x) * s.cout) << 2);
}

/** Gradients of filter, bias and, unless this stage is the first, of the input. */
export function backward(s: Stage, next: Stage, arena: usize, sums: usize, first: bool): void {
  const tiles = GROUP * s.tilesH * s.tilesW;
  const values = arena + s.values, z = arena + s.products;
  transformGradient(s, next, arena, z, sums + s.biasSums);
  const vPart = partOf(s, s.cin), zPart = partOf(s, s.cout);
  const uPart = <usize> (s.cin * s.cout) << 2;
  for (let part: usize = 0; part < <usize> WINOGRAD_PARTS; part++) {
    const v = values + part * vPart;
    addOuterProducts(v, s.cin, z + part * zPart, s.cout, tiles, sums + s.sums + part * uPart, s.narrow);
    if (first) continue;
    product(z + part * zPart, <usize> s.cout << 2, s.backward + part * uPart, s.cout, v, max(LEAST_ROWS, tiles), s.cin, s.narrow);
  }
  if (!first) spreadInput(s, arena, values);
}

/** A dy A' of the 4 by 4 gradients that wait where outputTile put its outputs. */
// @ts-ignore: decorator
@inline
export function gradientTile(z: usize, part: usize, lines: usize): void {
  const dy = lines + 36 * EIGHT;
  outputGradientLines(dy, 4 * EIGHT, EIGHT, lines, 4 * EIGHT, EIGHT);
  outputGradientLines(dy + 2 * EIGHT, 4 * EIGHT, EIGHT, lines + 2 * EIGHT, 4 * EIGHT, EIGHT);
  for (let y: usize = 0; y < 6; y += 2) {
    outputGradientLines(lines + 4 * y * EIGHT, EIGHT, 4 * EIGHT, z + 6 * y * part, part, 6 * part);
  }
}

/** Z[36, tiles, cout] = A dy A', dy taken through pooling and relu. */
function transformGradient(s: Stage, next: Stage, arena: usize, z: usize, biasSums: usize): void {
  const pixel = <usize> s.cout << 2;
  const part = partOf(s, s.cout);
  const lines = arena + s.lines, dy = lines + 36 * EIGHT;
  for (let image = 0; image < GROUP; image++) {
    for (let y = 0; y < s.tilesH; y++) {
      for (let x = 0; x < s.tilesW; x++) {
        for (let c: usize = 0; c < pixel; c += EIGHT) {
          memory.fill(dy, 0, 16 * EIGHT);
          if (s.pooled) getPools(s, next, arena, image, 2 * y, 2 * x, dy, c, biasSums + c);
          else getPixels(s, next, arena, image, 4 * y, 4 * x, dy, c, biasSums + c);
          gradientTile(z + c, part, lines);
        }
        z += pixel;
      }
    }
  }
}

/** Gradients of a tile at (y, x) as far as it lies in the image; their sum. */
// @ts-ignore: decorator
@inline
function getPixels(
  s: Stage, next: Stage, arena: usize, image: i32, y: i32, x: i32, dy: usize, c: usize, biasSums: usize,
): void {
  const height = min(4, s.h - y), width = min(4, s.w - x);
  const toAnswer = next.input - next.dInput;
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const from = pixelAt(arena + next.dInput, next, image, y + i + 1, x + j + 1, s.cout) + c;
      const l = throughRelu<Low>(from, toAnswer), h = throughRelu<High>(from, toAnswer);
      put(dy + <usize> (4 * i + j) * EIGHT, l, h);
      addTo(biasSums, l, h);
    }
  }
}

/** The same of pools, in each of which one of four pixels has the gradient. */
// @ts-ignore: decorator
@inline
function getPools(
  s: Stage, next: Stage, arena: usize, image: i32, y: i32, x: i32, dy: usize, c: usize, biasSums: usize,
): void {
  const height = min(2, s.h / 2 - y), width = min(2, s.w / 2 - x);
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const from = pixelAt(arena + next.dInput, next, image, y + i + 1, x + j + 1, s.cout) + c;
      const to = dy + <usize> (8 * i + 2 * j) * EIGHT;
      spreadPool(from, switchAt(s, arena, image, y + i, x + j) + c, to, EIGHT, 4 * EIGHT, biasSums);
    }
  }
}

/** dx += B dV B', tile by tile; tiles overlap by two pixels. */
function spreadInput(s: Stage, arena: usize, values: usize): void {
  const pixel = <usize> s.cin << 2, row = <usize> s.frameW * pixel;
  const part = partOf(s, s.cin);
  const lines = arena + s.lines;
  memory.fill(arena + s.dInput, 0, <usize> (GROUP * s.frameH) * row);
  let v = values;
  for (let image = 0; image < GROUP; image++) {
    for (let y = 0; y < s.tilesH; y++) {
      for (let x = 0; x < s.tilesW; x++) {
        const to = pixelAt(arena + s.dInput, s, image, 4 * y, 4 * x, s.cin);
        for (let c: usize = 0; c < pixel; c += EIGHT) {
          inputGradientLines(v + c, part, 6 * part, lines, EIGHT, 6 * EIGHT, false);
          inputGradientLines(lines, 6 * EIGHT, EIGHT, to + c, row, pixel, true);
        }
        v += pixel;
      }
    }
  }
}

/** dw = G' dU G of the summed dU. */
export function filterGradient(s: Stage, sums: usize, lines: usize): void {
  const step = <usize> (s.cin * s.cout) << 2;
  for (let i: usize = 0; i < step; i += EIGHT) {
    filterGradientLines(sums + i, 6 * step, step, lines, 6 * EIGHT, EIGHT);
    filterGradientLines(sums + i + 3 * step, 6 * step, step, lines + 3 * EIGHT, 6 * EIGHT, EIGHT);
    filterGradientLines(lines, EIGHT, 6 * EIGHT, s.dFilter + i, step, 3 * step);
  }
}
