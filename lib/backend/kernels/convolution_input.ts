/** The gradient of a convolution for its input. */

import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { accelerate, type Call } from "./accelerate.ts";
import {
  type Attributes,
  convolutionInfo,
  convolve,
  geometry,
  type Info,
  isFast,
} from "./convolution.ts";
import { hasShape } from "../geometry/sizes.ts";
import { isForWinograd, winograd } from "./winograd.ts";

/**
 * How dx comes of dy along one axis. With q = i + padding, pixel i of dx gets
 * dy[o] times tap k of the filter wherever q = stride * o + k. So the pixels with
 * one remainder r of q by the stride are a convolution of dy, not spread, with the
 * taps r, r + stride, r + 2 stride ... in reverse.
 */
interface Phase {
  /** First tap, and how many. */
  tap: number;
  taps: number;
  /** First pixel of dx, and how many. */
  pixel: number;
  pixels: number;
  /** Where pixel 0 of dy lies in the frame of the windows. */
  start: number;
}

function phasesOf(
  { size, window, stride, dilation, padding }: {
    size: number;
    window: number;
    stride: number;
    dilation: number;
    padding: number;
  },
): Phase[] {
  return Array.from({ length: stride }, (_, tap) => {
    const taps = Math.ceil((window - tap) / stride);
    const first = Math.ceil((padding - tap) / stride);
    const last = Math.floor((size - 1 + padding - tap) / stride);
    return {
      tap,
      taps,
      pixel: tap - padding + stride * first,
      pixels: last - first + 1,
      start: (taps - 1) * dilation - first,
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
  const isWhole = rows.length === 1 && columns.length === 1;
  for (const row of rows) {
    for (const column of columns) {
      backend.heap.borrow((allocate) => {
        const { batchSize: n, inChannels } = info;
        const size = 4 * n * row.pixels * column.pixels * inChannels;
        const phase = isWhole ? to : allocate(size);
        convolvePhase(backend, allocate, {
          row,
          column,
          info,
          x,
          filter,
          phase,
        });
        if (isWhole) return;
        backend.pool.run("putPhase", {
          phase,
          rows: row.pixels,
          columns: column.pixels,
          out: to,
          h: info.inHeight,
          w: info.inWidth,
          c: inChannels,
          firstRow: row.pixel,
          firstColumn: column.pixel,
          strideH: info.strideHeight,
          strideW: info.strideWidth,
        }, n);
      });
    }
  }
  return out;
}

/** part[n, rows, columns, c] of the pixels of one phase. */
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
  const turned = allocate(4 * row.taps * column.taps * length);
  turnFilter(backend, turned, { filter, row, column, info });
  const windows = {
    padded: {
      x,
      h: info.outHeight,
      w: info.outWidth,
      c: outChannels,
      top: row.start,
      left: column.start,
      paddedW: column.pixels + (column.taps - 1) * info.dilationWidth,
    },
    n,
    ...geometry(info),
    kh: row.taps,
    kw: column.taps,
    strideH: 1,
    strideW: 1,
    outH: row.pixels,
    outW: column.pixels,
    channels: inChannels,
  };
  if (isForWinograd(info)) {
    winograd(backend, windows, { filter: turned, out: phase });
  } else convolve(backend, { ...windows, filter: turned, out: phase });
}

/**
 * filter[kh, kw, c, channels] -> turned[taps, taps, channels, c], the taps of a
 * phase in reverse.
 */
function turnFilter(
  backend: WasmBackend,
  turned: number,
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
  const to = backend.heap.floats(turned, row.taps * column.taps * length);
  for (let y = 0, end = to.length; y < row.taps; y++) {
    for (let x = 0; x < column.taps; x++) {
      end -= length;
      const tap = (row.tap + y * info.strideHeight) * filterWidth +
        column.tap + x * info.strideWidth;
      for (let channel = 0, i = tap * length; channel < inChannels; channel++) {
        for (let out = 0; out < outChannels; out++) {
          to[end + out * inChannels + channel] = from[i++];
        }
      }
    }
  }
}

/** Conv2DBackpropInput, by which tfjs makes transposed convolutions too. */
export const inputGradients: KernelConfig[] = [
  accelerate("Conv2DBackpropInput", conv2DBackpropInput),
];
