// Convolution as a matrix product without an im2col matrix ("implicit GEMM"): each
// image is copied once with its padding around it. There the window of an output
// pixel is kh runs of kw * c neighbouring numbers, which the microkernels read in
// place. The zeros of the padding are multiplied too, so a weight that is NaN or
// infinite makes NaN wherever its window reaches into the padding.

import { copyFloats, zeroFloats } from "./copy";
import { finish } from "./epilogue";
import { multiplyEdgeBlock, packPanel } from "./gemm";
import { PANEL_COLUMNS, BLOCK_ROWS } from "./microkernels";

@unmanaged
export class PaddedImage {
  x: usize; // images without padding, [n, h, w, c]
  h: i32;
  w: i32;
  c: i32;
  top: i32; // rows of padding above the image; below zero: rows cut off
  left: i32; // columns likewise
  paddedW: i32; // width with the padding
}

@unmanaged
class ConvolutionFields extends PaddedImage {
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
  n: i32; // images, or planes of outputs of all volumes
  imagesPerChunk: i32; // 1 where an image is cut into strips
  stripRows: i32; // rows of outputs that are computed together
  paddedH: i32; // rows of the padded image that they need
  // Volumes are images, too: d planes each, and a window covers kd of them. Plain images
  // have one plane.
  d: i32;
  kd: i32;
  outD: i32;
  strideD: i32;
  dilationD: i32;
  front: i32; // planes of padding
  paddedBytes: usize; // of a padded plane
  smallBlock: i32; // see multiplyBlock
  scratch: usize; // one slot after the other; each begins with a register block
  scratchBytes: usize; // of a slot
  // Offsets in bytes from the start of a slot.
  pointers: usize;
  paddedImages: usize;
}

@unmanaged
class ConvolutionJob extends ConvolutionFields {
  panels: usize; // filter [kd * kh * kw * c, channels], packed
  bias: usize; // [channels]; 0: none
  activation: i32; // see epilogue.ts
}

@unmanaged
class ConvolutionToOneJob extends ConvolutionFields {
  panels: usize; // filter [c, kh * kw], packed
  products: usize; // [paddedH, paddedW, kh * kw]; an offset in a slot too
  bias: usize; // one number; 0: none
  activation: i32; // see epilogue.ts
}

@unmanaged
class FilterGradientJob extends ConvolutionFields {
  dy: usize; // [n, outH, outW, channels]
  panels: usize; // of dy, packed; an offset in a slot too
  panelBytes: usize;
  panelsAtOnce: i32;
}

/**
 * Writes rows `top` to `top + rows` of image `index`, padded, to `padded`. Where
 * there is no pixel of the image there is zero.
 */
export function padImage(p: PaddedImage, index: i32, padded: usize, top: i32, rows: i32): void {
  const paddedRow = p.paddedW * p.c, imageRow = p.w * p.c;
  const image = p.x + (<usize> (index * p.h * imageRow) << 2);
  // Of a row of the image, `count` numbers from `skipped` on are kept; they go to
  // `start` in the padded row.
  const skipped = max(0, -p.left * p.c), start = min(paddedRow, max(0, p.left * p.c));
  const count = max(0, min(imageRow - skipped, paddedRow - start));
  for (let row = top; row < top + rows; row++) {
    const y = row - p.top;
    if (y < 0 || y >= p.h) zeroFloats(padded, paddedRow);
    else {
      zeroFloats(padded, start);
      copyFloats(
        padded + (<usize> start << 2),
        image + (<usize> (y * imageRow + skipped) << 2),
        count,
      );
      zeroFloats(padded + (<usize> (start + count) << 2), paddedRow - start - count);
    }
    padded += <usize> paddedRow << 2;
  }
}

/** Pads the kd planes that plane `index` of the outputs needs, as padImage does. */
function padPlanes(p: ConvolutionFields, index: i32, padded: usize, top: i32, rows: i32): void {
  const first = index % p.outD * p.strideD - p.front;
  for (let kz = 0; kz < p.kd; kz++, padded += p.paddedBytes) {
    const z = first + kz * p.dilationD;
    if (z < 0 || z >= p.d) zeroFloats(padded, rows * p.paddedW * p.c);
    else padImage(p, index / p.outD * p.d + z, padded, top, rows);
  }
}

/** Rows of the padded image that `rows` rows of outputs, at most stripRows, need. */
// @ts-ignore: decorator
@inline
function rowsNeeded(p: ConvolutionFields, rows: i32): i32 {
  return p.paddedH - (p.stripRows - rows) * p.strideH;
}

/**
 * Chunk: all output pixels of `imagesPerChunk` images, or of one strip of an image.
 * Several small images together fill more register blocks completely, and a panel
 * of the filter stays in the cache for all of them.
 */
export function convolution(p: ConvolutionJob, chunk: i32, slot: i32): void {
  const scratch = p.scratch + <usize> slot * p.scratchBytes;
  const pointers = scratch + p.pointers, paddedImages = scratch + p.paddedImages;
  const strips = (p.outH + p.stripRows - 1) / p.stripRows;
  const top = chunk % strips * p.stripRows;
  const outH = min(p.stripRows, p.outH - top), pixels = outH * p.outW;
  const paddedH = rowsNeeded(p, outH);
  const firstImage = chunk / strips * p.imagesPerChunk;
  const images = min(p.n - firstImage, p.imagesPerChunk);
  const k = p.kd * p.kh * p.kw * p.c;
  const imageBytes = <usize> p.kd * p.paddedBytes;
  const outRow = <usize> p.channels << 2;
  const rowPitch = <usize> (p.paddedW * p.c) << 2;
  // The columns of a dilated window are not neighbours: each is added by itself.
  const columnsAtOnce = p.dilationW == 1 ? p.kw : 1;
  for (let image = 0; image < images; image++) {
    const padded = paddedImages + <usize> image * imageBytes;
    padPlanes(p, firstImage + image, padded, top * p.strideH, paddedH);
  }
  const out = p.out + <usize> ((firstImage * p.outH + top) * p.outW) * outRow;
  const steps = p.kw / columnsAtOnce;
  for (let step = 0; step < p.kd * steps; step++) {
    const kz = step / steps, kx = step % steps * columnsAtOnce;
    let pointer = pointers;
    for (let image = 0; image < images; image++) {
      const padded = paddedImages + <usize> image * imageBytes +
        <usize> kz * p.paddedBytes + (<usize> (kx * p.dilationW * p.c) << 2);
      for (let y = 0; y < outH; y++) {
        let window = padded + <usize> (y * p.strideH) * rowPitch;
        for (let x = 0; x < p.outW; x++) {
          store<usize>(pointer, window);
          pointer += 4;
          window += <usize> (p.strideW * p.c) << 2;
        }
      }
    }
    const firstRow = (kz * p.kh * p.kw + kx) * p.c; // of the panels
    for (let channel = 0; channel < p.channels; channel += PANEL_COLUMNS) {
      const panel = p.panels + (<usize> ((channel / PANEL_COLUMNS * k + firstRow) * PANEL_COLUMNS) << 2);
      for (let row = 0; row < images * pixels; row += BLOCK_ROWS) {
        multiplyEdgeBlock(
          p.smallBlock,
          min(BLOCK_ROWS, images * pixels - row),
          min(PANEL_COLUMNS, p.channels - channel),
          pointers + (<usize> row << 2),
          p.kh,
          <usize> p.dilationH * rowPitch,
          <usize> ((p.kw - columnsAtOnce) * p.c * PANEL_COLUMNS) << 2,
          columnsAtOnce * p.c,
          4,
          panel,
          out + <usize> row * outRow + (<usize> channel << 2),
          outRow,
          step > 0,
          scratch,
        );
      }
    }
  }
  finish(out, images * pixels, p.channels, p.bias, p.activation);
}

/**
 * Chunk: the filter's gradient, summed over `imagesPerChunk` images. Each chunk
 * writes a sum of its own to `out`; a later task adds these up in a fixed order.
 */
export function filterGradient(p: FilterGradientJob, chunk: i32, slot: i32): void {
  const scratch = p.scratch + <usize> slot * p.scratchBytes;
  const pointers = scratch + p.pointers, padded = scratch + p.paddedImages;
  const k = p.kd * p.kh * p.kw * p.c, panels = scratch + p.panels;
  const outRow = <usize> p.channels << 2;
  const rowPitch = <usize> (p.paddedW * p.c) << 2;
  const out = p.out + <usize> (chunk * k) * outRow;
  const firstImage = chunk * p.imagesPerChunk;
  const end = min(p.n, firstImage + p.imagesPerChunk);
  let pointer = pointers;
  for (let kz = 0; kz < p.kd; kz++) {
    for (let ky = 0; ky < p.kh; ky++) {
      for (let kx = 0; kx < p.kw; kx++) {
        const tap = padded + <usize> kz * p.paddedBytes +
          <usize> (ky * p.dilationH) * rowPitch + (<usize> (kx * p.dilationW * p.c) << 2);
        for (let i = 0; i < p.c; i++) {
          store<usize>(pointer, tap + (<usize> i << 2));
          pointer += 4;
        }
      }
    }
  }
  for (let index = firstImage; index < end; index++) {
    for (let top = 0; top < p.outH; top += p.stripRows) {
      const outH = min(p.stripRows, p.outH - top), pixels = outH * p.outW;
      padPlanes(p, index, padded, top * p.strideH, rowsNeeded(p, outH));
      const dy = p.dy + <usize> ((index * p.outH + top) * p.outW) * outRow;
      const channelsAtOnce = p.panelsAtOnce * PANEL_COLUMNS;
      for (let start = 0; start < p.channels; start += channelsAtOnce) {
        const stop = min(p.channels, start + channelsAtOnce);
        for (let channel = start; channel < stop; channel += PANEL_COLUMNS) {
          const panel = panels + <usize> ((channel - start) / PANEL_COLUMNS) * p.panelBytes;
          packPanel(dy, pixels, p.channels, outRow, 4, channel / PANEL_COLUMNS, panel);
        }
        for (let row = 0; row < k; row += BLOCK_ROWS) {
          for (let channel = start; channel < stop; channel += PANEL_COLUMNS) {
            multiplyEdgeBlock(
              p.smallBlock,
              min(BLOCK_ROWS, k - row),
              min(PANEL_COLUMNS, p.channels - channel),
              pointers + (<usize> row << 2),
              outH,
              <usize> p.strideH * rowPitch,
              0,
              p.outW,
              <usize> (p.strideW * p.c) << 2,
              panels + <usize> ((channel - start) / PANEL_COLUMNS) * p.panelBytes,
              out + <usize> row * outRow + (<usize> channel << 2),
              outRow,
              index > firstImage || top > 0,
              scratch,
            );
          }
        }
      }
    }
  }
}

/**
 * Convolution to one channel. As the only column of a matrix the filter would use
 * one lane of a vector. Instead each pixel of the padded image is multiplied by
 * the weights of all taps, [c] by [c, kh * kw]; an output is the sum of one such
 * product for each tap of its window. Chunk: one strip of an image.
 */
export function convolutionToOne(p: ConvolutionToOneJob, chunk: i32, slot: i32): void {
  const scratch = p.scratch + <usize> slot * p.scratchBytes;
  const pointers = scratch + p.pointers, padded = scratch + p.paddedImages;
  const strips = (p.outH + p.stripRows - 1) / p.stripRows;
  const image = chunk / strips, top = chunk % strips * p.stripRows;
  const outH = min(p.stripRows, p.outH - top), paddedH = rowsNeeded(p, outH);
  const pixels = paddedH * p.paddedW;
  const taps = p.kh * p.kw;
  const products = scratch + p.products;
  const row = <usize> taps << 2;
  padImage(p, image, padded, top * p.strideH, paddedH);
  for (let pixel = 0; pixel < pixels; pixel += BLOCK_ROWS) {
    const rows = min(BLOCK_ROWS, pixels - pixel);
    for (let r = 0; r < rows; r++) {
      store<usize>(
        pointers + (<usize> r << 2),
        padded + (<usize> ((pixel + r) * p.c) << 2),
      );
    }
    for (let tap = 0; tap < taps; tap += PANEL_COLUMNS) {
      multiplyEdgeBlock(
        p.smallBlock,
        rows,
        min(PANEL_COLUMNS, taps - tap),
        pointers,
        1,
        0,
        0,
        p.c,
        4,
        p.panels + (<usize> (tap * p.c) << 2),
        products + <usize> pixel * row + (<usize> tap << 2),
        row,
        false,
        scratch,
      );
    }
  }
  const first = p.out + (<usize> ((image * p.outH + top) * p.outW) << 2);
  let out = first;
  for (let y = 0; y < outH; y++) {
    for (let x = 0; x < p.outW; x++) {
      let sum: f32 = 0;
      for (let ky = 0; ky < p.kh; ky++) {
        const start = (y * p.strideH + ky * p.dilationH) * p.paddedW;
        for (let kx = 0; kx < p.kw; kx++) {
          const pixel = start + x * p.strideW + kx * p.dilationW;
          sum += load<f32>(
            products + (<usize> (pixel * taps + ky * p.kw + kx) << 2),
          );
        }
      }
      store<f32>(out, sum);
      out += 4;
    }
  }
  finish(first, outH * p.outW, 1, p.bias, p.activation);
}

@unmanaged
class PhaseJob {
  phase: usize; // [n, planes, rows, columns, c]
  planes: i32; // 1 of an image
  rows: i32;
  columns: i32;
  out: usize; // [n, d, h, w, c]
  d: i32;
  h: i32;
  w: i32;
  c: i32;
  firstPlane: i32; // where the first pixel of the phase goes
  firstRow: i32;
  firstColumn: i32;
  strideD: i32; // planes of `out` from one plane of the phase to the next
  strideH: i32; // rows of `out` from one row of the phase to the next
  strideW: i32; // columns likewise
}

/**
 * Writes the pixels of a phase, those that come every strideH rows and strideW
 * columns, and of volumes every strideD planes, to their places in `out`. Chunk: one
 * plane.
 */
export function putPhase(p: PhaseJob, chunk: i32, _slot: i32): void {
  const pixel = <usize> p.c << 2;
  let from = p.phase + <usize> (chunk * p.rows * p.columns) * pixel;
  const plane = chunk / p.planes * p.d + p.firstPlane + chunk % p.planes * p.strideD;
  for (let y = 0; y < p.rows; y++) {
    const row = (plane * p.h + p.firstRow + y * p.strideH) * p.w + p.firstColumn;
    let to = p.out + <usize> row * pixel;
    for (let x = 0; x < p.columns; x++) {
      copyFloats(to, from, p.c);
      from += pixel;
      to += <usize> p.strideW * pixel;
    }
  }
}
