// 3 by 3 convolution by Winograd's F(4x4, 3x3) (Lavin and Gray 2016, arXiv:1509.09308):
// a tile of 4 by 4 outputs from 6 by 6 inputs with 36 products for each pair of
// channels, instead of 144. With the inputs x and the filter w transformed, a
// convolution is 36 products of matrices, M = V U, one for each place in a tile. So are
// its gradients, by the transposed transforms (' is a transpose, d a gradient):
//
//     V = B' x B      U = G w G'      y = A' M A
//     Z = A dy A'     dU = V' Z       dx = B (Z U') B'     dw = G' dU G
//
// A transform goes along one axis into a workspace, 72 numbers of eight channels that
// stay in the cache, and from there along the other axis.

import {
  filterGradient1Dx3,
  filter1Dx3,
  inputGradient1Dx6,
  input1Dx6,
  outputGradient1Dx2,
  output1Dx2,
} from "./winograd_1d";
import { reluMaxPool, reluMaxPoolGradient, reluGradient } from "./relu_pool";
import {
  add8, BYTES_OF_8, High, IMAGES_PER_GROUP, load4, Low, partBytes, pixelAt, relu, Stage, store8,
} from "./stage";
import { addOuterProducts, MIN_PRODUCT_ROWS, multiplyMatrices } from "./microkernels";

/** Matrices of V, U, M and Z: the products for each pair of channels. */
export const WINOGRAD_PARTS: i32 = 36;
/** Bytes of the workspace of a transform. */
export const WINOGRAD_WORKSPACE_BYTES: usize = 72 * BYTES_OF_8;

/** U[36, cin, cout]. */
export function transformFilter(s: Stage, workspace: usize): void {
  const step = <usize> (s.cin * s.cout) << 2; // bytes from one tap, or one matrix of U, to the next
  for (let i: usize = 0; i < step; i += BYTES_OF_8) {
    const u = s.transformedFilter + i;
    filter1Dx3(s.filter + i, 3 * step, step, workspace, 3 * BYTES_OF_8, BYTES_OF_8);
    filter1Dx3(workspace, BYTES_OF_8, 3 * BYTES_OF_8, u, step, 6 * step);
    filter1Dx3(workspace + 9 * BYTES_OF_8, BYTES_OF_8, 3 * BYTES_OF_8, u + 18 * step, step, 6 * step);
  }
}

/** U and its transpose. */
export function transformFilterBothWays(s: Stage, workspace: usize): void {
  transformFilter(s, workspace);
  transpose(s, WINOGRAD_PARTS);
}

/** The transposed filter [parts, cout, cin] from the transformed one. */
export function transpose(s: Stage, parts: i32): void {
  let to = s.transposedFilter;
  for (let part = 0; part < parts; part++) {
    const from = s.transformedFilter + (<usize> (part * s.cin * s.cout) << 2);
    for (let o = 0; o < s.cout; o++) {
      for (let i = 0; i < s.cin; i++) {
        store<f32>(to, load<f32>(from + (<usize> (i * s.cout + o) << 2)));
        to += 4;
      }
    }
  }
}

/** Computes the input of the next stage from that of this one. */
export function forward(s: Stage, next: Stage, arena: usize): void {
  const transformed = arena + s.transformedInput, products = arena + s.products, workspace = arena + s.workspace;
  const tiles = IMAGES_PER_GROUP * s.tilesH * s.tilesW, part = partBytes(s, s.cin);
  const image = <usize> (s.tilesH * s.tilesW * s.cin) << 2;
  for (let i = 0; i < IMAGES_PER_GROUP; i++) {
    const padded = pixelAt(arena + s.input, s, i, 0, 0, s.cin);
    transformInput(s, padded, s.tilesH, transformed + <usize> i * image, part, workspace);
  }
  multiply(s, transformed, products, tiles);
  transformOutput(s, next, products, arena);
}

/** M[36, tiles, cout] = V[36, tiles, cin] U. */
export function multiply(s: Stage, transformed: usize, products: usize, tiles: i32): void {
  const vPart = partBytes(s, s.cin), mPart = partBytes(s, s.cout);
  const uPart = <usize> (s.cin * s.cout) << 2;
  for (let part: usize = 0; part < <usize> WINOGRAD_PARTS; part++) {
    multiplyMatrices(
      transformed + part * vPart, <usize> s.cin << 2,
      s.transformedFilter + part * uPart, s.cin,
      products + part * mPart, max(MIN_PRODUCT_ROWS, tiles), s.cout, s.smallBlock,
    );
  }
}

/**
 * V[36, tiles, cin] of `tilesH` rows of tiles of a padded image. From one matrix to the
 * next there are `part` bytes.
 */
export function transformInput(
  s: Stage, padded: usize, tilesH: i32, v: usize, part: usize, workspace: usize,
): void {
  const pixel = <usize> s.cin << 2, row = <usize> s.paddedW * pixel;
  for (let y = 0; y < tilesH; y++) {
    for (let x = 0; x < s.tilesW; x++) {
      const from = padded + <usize> (4 * y) * row + <usize> (4 * x) * pixel;
      for (let c: usize = 0; c < pixel; c += BYTES_OF_8) {
        input1Dx6(from + c, row, pixel, workspace, 6 * BYTES_OF_8, BYTES_OF_8);
        input1Dx6(workspace, BYTES_OF_8, 6 * BYTES_OF_8, v + c, part, 6 * part);
      }
      v += pixel;
    }
  }
}

/** Computes A' M A for eight channels of a tile, and returns where its 4 by 4 outputs are. */
// @ts-ignore: decorator
@inline
export function outputTile(m: usize, part: usize, workspace: usize): usize {
  const outputs = workspace + 36 * BYTES_OF_8;
  for (let y: usize = 0; y < 6; y += 2) {
    output1Dx2(m + 6 * y * part, part, 6 * part, workspace + 4 * y * BYTES_OF_8, BYTES_OF_8, 4 * BYTES_OF_8);
  }
  output1Dx2(workspace, 4 * BYTES_OF_8, BYTES_OF_8, outputs, 4 * BYTES_OF_8, BYTES_OF_8);
  output1Dx2(workspace + 2 * BYTES_OF_8, 4 * BYTES_OF_8, BYTES_OF_8, outputs + 2 * BYTES_OF_8, 4 * BYTES_OF_8, BYTES_OF_8);
  return outputs;
}

/** Writes relu(A' M A + bias), pooled or not, to the padded input of the next stage. */
function transformOutput(s: Stage, next: Stage, products: usize, arena: usize): void {
  const pixel = <usize> s.cout << 2;
  const part = partBytes(s, s.cout);
  let m = products;
  for (let image = 0; image < IMAGES_PER_GROUP; image++) {
    for (let y = 0; y < s.tilesH; y++) {
      for (let x = 0; x < s.tilesW; x++) {
        for (let c: usize = 0; c < pixel; c += BYTES_OF_8) {
          const outputs = outputTile(m + c, part, arena + s.workspace);
          if (s.pooled) storePools(s, next, arena, image, 2 * y, 2 * x, outputs, c);
          else storePixels(s, next, arena, image, 4 * y, 4 * x, outputs, c);
        }
        m += pixel;
      }
    }
  }
}

/** Writes relu of a tile's outputs, as far as they are inside the image. */
// @ts-ignore: decorator
@inline
function storePixels(
  s: Stage, next: Stage, arena: usize, image: i32, y: i32, x: i32, outputs: usize, c: usize,
): void {
  const lowBias = load4<Low>(s.bias + c), highBias = load4<High>(s.bias + c);
  const height = min(4, s.h - y), width = min(4, s.w - x);
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const from = outputs + <usize> (4 * i + j) * BYTES_OF_8;
      const to = pixelAt(arena + next.input, next, image, y + i + 1, x + j + 1, s.cout) + c;
      store8(to, relu(f32x4.add(load4<Low>(from), lowBias)), relu(f32x4.add(load4<High>(from), highBias)));
    }
  }
}

/**
 * Writes relu of the largest output of each pooling window of a tile, as far as they
 * are inside the image.
 */
// @ts-ignore: decorator
@inline
function storePools(
  s: Stage, next: Stage, arena: usize, image: i32, y: i32, x: i32, outputs: usize, c: usize,
): void {
  const lowBias = load4<Low>(s.bias + c), highBias = load4<High>(s.bias + c);
  const height = min(2, s.h / 2 - y), width = min(2, s.w / 2 - x);
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const from = outputs + <usize> (8 * i + 2 * j) * BYTES_OF_8;
      const to = pixelAt(arena + next.input, next, image, y + i + 1, x + j + 1, s.cout) + c;
      reluMaxPool(
        f32x4.add(load4<Low>(from), lowBias), f32x4.add(load4<High>(from), highBias),
        f32x4.add(load4<Low>(from + BYTES_OF_8), lowBias), f32x4.add(load4<High>(from + BYTES_OF_8), highBias),
        f32x4.add(load4<Low>(from + 4 * BYTES_OF_8), lowBias), f32x4.add(load4<High>(from + 4 * BYTES_OF_8), highBias),
        f32x4.add(load4<Low>(from + 5 * BYTES_OF_8), lowBias), f32x4.add(load4<High>(from + 5 * BYTES_OF_8), highBias),
        to, argmaxAt(s, arena, image, y + i, x + j) + c,
      );
    }
  }
}

/** Where the argmax of the pooling window (y, x) is stored. */
// @ts-ignore: decorator
@inline
function argmaxAt(s: Stage, arena: usize, image: i32, y: i32, x: i32): usize {
  return arena + s.argmax +
    (<usize> (((image * (s.h / 2) + y) * (s.w / 2) + x) * s.cout) << 2);
}

/**
 * Adds the gradients of filter and bias and, unless this stage is the `first`, writes
 * that of the input.
 */
export function backward(s: Stage, next: Stage, arena: usize, sums: usize, first: bool): void {
  const tiles = IMAGES_PER_GROUP * s.tilesH * s.tilesW;
  const transformed = arena + s.transformedInput, z = arena + s.products;
  transformGradient(s, next, arena, z, sums + s.biasSums);
  const vPart = partBytes(s, s.cin), zPart = partBytes(s, s.cout);
  const uPart = <usize> (s.cin * s.cout) << 2;
  for (let part: usize = 0; part < <usize> WINOGRAD_PARTS; part++) {
    const v = transformed + part * vPart;
    addOuterProducts(v, s.cin, z + part * zPart, s.cout, tiles, sums + s.filterSums + part * uPart, s.smallBlock);
    if (first) continue;
    multiplyMatrices(z + part * zPart, <usize> s.cout << 2, s.transposedFilter + part * uPart, s.cout, v, max(MIN_PRODUCT_ROWS, tiles), s.cin, s.smallBlock);
  }
  if (!first) inputGradient(s, arena, transformed);
}

/** A dy A', where dy are 4 by 4 gradients at the place where outputTile has its outputs. */
// @ts-ignore: decorator
@inline
export function gradientTile(z: usize, part: usize, workspace: usize): void {
  const dy = workspace + 36 * BYTES_OF_8;
  outputGradient1Dx2(dy, 4 * BYTES_OF_8, BYTES_OF_8, workspace, 4 * BYTES_OF_8, BYTES_OF_8);
  outputGradient1Dx2(dy + 2 * BYTES_OF_8, 4 * BYTES_OF_8, BYTES_OF_8, workspace + 2 * BYTES_OF_8, 4 * BYTES_OF_8, BYTES_OF_8);
  for (let y: usize = 0; y < 6; y += 2) {
    outputGradient1Dx2(workspace + 4 * y * BYTES_OF_8, BYTES_OF_8, 4 * BYTES_OF_8, z + 6 * y * part, part, 6 * part);
  }
}

/** Z[36, tiles, cout] = A dy A' with the gradient dy of the convolution's output. */
function transformGradient(s: Stage, next: Stage, arena: usize, z: usize, biasSums: usize): void {
  const pixel = <usize> s.cout << 2;
  const part = partBytes(s, s.cout);
  const workspace = arena + s.workspace, dy = workspace + 36 * BYTES_OF_8;
  for (let image = 0; image < IMAGES_PER_GROUP; image++) {
    for (let y = 0; y < s.tilesH; y++) {
      for (let x = 0; x < s.tilesW; x++) {
        for (let c: usize = 0; c < pixel; c += BYTES_OF_8) {
          memory.fill(dy, 0, 16 * BYTES_OF_8);
          if (s.pooled) loadPoolGradients(s, next, arena, image, 2 * y, 2 * x, dy, c, biasSums + c);
          else loadPixelGradients(s, next, arena, image, 4 * y, 4 * x, dy, c, biasSums + c);
          gradientTile(z + c, part, workspace);
        }
        z += pixel;
      }
    }
  }
}

/**
 * Writes the gradients of a tile's outputs before relu to `dy`, as far as they are inside
 * the image, and adds them to the gradient of the bias.
 */
// @ts-ignore: decorator
@inline
function loadPixelGradients(
  s: Stage, next: Stage, arena: usize, image: i32, y: i32, x: i32, dy: usize, c: usize, biasSums: usize,
): void {
  const height = min(4, s.h - y), width = min(4, s.w - x);
  const toOutput = next.input - next.dInput;
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const from = pixelAt(arena + next.dInput, next, image, y + i + 1, x + j + 1, s.cout) + c;
      const l = reluGradient<Low>(from, toOutput), h = reluGradient<High>(from, toOutput);
      store8(dy + <usize> (4 * i + j) * BYTES_OF_8, l, h);
      add8(biasSums, l, h);
    }
  }
}

/** The same with pooling: in each window one of four outputs has the gradient. */
// @ts-ignore: decorator
@inline
function loadPoolGradients(
  s: Stage, next: Stage, arena: usize, image: i32, y: i32, x: i32, dy: usize, c: usize, biasSums: usize,
): void {
  const height = min(2, s.h / 2 - y), width = min(2, s.w / 2 - x);
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const from = pixelAt(arena + next.dInput, next, image, y + i + 1, x + j + 1, s.cout) + c;
      const to = dy + <usize> (8 * i + 2 * j) * BYTES_OF_8;
      reluMaxPoolGradient(from, argmaxAt(s, arena, image, y + i, x + j) + c, to, BYTES_OF_8, 4 * BYTES_OF_8, biasSums);
    }
  }
}

/** dx, the sum of B dV B' over all tiles; neighbours overlap by two pixels. */
function inputGradient(s: Stage, arena: usize, transformed: usize): void {
  const pixel = <usize> s.cin << 2, row = <usize> s.paddedW * pixel;
  const part = partBytes(s, s.cin);
  const workspace = arena + s.workspace;
  memory.fill(arena + s.dInput, 0, <usize> (IMAGES_PER_GROUP * s.paddedH) * row);
  let v = transformed;
  for (let image = 0; image < IMAGES_PER_GROUP; image++) {
    for (let y = 0; y < s.tilesH; y++) {
      for (let x = 0; x < s.tilesW; x++) {
        const to = pixelAt(arena + s.dInput, s, image, 4 * y, 4 * x, s.cin);
        for (let c: usize = 0; c < pixel; c += BYTES_OF_8) {
          inputGradient1Dx6(v + c, part, 6 * part, workspace, BYTES_OF_8, 6 * BYTES_OF_8, false);
          inputGradient1Dx6(workspace, 6 * BYTES_OF_8, BYTES_OF_8, to + c, row, pixel, true);
        }
        v += pixel;
      }
    }
  }
}

/** dw = G' dU G from the sum of dU. */
export function filterGradient(s: Stage, sums: usize, workspace: usize): void {
  const step = <usize> (s.cin * s.cout) << 2;
  for (let i: usize = 0; i < step; i += BYTES_OF_8) {
    filterGradient1Dx3(sums + i, 6 * step, step, workspace, 6 * BYTES_OF_8, BYTES_OF_8);
    filterGradient1Dx3(sums + i + 3 * step, 6 * step, step, workspace + 3 * BYTES_OF_8, 6 * BYTES_OF_8, BYTES_OF_8);
    filterGradient1Dx3(workspace, BYTES_OF_8, 6 * BYTES_OF_8, s.dFilter + i, step, 3 * step);
  }
}
