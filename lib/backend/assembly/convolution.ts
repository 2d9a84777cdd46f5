// Convolution without an im2col matrix: each image is copied once into a frame
// with its padding, where the window of an output pixel is kh runs of kw * c
// neighbouring numbers. The tile of gemm.ts reads those runs in place. The zeros
// of the padding are multiplied too, so a weight that is NaN or infinite makes NaN
// where its window hangs over the edge.

import { copyFloats, zeroFloats } from "./copy";
import { edgeTile, packPanel } from "./gemm";
import { PANEL, TILE } from "./tiles";

@unmanaged
export class Frame {
  x: usize; // images [n, h, w, c]
  h: i32;
  w: i32;
  c: i32;
  top: i32; // where pixel (0, 0) lies in the frame; may be negative
  left: i32;
  frameW: i32;
}

@unmanaged
class WindowsJob extends Frame {
  out: usize; // [n, outH, outW, channels], or filters [chunks, kh, kw, c, channels]
  kh: i32;
  kw: i32;
  dilationH: i32;
  dilationW: i32;
  strideH: i32;
  strideW: i32;
  outH: i32;
  outW: i32;
  channels: i32;
  n: i32;
  imagesPerChunk: i32; // 1 where an image goes through in strips
  stripRows: i32; // rows of outputs that go through together
  frameH: i32; // rows of the frame that they see
  narrow: i32;
  scratch: usize; // in which each slot begins with a tile
  scratchBytes: usize; // a slot
  // Bytes from the start of a slot.
  pointers: usize;
  frames: usize;
}

@unmanaged
class ConvolutionJob extends WindowsJob {
  panels: usize; // filter [kh * kw * c, channels], packed
  frameBytes: usize; // an image
}

@unmanaged
class ConvolutionToOneJob extends WindowsJob {
  panels: usize; // filter [c, kh * kw], packed
  products: usize; // [frameH, frameW, kh * kw], bytes from the start of a slot
}

@unmanaged
class FilterGradientJob extends WindowsJob {
  dy: usize; // [n, outH, outW, channels]
  panels: usize; // of dy, packed; bytes from the start of a slot
  panelBytes: usize;
  panelsAtOnce: i32;
}

/**
 * Copies image `index` into `rows` rows of its frame, from row `top` of it on; what
 * is not covered by the image is zero.
 */
export function fillFrame(p: Frame, index: i32, frame: usize, top: i32, rows: i32): void {
  const frameRow = p.frameW * p.c, imageRow = p.w * p.c;
  const image = p.x + (<usize> (index * p.h * imageRow) << 2);
  // Numbers of a row that lie in the frame: where they start there, and end.
  const first = max(0, -p.left * p.c), start = min(frameRow, max(0, p.left * p.c));
  const count = max(0, min(imageRow - first, frameRow - start));
  for (let row = top; row < top + rows; row++) {
    const y = row - p.top;
    if (y < 0 || y >= p.h) zeroFloats(frame, frameRow);
    else {
      zeroFloats(frame, start);
      copyFloats(
        frame + (<usize> start << 2),
        image + (<usize> (y * imageRow + first) << 2),
        count,
      );
      zeroFloats(frame + (<usize> (start + count) << 2), frameRow - start - count);
    }
    frame += <usize> frameRow << 2;
  }
}

/** Rows of the frame that so many rows of outputs, at most stripRows, see. */
// @ts-ignore: decorator
@inline
function rowsSeen(p: WindowsJob, rows: i32): i32 {
  return p.frameH - (p.stripRows - rows) * p.strideH;
}

/**
 * Chunk: all output pixels of `imagesPerChunk` images, so that few tiles of
 * theirs hang over, or those of one strip of an image. A panel of the filter
 * stays in the cache for all of them.
 */
export function convolution(p: ConvolutionJob, chunk: i32, slot: i32): void {
  const spare = p.scratch + <usize> slot * p.scratchBytes;
  const pointers = spare + p.pointers, frames = spare + p.frames;
  const strips = (p.outH + p.stripRows - 1) / p.stripRows;
  const top = chunk % strips * p.stripRows;
  const outH = min(p.stripRows, p.outH - top), pixels = outH * p.outW;
  const frameH = rowsSeen(p, outH);
  const first = chunk / strips * p.imagesPerChunk;
  const images = min(p.n - first, p.imagesPerChunk);
  const k = p.kh * p.kw * p.c;
  const outRow = <usize> p.channels << 2;
  const rowPitch = <usize> (p.frameW * p.c) << 2;
  // Dilated columns are not neighbours, so each is a pass of its own.
  const together = p.dilationW == 1 ? p.kw : 1;
  for (let image = 0; image < images; image++) {
    const frame = frames + <usize> image * p.frameBytes;
    fillFrame(p, first + image, frame, top * p.strideH, frameH);
  }
  const out = p.out + <usize> ((first * p.outH + top) * p.outW) * outRow;
  for (let kx = 0; kx < p.kw; kx += together) {
    let pointer = pointers;
    for (let image = 0; image < images; image++) {
      const frame = frames + <usize> image * p.frameBytes +
        (<usize> (kx * p.dilationW * p.c) << 2);
      for (let y = 0; y < outH; y++) {
        let window = frame + <usize> (y * p.strideH) * rowPitch;
        for (let x = 0; x < p.outW; x++) {
          store<usize>(pointer, window);
          pointer += 4;
          window += <usize> (p.strideW * p.c) << 2;
        }
      }
    }
    for (let channel = 0; channel < p.channels; channel += PANEL) {
      const panel = p.panels + (<usize> ((channel / PANEL * k + kx * p.c) * PANEL) << 2);
      for (let row = 0; row < images * pixels; row += TILE) {
        edgeTile(
          p.narrow,
          min(TILE, images * pixels - row),
          min(PANEL, p.channels - channel),
          pointers + (<usize> row << 2),
          p.kh,
          <usize> p.dilationH * rowPitch,
          <usize> ((p.kw - together) * p.c * PANEL) << 2,
          together * p.c,
          4,
          panel,
          out + <usize> row * outRow + (<usize> channel << 2),
          outRow,
          kx > 0,
          spare,
        );
      }
    }
  }
}

/**
 * Chunk: the sum over `imagesPerChunk` images of the filter gradient, written
 * to its own part of `out`; the parts are summed later in a fixed order.
 */
export function filterGradient(p: FilterGradientJob, chunk: i32, slot: i32): void {
  const spare = p.scratch + <usize> slot * p.scratchBytes;
  const pointers = spare + p.pointers, frame = spare + p.frames;
  const k = p.kh * p.kw * p.c, panels = spare + p.panels;
  const outRow = <usize> p.channels << 2;
  const rowPitch = <usize> (p.frameW * p.c) << 2;
  const out = p.out + <usize> (chunk * k) * outRow;
  const first = chunk * p.imagesPerChunk;
  const end = min(p.n, first + p.imagesPerChunk);
  let pointer = pointers;
  for (let ky = 0; ky < p.kh; ky++) {
    for (let kx = 0; kx < p.kw; kx++) {
      const tap = frame + <usize> (ky * p.dilationH) * rowPitch +
        (<usize> (kx * p.dilationW * p.c) << 2);
      for (let i = 0; i < p.c; i++) {
        store<usize>(pointer, tap + (<usize> i << 2));
        pointer += 4;
      }
    }
  }
  for (let index = first; index < end; index++) {
    for (let top = 0; top < p.outH; top += p.stripRows) {
      const outH = min(p.stripRows, p.outH - top), pixels = outH * p.outW;
      fillFrame(p, index, frame, top * p.strideH, rowsSeen(p, outH));
      const dy = p.dy + <usize> ((index * p.outH + top) * p.outW) * outRow;
      const group = p.panelsAtOnce * PANEL;
      for (let start = 0; start < p.channels; start += group) {
        const stop = min(p.channels, start + group);
        for (let channel = start; channel < stop; channel += PANEL) {
          const panel = panels + <usize> ((channel - start) / PANEL) * p.panelBytes;
          packPanel(dy, pixels, p.channels, outRow, 4, channel / PANEL, panel);
        }
        for (let row = 0; row < k; row += TILE) {
          for (let channel = start; channel < stop; channel += PANEL) {
            edgeTile(
              p.narrow,
              min(TILE, k - row),
              min(PANEL, p.channels - channel),
              pointers + (<usize> row << 2),
              outH,
              <usize> p.strideH * rowPitch,
              0,
              p.outW,
              <usize> (p.strideW * p.c) << 2,
              panels + <usize> ((channel - start) / PANEL) * p.panelBytes,
              out + <usize> row * outRow + (<usize> channel << 2),
              outRow,
              index > first || top > 0,
              spare,
            );
          }
        }
      }
    }
  }
}

/**
 * Convolution to one channel. As columns of a product the filter would fill one
 * lane of eight; instead each pixel of the frame is multiplied with all windows'
 * weights, [c] by [c, kh * kw], and an output adds up one number of each.
 * Chunk: one strip of an image.
 */
export function convolutionToOne(p: ConvolutionToOneJob, chunk: i32, slot: i32): void {
  const spare = p.scratch + <usize> slot * p.scratchBytes;
  const pointers = spare + p.pointers, frame = spare + p.frames;
  const strips = (p.outH + p.stripRows - 1) / p.stripRows;
  const image = chunk / strips, top = chunk % strips * p.stripRows;
  const outH = min(p.stripRows, p.outH - top), frameH = rowsSeen(p, outH);
  const pixels = frameH * p.frameW;
  const windows = p.kh * p.kw;
  const products = spare + p.products;
  const row = <usize> windows << 2;
  fillFrame(p, image, frame, top * p.strideH, frameH);
  for (let pixel = 0; pixel < pixels; pixel += TILE) {
    const rows = min(TILE, pixels - pixel);
    for (let r = 0; r < rows; r++) {
      store<usize>(
        pointers + (<usize> r << 2),
        frame + (<usize> ((pixel + r) * p.c) << 2),
      );
    }
    for (let window = 0; window < windows; window += PANEL) {
      edgeTile(
        p.narrow,
        rows,
        min(PANEL, windows - window),
        pointers,
        1,
        0,
        0,
        p.c,
        4,
        p.panels + (<usize> (window * p.c) << 2),
        products + <usize> pixel * row + (<usize> window << 2),
        row,
        false,
        spare,
      );
    }
  }
  let out = p.out + (<usize> ((image * p.outH + top) * p.outW) << 2);
  for (let y = 0; y < outH; y++) {
    for (let x = 0; x < p.outW; x++) {
      let sum: f32 = 0;
      for (let ky = 0; ky < p.kh; ky++) {
        const line = (y * p.strideH + ky * p.dilationH) * p.frameW;
        for (let kx = 0; kx < p.kw; kx++) {
          const pixel = line + x * p.strideW + kx * p.dilationW;
          sum += load<f32>(
            products + (<usize> (pixel * windows + ky * p.kw + kx) << 2),
          );
        }
      }
      store<f32>(out, sum);
      out += 4;
    }
  }
}

@unmanaged
class PhaseJob {
  part: usize; // [n, rows, columns, c]
  rows: i32;
  columns: i32;
  out: usize; // [n, h, w, c]
  h: i32;
  w: i32;
  c: i32;
  row: i32; // where the first pixel of the part goes
  column: i32;
  strideH: i32; // and how far the next ones lie
  strideW: i32;
}

/** Puts every strideH-th row and strideW-th column. Chunk: one image. */
export function putPhase(p: PhaseJob, chunk: i32, _slot: i32): void {
  const pixel = <usize> p.c << 2;
  let from = p.part + <usize> (chunk * p.rows * p.columns) * pixel;
  for (let y = 0; y < p.rows; y++) {
    const row = (chunk * p.h + p.row + y * p.strideH) * p.w + p.column;
    let to = p.out + <usize> row * pixel;
    for (let x = 0; x < p.columns; x++) {
      copyFloats(to, from, p.c);
      from += pixel;
      to += <usize> p.strideW * pixel;
    }
  }
}
