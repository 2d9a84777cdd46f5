/** The gradient of a convolution for its input. */

import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { accelerate, type Call } from "./accelerate.ts";
import { convolve, isFast, windowFields } from "./convolution.ts";
import { hasShape } from "../geometry/sizes.ts";
import {
  type ConvolutionAttributes as Attributes,
  convolutionInfo,
  type Info,
} from "../geometry/windows.ts";
import { isForWinograd, winograd } from "./winograd.ts";

/**
 * One phase of dx along one axis. With q = i + padding, pixel i of dx is the sum of
 * dy[o] times tap k of the filter over all o and k with q = stride * o + k. So the
 * pixels whose q has the same remainder r by the stride, a phase, are a convolution of
 * stride 1 of dy with the taps r, r + stride, r + 2 stride ... in reverse (Shi et al.
 * 2016, arXiv:1609.07009).
 */
interface Phase {
  /** The first of its taps, and their number. */
  firstTap: number;
  taps: number;
  /** The first of its pixels in dx, and their number. */
  firstPixel: number;
  pixels: number;
  /** Padding before pixel 0 of dy; below zero: pixels that are cut off. */
  padding: number;
}

/** The phases along an axis that have pixels. */
function phasesOf(
  { size, window, stride, dilation, padding }: {
    size: number;
    window: number;
    stride: number;
    dilation: number;
    padding: number;
  },
): Phase[] {
  return Array.from({ length: stride }, (_, firstTap) => {
    const taps = Math.ceil((window - firstTap) / stride);
    const first = Math.ceil((padding - firstTap) / stride);
    const last = Math.floor((size - 1 + padding - firstTap) / stride);
    return {
      firstTap,
      taps,
      firstPixel: firstTap - padding + stride * first,
      pixels: last - first + 1,
      padding: (taps - 1) * dilation - first,
    };
  }).filter(({ pixels }) => pixels > 0);
}

/** dx[n, h, w, c] of dy and filter[kh, kw, c, channels]. */
function conv2DBackpropInput(
  { inputs: { dy, filter }, attrs, backend }: Call<
    { dy: TensorInfo; filter: TensorInfo },
    Attributes & { inputShape: number[] }
  >,
): TensorInfo | undefined {
  const info = convolutionInfo(attrs.inputShape, filter.shape, attrs);
  if (!isFast(info, dy, filter) || !hasShape(dy, info.outShape)) {
    return undefined;
  }
  const x = backend.address(dy);
  const out = backend.output(info.inShape);
  const to = backend.address(out);
  const rows = phasesOf({
    size: info.inHeight,
    window: info.filterHeight,
    stride: info.strideHeight,
    dilation: info.dilationHeight,
    padding: info.padInfo.top,
  });
  const columns = phasesOf({
    size: info.inWidth,
    window: info.filterWidth,
    stride: info.strideWidth,
    dilation: info.dilationWidth,
    padding: info.padInfo.left,
  });
  const isOnePhase = rows.length === 1 && columns.length === 1;
  for (const row of rows) {
    for (const column of columns) {
      backend.heap.borrow((allocate) => {
        const { batchSize: n, inChannels } = info;
        const size = 4 * n * row.pixels * column.pixels * inChannels;
        const phase = isOnePhase ? to : allocate(size);
        const phases = { row, column, info };
        convolvePhase(backend, allocate, { ...phases, x, filter, phase });
        if (isOnePhase) return;
        backend.pool.run("putPhase", {
          phase,
          rows: row.pixels,
          columns: column.pixels,
          out: to,
          h: info.inHeight,
          w: info.inWidth,
          c: inChannels,
          firstRow: row.firstPixel,
          firstColumn: column.firstPixel,
          strideH: info.strideHeight,
          strideW: info.strideWidth,
        }, n);
      });
    }
  }
  return out;
}

/** Writes phase[n, rows, columns, c], the pixels of dx of one phase. */
function convolvePhase(
  backend: WasmBackend,
  allocate: (bytes: number) => number,
  { row, column, info, x, filter, phase }: {
    row: Phase;
    column: Phase;
    info: Info;
    x: number;
    filter: TensorInfo;
    phase: number;
  },
) {
  const { batchSize: n, inChannels, outChannels } = info;
  const length = inChannels * outChannels;
  if (row.taps === 0 || column.taps === 0) {
    const size = n * row.pixels * column.pixels * inChannels;
    backend.heap.floats(phase, size).fill(0);
    return;
  }
  const reversed = allocate(4 * row.taps * column.taps * length);
  reverseFilter(backend, reversed, { filter, row, column, info });
  const layer = {
    image: {
      x,
      h: info.outHeight,
      w: info.outWidth,
      c: outChannels,
      top: row.padding,
      left: column.padding,
      paddedW: column.pixels + (column.taps - 1) * info.dilationWidth,
    },
    n,
    ...windowFields(info),
    kh: row.taps,
    kw: column.taps,
    strideH: 1,
    strideW: 1,
    outH: row.pixels,
    outW: column.pixels,
    channels: inChannels,
  };
  const run = isForWinograd(info) ? winograd : convolve;
  run(backend, layer, { filter: reversed, out: phase });
}

/**
 * Writes the taps of a phase in reverse and with channels exchanged: reversed[taps,
 * taps, channels, c] of filter[kh, kw, c, channels].
 */
function reverseFilter(
  backend: WasmBackend,
  reversed: number,
  { filter, row, column, info }: {
    filter: TensorInfo;
    row: Phase;
    column: Phase;
    info: Info;
  },
) {
  const { inChannels, outChannels, filterWidth } = info;
  const from = backend.data.get(filter.dataId).values as Float32Array;
  const length = inChannels * outChannels; // of a tap
  const to = backend.heap.floats(reversed, row.taps * column.taps * length);
  for (let y = 0, end = to.length; y < row.taps; y++) {
    for (let x = 0; x < column.taps; x++) {
      end -= length;
      const tap = (row.firstTap + y * info.strideHeight) * filterWidth +
        column.firstTap + x * info.strideWidth;
      for (let channel = 0, i = tap * length; channel < inChannels; channel++) {
        for (let out = 0; out < outChannels; out++) {
          to[end + out * inChannels + channel] = from[i++];
        }
      }
    }
  }
}

/** Conv2DBackpropInput, which tfjs calls for transposed convolutions too. */
export const inputGradients: KernelConfig[] = [
  accelerate("Conv2DBackpropInput", conv2DBackpropInput),
];
