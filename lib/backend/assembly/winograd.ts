// One layer by Winograd's algorithm (network/winograd.ts), where no network goes
// as one: 3 by 3 convolution of stride 1 and its filter gradient. An image goes
// through in strips of tiles, so that the transformed numbers stay in the cache.

import { fillFrame, Frame } from "./convolution";
import { EIGHT, get, High, Low, partOf, put, Stage } from "./network/stage";
import { addOuterProducts } from "./network/tile";
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
class LayerJob extends Frame {
  stage: Stage;
  out: usize; // [n, h, w, cout], or sums [chunks, 36, cin, cout]
  dy: usize; // [n, h, w, cout]
  n: i32;
  imagesPerChunk: i32;
  strip: i32; // rows of tiles that go through together
  scratch: usize; // in which each slot begins with lines
  scratchBytes: usize; // a slot
  // Bytes from the start of a slot.
  frame: usize;
  values: usize; // [36, partRows, cin]
  products: usize; // [36, partRows, cout]
}

/** Where a slot's numbers lie: lines first. */
// @ts-ignore: decorator
@inline
function linesOf(p: LayerJob, slot: i32): usize {
  return p.scratch + <usize> slot * p.scratchBytes;
}

/** The stage's filter, transformed. One chunk. */
export function winogradFilter(p: LayerJob, _chunk: i32, slot: i32): void {
  transformFilter(p.stage, linesOf(p, slot));
}

/** y[h, w, cout] of one image. Chunk: one image. */
export function winogradConvolution(p: LayerJob, chunk: i32, slot: i32): void {
  const s = p.stage;
  const outPixel = <usize> s.cout << 2;
  const lines = linesOf(p, slot), frame = lines + p.frame;
  const values = lines + p.values, vPart = partOf(s, s.cin);
  const products = lines + p.products, mPart = partOf(s, s.cout);
  const outRow = <usize> s.w * outPixel;
  const out = p.out + <usize> (chunk * s.h) * outRow;
  for (let y = 0; y < s.tilesH; y += p.strip) {
    const tilesH = min(p.strip, s.tilesH - y), tiles = tilesH * s.tilesW;
    fillFrame(p, chunk, frame, 4 * y, 4 * tilesH + 2);
    transformInput(s, frame, tilesH, values, vPart, lines);
    multiply(s, values, products, tiles);
    let m = products;
    for (let i = 0; i < tilesH; i++) {
      for (let x = 0; x < s.tilesW; x++) {
        for (let c: usize = 0; c < outPixel; c += EIGHT) {
          const outputs = outputTile(m + c, mPart, lines);
          copyTile(s, out + c, 4 * (y + i), 4 * x, outputs, false);
        }
        m += outPixel;
      }
    }
  }
}

/** Copies eight channels of the 4 by 4 pixels at (y, x) of an image, or back. */
// @ts-ignore: decorator
@inline
function copyTile(s: Stage, image: usize, y: i32, x: i32, tile: usize, back: bool): void {
  const height = min(4, s.h - y), width = min(4, s.w - x);
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const here = image + (<usize> (((y + i) * s.w + x + j) * s.cout) << 2);
      const there = tile + <usize> (4 * i + j) * EIGHT;
      if (back) put(there, get<Low>(here), get<High>(here));
      else put(here, get<Low>(there), get<High>(there));
    }
  }
}

/** Sum of V' Z over `imagesPerChunk` images, to a part of `out` of its own. */
export function winogradFilterGradient(p: LayerJob, chunk: i32, slot: i32): void {
  const s = p.stage;
  const outPixel = <usize> s.cout << 2;
  const lines = linesOf(p, slot), frame = lines + p.frame;
  const values = lines + p.values, vPart = partOf(s, s.cin);
  const z = lines + p.products, zPart = partOf(s, s.cout);
  const uPart = <usize> s.cin * outPixel;
  const sums = p.out + <usize> (chunk * WINOGRAD_PARTS) * uPart;
  memory.fill(sums, 0, <usize> WINOGRAD_PARTS * uPart);
  const end = min(p.n, (chunk + 1) * p.imagesPerChunk);
  for (let image = chunk * p.imagesPerChunk; image < end; image++) {
    const dy = p.dy + <usize> (image * s.h * s.w) * outPixel;
    for (let y = 0; y < s.tilesH; y += p.strip) {
      const tilesH = min(p.strip, s.tilesH - y), tiles = tilesH * s.tilesW;
      fillFrame(p, image, frame, 4 * y, 4 * tilesH + 2);
      transformInput(s, frame, tilesH, values, vPart, lines);
      transformStrip(s, dy, y, tilesH, z, lines);
      for (let part: usize = 0; part < <usize> WINOGRAD_PARTS; part++) {
        addOuterProducts(
          values + part * vPart, s.cin,
          z + part * zPart, s.cout,
          tiles, sums + part * uPart, s.narrow,
        );
      }
    }
  }
}

/** Z = A dy A' of `tilesH` rows of tiles from `first` on. */
function transformStrip(s: Stage, dy: usize, first: i32, tilesH: i32, z: usize, lines: usize): void {
  const pixel = <usize> s.cout << 2, part = partOf(s, s.cout);
  const tile = lines + 36 * EIGHT;
  for (let y = first; y < first + tilesH; y++) {
    for (let x = 0; x < s.tilesW; x++) {
      for (let c: usize = 0; c < pixel; c += EIGHT) {
        memory.fill(tile, 0, 16 * EIGHT);
        copyTile(s, dy + c, 4 * y, 4 * x, tile, true);
        gradientTile(z + c, part, lines);
      }
      z += pixel;
    }
  }
}

/** dw = G' dU G of the sums of all chunks, which `out` points to. One chunk. */
export function winogradSum(p: LayerJob, _chunk: i32, slot: i32): void {
  filterGradient(p.stage, p.out, linesOf(p, slot));
}
