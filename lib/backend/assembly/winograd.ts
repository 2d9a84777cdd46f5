// A single layer by Winograd's algorithm, for models that do not run as one network
// (see network/winograd.ts for the formulas): 3 by 3 convolution of stride 1 and its
// filter's gradient. A few rows of tiles are computed at a time, so that their
// transformed numbers stay in the cache.

import { padImage, PaddedImage } from "./convolution";
import { finish } from "./epilogue";
import { BYTES_OF_8, load4, High, Low, partBytes, store8, Stage } from "./network/stage";
import { addOuterProducts } from "./network/microkernels";
import {
  filterGradient,
  gradientTile,
  multiply,
  outputTile,
  WINOGRAD_PARTS,
  transformFilter,
  transformInput,
} from "./network/winograd";

@unmanaged
class LayerJob extends PaddedImage {
  stage: Stage;
  out: usize; // [n, h, w, cout], or sums [chunks, 36, cin, cout]
  dy: usize; // [n, h, w, cout]
  bias: usize; // [cout]; 0: none
  activation: i32; // see epilogue.ts
  n: i32;
  imagesPerChunk: i32;
  tileRowsPerStrip: i32; // rows of tiles that are computed together
  scratch: usize; // one slot after the other; each begins with the workspace
  scratchBytes: usize; // of a slot
  // Offsets in bytes from the start of a slot.
  padded: usize;
  transformedInput: usize; // [36, partRows, cin]
  products: usize; // [36, partRows, cout]
}

/** The address of a slot, which begins with the workspace of transforms. */
// @ts-ignore: decorator
@inline
function workspaceOf(p: LayerJob, slot: i32): usize {
  return p.scratch + <usize> slot * p.scratchBytes;
}

/** Transforms the filter. One chunk. */
export function winogradTransformFilter(p: LayerJob, _chunk: i32, slot: i32): void {
  transformFilter(p.stage, workspaceOf(p, slot));
}

/** y[h, w, cout]. Chunk: one image. */
export function winogradConvolution(p: LayerJob, chunk: i32, slot: i32): void {
  const s = p.stage;
  const outPixel = <usize> s.cout << 2;
  const workspace = workspaceOf(p, slot), padded = workspace + p.padded;
  const transformed = workspace + p.transformedInput, vPart = partBytes(s, s.cin);
  const products = workspace + p.products, mPart = partBytes(s, s.cout);
  const outRow = <usize> s.w * outPixel;
  const out = p.out + <usize> (chunk * s.h) * outRow;
  for (let y = 0; y < s.tilesH; y += p.tileRowsPerStrip) {
    const tilesH = min(p.tileRowsPerStrip, s.tilesH - y), tiles = tilesH * s.tilesW;
    padImage(p, chunk, padded, 4 * y, 4 * tilesH + 2);
    transformInput(s, padded, tilesH, transformed, vPart, workspace);
    multiply(s, transformed, products, tiles);
    let m = products;
    for (let i = 0; i < tilesH; i++) {
      for (let x = 0; x < s.tilesW; x++) {
        for (let c: usize = 0; c < outPixel; c += BYTES_OF_8) {
          const outputs = outputTile(m + c, mPart, workspace);
          copyTile(s, out + c, 4 * (y + i), 4 * x, outputs, false);
        }
        m += outPixel;
      }
    }
  }
  finish(out, s.h * s.w, s.cout, p.bias, p.activation);
}

/**
 * Copies eight channels of 4 by 4 pixels from `tile` to an image at (y, x), as far as
 * they are inside; or, if `fromImage`, from the image to `tile`.
 */
// @ts-ignore: decorator
@inline
function copyTile(s: Stage, image: usize, y: i32, x: i32, tile: usize, fromImage: bool): void {
  const height = min(4, s.h - y), width = min(4, s.w - x);
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const here = image + (<usize> (((y + i) * s.w + x + j) * s.cout) << 2);
      const there = tile + <usize> (4 * i + j) * BYTES_OF_8;
      if (fromImage) store8(there, load4<Low>(here), load4<High>(here));
      else store8(here, load4<Low>(there), load4<High>(there));
    }
  }
}

/** V' Z summed over `imagesPerChunk` images. Each chunk has a sum in `out`. */
export function winogradFilterGradient(p: LayerJob, chunk: i32, slot: i32): void {
  const s = p.stage;
  const outPixel = <usize> s.cout << 2;
  const workspace = workspaceOf(p, slot), padded = workspace + p.padded;
  const transformed = workspace + p.transformedInput, vPart = partBytes(s, s.cin);
  const z = workspace + p.products, zPart = partBytes(s, s.cout);
  const uPart = <usize> s.cin * outPixel;
  const sums = p.out + <usize> (chunk * WINOGRAD_PARTS) * uPart;
  memory.fill(sums, 0, <usize> WINOGRAD_PARTS * uPart);
  const end = min(p.n, (chunk + 1) * p.imagesPerChunk);
  for (let image = chunk * p.imagesPerChunk; image < end; image++) {
    const dy = p.dy + <usize> (image * s.h * s.w) * outPixel;
    for (let y = 0; y < s.tilesH; y += p.tileRowsPerStrip) {
      const tilesH = min(p.tileRowsPerStrip, s.tilesH - y), tiles = tilesH * s.tilesW;
      padImage(p, image, padded, 4 * y, 4 * tilesH + 2);
      transformInput(s, padded, tilesH, transformed, vPart, workspace);
      transformGradientStrip(s, dy, y, tilesH, z, workspace);
      for (let part: usize = 0; part < <usize> WINOGRAD_PARTS; part++) {
        addOuterProducts(
          transformed + part * vPart, s.cin,
          z + part * zPart, s.cout,
          tiles, sums + part * uPart, s.smallBlock,
        );
      }
    }
  }
}

/** Z = A dy A' of `tilesH` rows of tiles from row `top` on. */
function transformGradientStrip(s: Stage, dy: usize, top: i32, tilesH: i32, z: usize, workspace: usize): void {
  const pixel = <usize> s.cout << 2, part = partBytes(s, s.cout);
  const tile = workspace + 36 * BYTES_OF_8;
  for (let y = top; y < top + tilesH; y++) {
    for (let x = 0; x < s.tilesW; x++) {
      for (let c: usize = 0; c < pixel; c += BYTES_OF_8) {
        memory.fill(tile, 0, 16 * BYTES_OF_8);
        copyTile(s, dy + c, 4 * y, 4 * x, tile, true);
        gradientTile(z + c, part, workspace);
      }
      z += pixel;
    }
  }
}

/** dw = G' dU G, where `out` points to dU, the sum over all images. One chunk. */
export function winogradTransformGradient(p: LayerJob, _chunk: i32, slot: i32): void {
  filterGradient(p.stage, p.out, workspaceOf(p, slot));
}
