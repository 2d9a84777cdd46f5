// One layer by Winograd's algorithm (network/winograd.ts), where no network goes
// as one: 3 by 3 convolution of stride 1 and its filter gradient. An image goes
// through in strips of tiles, so that the transformed numbers stay in the cache.
// The job is a frame, a stage and what is below, one after the other.

import { fillFrame, Frame } from "./convolution";
import { Stage, STAGE_BYTES } from "./network/stage";
import { addOuterProducts } from "./network/tile";
import {
  filterGradient,
  gradientTile,
  multiply,
  outputTile,
  transformFilter,
  transformInput,
} from "./network/winograd";

const FRAME_BYTES: usize = 8 * 4;
const PARTS: i32 = 16;

@unmanaged
class LayerJob {
  out: usize; // [n, h, w, cout], or sums [chunks, 16, cin, cout]
  dy: usize; // [n, h, w, cout]
  n: i32;
  imagesPerChunk: i32;
  strip: i32; // rows of tiles that go through together
  scratch: usize; // a thread: frame, values, products
  scratchBytes: usize;
}

// @ts-ignore: decorator
@inline
function stageOf(job: usize): Stage {
  return changetype<Stage>(job + FRAME_BYTES);
}

// @ts-ignore: decorator
@inline
function layerOf(job: usize): LayerJob {
  return changetype<LayerJob>(job + FRAME_BYTES + STAGE_BYTES);
}

/** The stage's filter, transformed. One chunk. */
export function winogradFilter(job: usize, _chunk: i32, _thread: i32): void {
  transformFilter(stageOf(job));
}

/** y[h, w, cout] of one image. Chunk: one image. */
export function winogradConvolution(job: usize, chunk: i32, thread: i32): void {
  const s = stageOf(job), p = layerOf(job);
  const frame = p.scratch + <usize> thread * p.scratchBytes;
  const values = frame + (<usize> (s.frameH * s.frameW * s.cin) << 2);
  const products = values + (<usize> (PARTS * p.strip * s.tilesW * s.cin) << 2);
  const pixel = <usize> s.cin << 2, outRow = <usize> (s.w * s.cout) << 2;
  const out = p.out + <usize> (chunk * s.h) * outRow;
  fillFrame(changetype<Frame>(job), chunk, frame);
  for (let y = 0; y < s.tilesH; y += p.strip) {
    const rows = min(p.strip, s.tilesH - y), tiles = rows * s.tilesW;
    transformInput(s, frame + <usize> (2 * y * s.frameW) * pixel, 1, rows, values);
    multiply(s, values, products, tiles);
    putStrip(s, products, rows, s.h - 2 * y, out + <usize> (2 * y) * outRow);
  }
}

/** A' M A of a strip, into the first `height` rows from `out` on. */
function putStrip(s: Stage, products: usize, rows: i32, height: i32, out: usize): void {
  const pixel = <usize> s.cout << 2, row = <usize> s.w * pixel;
  const part = <usize> (rows * s.tilesW) * pixel;
  let m = products;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < s.tilesW; x++) {
      const to = out + <usize> (2 * y) * row + <usize> (2 * x) * pixel;
      for (let c: usize = 0; c < pixel; c += 32) {
        outputTile(m + c, part, 0, 0, to + c, pixel, row, 2 * x + 1 < s.w, 2 * y + 1 < height);
      }
      m += pixel;
    }
  }
}

/** Sum of V' Z over `imagesPerChunk` images, to a part of `out` of its own. */
export function winogradFilterGradient(job: usize, chunk: i32, thread: i32): void {
  const s = stageOf(job), p = layerOf(job);
  const frame = p.scratch + <usize> thread * p.scratchBytes;
  const values = frame + (<usize> (s.frameH * s.frameW * s.cin) << 2);
  const z = values + (<usize> (PARTS * p.strip * s.tilesW * s.cin) << 2);
  const pixel = <usize> s.cin << 2, dyRow = <usize> (s.w * s.cout) << 2;
  const uPart = <usize> (s.cin * s.cout) << 2;
  const sums = p.out + <usize> (chunk * PARTS) * uPart;
  memory.fill(sums, 0, <usize> PARTS * uPart);
  const end = min(p.n, (chunk + 1) * p.imagesPerChunk);
  for (let image = chunk * p.imagesPerChunk; image < end; image++) {
    fillFrame(changetype<Frame>(job), image, frame);
    const dy = p.dy + <usize> (image * s.h) * dyRow;
    for (let y = 0; y < s.tilesH; y += p.strip) {
      const rows = min(p.strip, s.tilesH - y), tiles = rows * s.tilesW;
      transformInput(s, frame + <usize> (2 * y * s.frameW) * pixel, 1, rows, values);
      transformStrip(s, dy + <usize> (2 * y) * dyRow, rows, s.h - 2 * y, z);
      for (let part: usize = 0; part < <usize> PARTS; part++) {
        addOuterProducts(
          values + part * (<usize> (tiles * s.cin) << 2), s.cin,
          z + part * (<usize> (tiles * s.cout) << 2), s.cout,
          tiles, sums + part * uPart, s.narrow,
        );
      }
    }
  }
}

/** Z = A dy A' of a strip, zero beyond the first `height` rows. */
function transformStrip(s: Stage, dy: usize, rows: i32, height: i32, z: usize): void {
  const pixel = <usize> s.cout << 2, row = <usize> s.w * pixel;
  const part = <usize> (rows * s.tilesW) * pixel;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < s.tilesW; x++) {
      const from = dy + <usize> (2 * y) * row + <usize> (2 * x) * pixel;
      for (let c: usize = 0; c < pixel; c += 32) {
        gradientTile(z + c, part, 0, from + c, false, 0, pixel, row, 2 * x + 1 < s.w, 2 * y + 1 < height);
      }
      z += pixel;
    }
  }
}

/** dw = G' dU G of the sums of all chunks, which `out` points to. One chunk. */
export function winogradSum(job: usize, _chunk: i32, _thread: i32): void {
  filterGradient(stageOf(job), layerOf(job).out);
}
