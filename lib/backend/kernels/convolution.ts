/** Two-dimensional convolution and its two gradients, channels last. */

import {
  backend_util,
  type KernelConfig,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { accelerate, areFloats, type Call } from "./accelerate.ts";
import { addBiasAndActivate, type FusedInputs } from "./fused.ts";
import { race } from "../race.ts";
import { packPanels, PANEL, SCRATCH } from "./matmul.ts";
import { sumAxis } from "./reduce.ts";
import {
  type Frame,
  isForWinograd,
  winograd,
  winogradFilterGradient,
} from "./winograd.ts";

type Info = backend_util.Conv2DInfo;
type Shape4D = [number, number, number, number];

/** What tfjs gives the kernels of a convolution. */
export interface Attributes {
  strides: [number, number] | number;
  pad: "valid" | "same" | number | backend_util.ExplicitPadding;
  dataFormat: "NHWC" | "NCHW";
  dilations: [number, number] | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/** Images whose filter gradients are summed before the chunks are. */
const IMAGES_PER_CHUNK = 8;
/** At most so many bytes of filter gradients wait to be summed. */
const PARTS_BYTES = 1 << 26;

/** tfjs's own account of the windows. */
export function convolutionInfo(
  inShape: number[],
  filterShape: number[],
  { strides, pad, dataFormat, dilations = 1, dimRoundingMode }: Attributes,
): Info {
  return backend_util.computeConv2DInfo(
    inShape as Shape4D,
    filterShape as Shape4D,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    false,
    backend_util.convertConv2DDataFormat(dataFormat),
  );
}

/** Fast kernels take floats, channels last, and at least one number of each. */
function isFast(info: Info, ...tensors: TensorInfo[]) {
  const { batchSize, inChannels, outChannels, outHeight, outWidth } = info;
  const { inHeight, inWidth, filterHeight, filterWidth } = info;
  const sizes = batchSize * inChannels * outChannels * outHeight * outWidth *
    inHeight * inWidth * filterHeight * filterWidth;
  return areFloats(...tensors) && info.dataFormat === "channelsLast" &&
    sizes > 0;
}

/** The fields of a job that say where pixels lie in the frame, and windows. */
function geometry(info: Info) {
  return {
    kh: info.filterHeight,
    kw: info.filterWidth,
    dilationH: info.dilationHeight,
    dilationW: info.dilationWidth,
    strideH: info.strideHeight,
    strideW: info.strideWidth,
    outH: info.outHeight,
    outW: info.outWidth,
    channels: info.outChannels,
  };
}

/** The image [h, w, c] in a frame that holds the windows of all outputs. */
function frameOf(x: number, info: Info): Frame {
  return {
    x,
    h: info.inHeight,
    w: info.inWidth,
    c: info.inChannels,
    top: info.padInfo.top,
    left: info.padInfo.left,
    frameH: (info.outHeight - 1) * info.strideHeight +
      (info.filterHeight - 1) * info.dilationHeight + 1,
    frameW: (info.outWidth - 1) * info.strideWidth +
      (info.filterWidth - 1) * info.dilationWidth + 1,
  };
}

/** out[n, outH, outW, channels] = frame * filter [kh * kw * c, channels]. */
function convolve(
  backend: WasmBackend,
  { frame, filter, out, n, ...windows }: {
    frame: Frame;
    filter: number;
    out: number;
    n: number;
  } & ReturnType<typeof geometry>,
) {
  const { kh, kw, channels } = windows;
  const { c, frameH, frameW } = frame;
  // To one channel: the filter's columns are its windows, [c, kh * kw].
  const toOne = channels === 1 && kh * kw > 1;
  const panels = packPanels(backend, {
    b: filter,
    k: toOne ? c : kh * kw * c,
    n: toOne ? kh * kw : channels,
    rowStride: 4 * channels,
    columnStride: toOne ? 4 * c : 4,
  });
  const numbers = frameH * frameW * (toOne ? c + kh * kw : c);
  const bytes = SCRATCH + 4 * numbers;
  const job = {
    ...frame,
    panels,
    out,
    ...windows,
    n,
    imagesPerChunk: 1,
    narrow: 0,
    scratch: backend.scratch(bytes),
    scratchBytes: bytes,
  };
  const { outH, outW } = windows;
  const task = toOne ? "convolutionToOne" : "convolution";
  // By wide tiles or by narrow ones.
  race(`${task} ${[outH, outW, kh, kw, c, channels]}`, n, (narrow) => {
    backend.pool.run(task, { ...job, narrow }, n);
  });
  backend.heap.free(panels);
}

/** y[n, outH, outW, channels] of x[n, h, w, c] and filter[kh, kw, c, channels]. */
function conv2D(
  { inputs: { x, filter }, attrs, backend }: Call<
    { x: TensorInfo; filter: TensorInfo },
    Attributes
  >,
): TensorInfo | undefined {
  const info = convolutionInfo(x.shape, filter.shape, attrs);
  if (!isFast(info, x, filter)) return undefined;
  const frame = frameOf(backend.address(x), info);
  const weights = backend.address(filter);
  const out = backend.output(info.outShape);
  const to = backend.address(out);
  const windows = { frame, n: info.batchSize, ...geometry(info) };
  if (isForWinograd(info)) {
    winograd(backend, windows, { filter: weights, out: to });
  } else convolve(backend, { ...windows, filter: weights, out: to });
  return out;
}

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
  if (
    !isFast(info, dy, filter) ||
    !util.arraysEqual(dy.shape, info.outShape)
  ) return undefined;
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
  const { batchSize: n, inChannels, outChannels } = info;
  const isWhole = rows.length === 1 && columns.length === 1;
  for (const row of rows) {
    for (const column of columns) {
      const size = 4 * n * row.pixels * column.pixels * inChannels;
      const part = isWhole ? to : backend.heap.allocate(size);
      if (row.taps > 0 && column.taps > 0) {
        const turned = turnFilter(backend, filter, { row, column, info });
        const spanH = (row.taps - 1) * info.dilationHeight;
        const spanW = (column.taps - 1) * info.dilationWidth;
        const windows = {
          frame: {
            x,
            h: info.outHeight,
            w: info.outWidth,
            c: outChannels,
            top: row.start,
            left: column.start,
            frameH: row.pixels + spanH,
            frameW: column.pixels + spanW,
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
          winograd(backend, windows, { filter: turned, out: part });
        } else convolve(backend, { ...windows, filter: turned, out: part });
        backend.heap.free(turned);
      } else backend.heap.floats(part, size / 4).fill(0);
      if (isWhole) continue;
      backend.pool.run("putPhase", {
        part,
        rows: row.pixels,
        columns: column.pixels,
        out: to,
        h: info.inHeight,
        w: info.inWidth,
        c: inChannels,
        row: row.pixel,
        column: column.pixel,
        strideH: info.strideHeight,
        strideW: info.strideWidth,
      }, n);
      backend.heap.free(part);
    }
  }
  return out;
}

/** filter[kh, kw, c, channels] -> [taps, taps, channels, c] of a phase, reversed. */
function turnFilter(
  backend: WasmBackend,
  filter: TensorInfo,
  { row, column, info }: { row: Phase; column: Phase; info: Info },
) {
  const { inChannels, outChannels, filterWidth } = info;
  const { strideHeight, strideWidth } = info;
  const from = backend.data.get(filter.dataId).values as Float32Array;
  const length = inChannels * outChannels; // of a tap
  const address = backend.heap.allocate(4 * row.taps * column.taps * length);
  const to = backend.heap.floats(address, row.taps * column.taps * length);
  for (let y = 0, end = to.length; y < row.taps; y++) {
    for (let x = 0; x < column.taps; x++) {
      end -= length;
      const tap = (row.tap + y * strideHeight) * filterWidth +
        column.tap + x * strideWidth;
      for (let channel = 0, i = tap * length; channel < inChannels; channel++) {
        for (let out = 0; out < outChannels; out++) {
          to[end + out * inChannels + channel] = from[i++];
        }
      }
    }
  }
  return address;
}

/** dw[kh, kw, c, channels] of x and dy, summed over images in a fixed order. */
function conv2DBackpropFilter(
  { inputs: { x, dy }, attrs, backend }: Call<
    { x: TensorInfo; dy: TensorInfo },
    Attributes & { filterShape: number[] }
  >,
): TensorInfo | undefined {
  const info = convolutionInfo(x.shape, attrs.filterShape, attrs);
  if (!isFast(info, x, dy)) return undefined;
  const frame = frameOf(backend.address(x), info);
  const gradient = backend.address(dy);
  const out = backend.output(info.filterShape);
  if (isForWinograd(info)) {
    const layer = { frame, n: info.batchSize, ...geometry(info) };
    const dFilter = backend.address(out);
    winogradFilterGradient(backend, layer, { dy: gradient, dFilter });
    return out;
  }
  const length = info.filterHeight * info.filterWidth * info.inChannels *
    info.outChannels;
  const imagesPerChunk = Math.max(
    IMAGES_PER_CHUNK,
    Math.ceil(info.batchSize / Math.max(1, PARTS_BYTES / (4 * length))),
  );
  const chunks = Math.ceil(info.batchSize / imagesPerChunk);
  const parts = backend.heap.allocate(4 * chunks * length);
  const bytes = SCRATCH + 4 * frame.frameH * frame.frameW * frame.c +
    4 * PANEL * info.outHeight * info.outWidth;
  const job = {
    ...frame,
    panels: 0,
    out: parts,
    ...geometry(info),
    n: info.batchSize,
    imagesPerChunk,
    narrow: 0,
    scratch: backend.scratch(bytes),
    scratchBytes: bytes,
    dy: gradient,
  };
  const key = `filterGradient ${info.outShape.slice(1)} ${info.filterShape}`;
  race(key, info.batchSize, (narrow) => {
    backend.pool.run("filterGradient", { ...job, narrow }, chunks);
  });
  sumAxis(backend, {
    x: parts,
    out: backend.address(out),
    outer: 1,
    length: chunks,
    inner: length,
  });
  backend.heap.free(parts);
  return out;
}

/** Conv2D, its gradients, and FusedConv2D. */
export const convolutions: KernelConfig[] = [
  accelerate("Conv2D", conv2D),
  accelerate("Conv2DBackpropInput", conv2DBackpropInput),
  accelerate("Conv2DBackpropFilter", conv2DBackpropFilter),
  accelerate<
    { x: TensorInfo; filter: TensorInfo } & FusedInputs,
    Attributes & { activation: string; leakyreluAlpha: number }
  >("FusedConv2D", (call) => {
    const product = conv2D(call);
    return product && addBiasAndActivate(product, call);
  }),
];
