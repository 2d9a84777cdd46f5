// Convolution without an im2col matrix: each image is copied once into a frame
// with its padding, where the window of an output pixel is kh runs of kw * c
// neighbouring numbers. The tile of gemm.ts reads those runs in place.

import { copyFloats } from "./copy";
import { edgeTile, packPanel, PANEL, TILE } from "./gemm";

@unmanaged
class Frame {
  x: usize; // images [n, h, w, c]
  h: i32;
  w: i32;
  c: i32;
  top: i32; // where pixel (0, 0) lies in the frame; may be negative
  left: i32;
  spreadH: i32; // frame rows from one image row to the next (1: dense)
  spreadW: i32;
  frameH: i32;
  frameW: i32;
}

@unmanaged
class ConvolutionJob extends Frame {
  panels: usize; // filter [kh * kw * c, channels], packed
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
  imagesPerChunk: i32;
  scratch: usize; // a thread: 192 B tile, 32 B pointers, frame, packed dy
  scratchBytes: usize;
  dy: usize; // [n, outH, outW, channels], for the filter gradient
}

/** Copies image `index` into its frame; the rest of the frame is zero. */
function fillFrame(p: Frame, index: i32, frame: usize): void {
  memory.fill(frame, 0, <usize> (p.frameH * p.frameW * p.c) << 2);
  const rowBytes = <usize> (p.w * p.c) << 2;
  const image = p.x + <usize> (index * p.h) * rowBytes;
  const dense = p.spreadW == 1 && p.left >= 0 && p.left + p.w <= p.frameW;
  for (let y = 0; y < p.h; y++) {
    const row = p.top + y * p.spreadH;
    if (row < 0 || row >= p.frameH) continue;
    const from = image + <usize> y * rowBytes;
    const to = frame + (<usize> (row * p.frameW * p.c) << 2);
    if (dense) {
      copyFloats(to + (<usize> (p.left * p.c) << 2), from, p.w * p.c);
      continue;
    }
    for (let x = 0; x < p.w; x++) {
      const column = p.left + x * p.spreadW;
      if (column < 0 || column >= p.frameW) continue;
      copyFloats(
        to + (<usize> (column * p.c) << 2),
        from + (<usize> (x * p.c) << 2),
        p.c,
      );
    }
  }
}

/** Chunk: one image, all its output pixels. */
export function convolution(job: usize, chunk: i32, thread: i32): void {
  const p = changetype<ConvolutionJob>(job);
  const spare = p.scratch + <usize> thread * p.scratchBytes;
  const pointers = spare + 192;
  const frame = spare + 224;
  const pixels = p.outH * p.outW;
  const k = p.kh * p.kw * p.c;
  const outRow = <usize> p.channels << 2;
  const rowPitch = <usize> (p.frameW * p.c) << 2;
  // Dilated columns are not neighbours, so each is a pass of its own.
  const together = p.dilationW == 1 ? p.kw : 1;
  const inner = together * p.c;
  fillFrame(p, chunk, frame);
  const out = p.out + <usize> (chunk * pixels) * outRow;
  for (let pixel = 0; pixel < pixels; pixel += TILE) {
    const rows = min(TILE, pixels - pixel);
    for (let kx = 0; kx < p.kw; kx += together) {
      for (let r = 0; r < rows; r++) {
        const y = (pixel + r) / p.outW, x = (pixel + r) % p.outW;
        store<usize>(
          pointers + (<usize> r << 2),
          frame + <usize> (y * p.strideH) * rowPitch +
            (<usize> ((x * p.strideW + kx * p.dilationW) * p.c) << 2),
        );
      }
      for (let channel = 0; channel < p.channels; channel += PANEL) {
        edgeTile(
          rows,
          min(PANEL, p.channels - channel),
          pointers,
          p.kh,
          <usize> p.dilationH * rowPitch,
          <usize> ((p.kw - together) * p.c) << 5,
          inner,
          4,
          p.panels + (<usize> (channel / PANEL * k + kx * p.c) << 5),
          out + <usize> pixel * outRow + (<usize> channel << 2),
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
export function filterGradient(job: usize, chunk: i32, thread: i32): void {
  const p = changetype<ConvolutionJob>(job);
  const spare = p.scratch + <usize> thread * p.scratchBytes;
  const pointers = spare + 192;
  const frame = spare + 224;
  const pixels = p.outH * p.outW;
  const packed = frame + (<usize> (p.frameH * p.frameW * p.c) << 2);
  const k = p.kh * p.kw * p.c;
  const outRow = <usize> p.channels << 2;
  const rowPitch = <usize> (p.frameW * p.c) << 2;
  const out = p.out + <usize> (chunk * k) * outRow;
  const first = chunk * p.imagesPerChunk;
  const end = min(p.n, first + p.imagesPerChunk);
  for (let index = first; index < end; index++) {
    fillFrame(p, index, frame);
    const dy = p.dy + <usize> (index * pixels) * outRow;
    for (let channel = 0; channel < p.channels; channel += PANEL) {
      packPanel(dy, pixels, p.channels, outRow, 4, channel / PANEL, packed);
      for (let row = 0; row < k; row += TILE) {
        const rows = min(TILE, k - row);
        for (let r = 0; r < rows; r++) {
          const ci = (row + r) % p.c, window = (row + r) / p.c;
          const ky = window / p.kw, kx = window % p.kw;
          store<usize>(
            pointers + (<usize> r << 2),
            frame + <usize> (ky * p.dilationH) * rowPitch +
              (<usize> (kx * p.dilationW * p.c + ci) << 2),
          );
        }
        edgeTile(
          rows,
          min(PANEL, p.channels - channel),
          pointers,
          p.outH,
          <usize> p.strideH * rowPitch,
          0,
          p.outW,
          <usize> (p.strideW * p.c) << 2,
          packed,
          out + <usize> row * outRow + (<usize> channel << 2),
          outRow,
          index > first,
          spare,
        );
      }
    }
  }
}

/**
 * Convolution to one channel. As columns of a product the filter would fill one
 * lane of eight; instead each pixel of the frame is multiplied with all windows'
 * weights, [c] by [c, kh * kw], and an output adds up one number of each.
 * Chunk: one image.
 */
export function convolutionToOne(job: usize, chunk: i32, thread: i32): void {
  const p = changetype<ConvolutionJob>(job);
  const spare = p.scratch + <usize> thread * p.scratchBytes;
  const pointers = spare + 192;
  const frame = spare + 224;
  const pixels = p.frameH * p.frameW;
  const windows = p.kh * p.kw;
  const products = frame + (<usize> (pixels * p.c) << 2); // [pixels, windows]
  const row = <usize> windows << 2;
  fillFrame(p, chunk, frame);
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
        rows,
        min(PANEL, windows - window),
        pointers,
        1,
        0,
        0,
        p.c,
        4,
        p.panels + (<usize> (window / PANEL * p.c) << 5),
        products + <usize> pixel * row + (<usize> window << 2),
        row,
        false,
        spare,
      );
    }
  }
  let out = p.out + (<usize> (chunk * p.outH * p.outW) << 2);
  for (let y = 0; y < p.outH; y++) {
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
