/** Two-dimensional convolution and its two gradients, channels last. */

import {
  backend_util,
  type KernelConfig,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import type { Fields } from "../threads/fields.ts";
import {
  BLOCK_BYTES,
  BLOCK_ROWS,
  type PaddedImage,
  PANEL_COLUMNS,
} from "../threads/jobs.ts";
import { allocator } from "../threads/memory.ts";
import { runFaster } from "../threads/autotune.ts";
import { accelerate, areFloats, type Call } from "./accelerate.ts";
import { addBiasAndActivate, type FusedInputs } from "./fused.ts";
import { packPanels } from "./matmul.ts";
import { sumAxis } from "./reduce.ts";
import { checkWindow, hasShape, isWhole } from "../geometry/sizes.ts";
import { isForWinograd, winograd, winogradFilterGradient } from "./winograd.ts";

export type Info = backend_util.Conv2DInfo;
type Shape4D = [number, number, number, number];

/** What tfjs gives the kernels of a convolution. */
export interface Attributes {
  strides: [number, number] | number;
  pad: "valid" | "same" | number | backend_util.ExplicitPadding;
  dataFormat: "NHWC" | "NCHW";
  dilations: [number, number] | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/** Outputs of a chunk, at least: of fewer, too many tiles hang over. */
const OUTPUTS_PER_CHUNK = 192;
/** What a thread should have in hand at most, for its second cache. */
const CACHE_BYTES = 1 << 18;
/** An image that needs more than this on its way goes through in strips. */
const STRIP_BYTES = 1 << 20;
/** Images whose filter gradients are summed before the chunks are. */
const IMAGES_PER_CHUNK = 8;
/** At most so many bytes of filter gradients wait to be summed. */
const PARTS_BYTES = 1 << 26;

/**
 * tfjs's own account of the windows.
 *
 * @throws {RangeError} when the window is larger than the image.
 */
export function convolutionInfo(
  inShape: number[],
  filterShape: number[],
  { strides, pad, dataFormat, dilations = 1, dimRoundingMode }: Attributes,
): Info {
  const info = backend_util.computeConv2DInfo(
    inShape as Shape4D,
    filterShape as Shape4D,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    false,
    backend_util.convertConv2DDataFormat(dataFormat),
  );
  checkWindow(info);
  return info;
}

/** Fast kernels take floats, channels last, and at least one number of each. */
export function isFast(info: Info, ...tensors: TensorInfo[]) {
  return areFloats(...tensors) && info.dataFormat === "channelsLast" &&
    isWhole(info);
}

/** The fields of a job that say where pixels lie in the frame, and windows. */
export function geometry(info: Info) {
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
function paddedImageOf(x: number, info: Info): Fields<typeof PaddedImage> {
  return {
    x,
    h: info.inHeight,
    w: info.inWidth,
    c: info.inChannels,
    top: info.padInfo.top,
    left: info.padInfo.left,
    paddedW: (info.outWidth - 1) * info.strideWidth +
      (info.filterWidth - 1) * info.dilationWidth + 1,
  };
}

/** out[n, outH, outW, channels] = frame * filter [kh * kw * c, channels]. */
export function convolve(
  backend: WasmBackend,
  { padded, filter, out, n, ...windows }: {
    padded: Fields<typeof PaddedImage>;
    filter: number;
    out: number;
    n: number;
  } & ReturnType<typeof geometry>,
) {
  const { kh, kw, channels, outH, outW } = windows;
  const { c, paddedW } = padded;
  const isToOne = channels === 1 && kh * kw > 1;
  const rowBytes = 4 * paddedW * (c + kh * kw);
  // To one channel: the filter's columns are its windows, [c, kh * kw]. Where
  // even one row of outputs needs too much for that, the plain way is taken.
  const toOne = isToOne && rowsNeeded(windows, 1) * rowBytes <= STRIP_BYTES;
  // Where the numbers of so many rows of outputs lie in a slot.
  const slotOf = (rows: number, images = 1) => {
    const slot = allocator();
    slot(BLOCK_BYTES);
    const paddedH = rowsNeeded(windows, rows);
    const paddedBytes = 4 * paddedH * paddedW * c;
    const places = {
      pointers: slot(4 * (toOne ? BLOCK_ROWS : images * rows * outW)),
      paddedImages: slot(images * paddedBytes),
      products: slot(toOne ? 4 * paddedH * paddedW * kh * kw : 0),
    };
    return { ...places, paddedH, paddedBytes, bytes: slot(0) };
  };
  const bytesOf = (rows: number) => slotOf(rows).bytes;
  const stripRows = rowsWithin(STRIP_BYTES, { rows: outH, bytesOf });
  const strips = Math.ceil(outH / stripRows);
  const perThread = Math.ceil(n / backend.pool.threads);
  const together = toOne || strips > 1 ? 1 : Math.max(
    1,
    Math.min(
      Math.ceil(OUTPUTS_PER_CHUNK / (outH * outW)),
      Math.floor(CACHE_BYTES / slotOf(outH).paddedBytes),
    ),
  );
  // No output depends on how images are cut, so threads get equal shares.
  const imagesPerChunk = Math.ceil(
    perThread / Math.ceil(perThread / together),
  );
  const chunks = Math.ceil(n / imagesPerChunk) * strips;
  const { bytes, ...slot } = slotOf(stripRows, imagesPerChunk);
  backend.heap.borrow((allocate) => {
    const panels = packPanels(backend, allocate, {
      b: filter,
      k: toOne ? c : kh * kw * c,
      n: toOne ? kh * kw : channels,
      rowStride: 4 * channels,
      columnStride: toOne ? 4 * c : 4,
    });
    const job = {
      ...padded,
      panels,
      out,
      ...windows,
      n,
      imagesPerChunk,
      stripRows,
      ...slot,
      smallBlock: 0,
      ...backend.scratch(allocate, { bytes, chunks }),
    };
    const task = toOne ? "convolutionToOne" : "convolution";
    // By wide tiles or by narrow ones.
    const key = `${task} ${[outH, outW, kh, kw, c, channels]}`;
    runFaster(backend.pool, { key, amount: n }, (smallBlock) => {
      backend.pool.run(task, { ...job, smallBlock }, chunks);
    });
  });
}

/** Rows of the frame that so many rows of outputs see. */
function rowsNeeded(
  { strideH, dilationH, kh }: ReturnType<typeof geometry>,
  rows: number,
): number {
  return (rows - 1) * strideH + (kh - 1) * dilationH + 1;
}

/** At most so many rows, and at least one, for which `bytesOf` is within `most`. */
function rowsWithin(
  most: number,
  { rows, bytesOf }: { rows: number; bytesOf: (rows: number) => number },
): number {
  if (rows === 1 || bytesOf(rows) <= most) return rows;
  const perRow = (bytesOf(rows) - bytesOf(1)) / (rows - 1);
  const more = Math.floor((most - bytesOf(1)) / perRow);
  return Math.min(rows, Math.max(1, 1 + more));
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
  const padded = paddedImageOf(backend.address(x), info);
  const weights = backend.address(filter);
  const out = backend.output(info.outShape);
  const to = backend.address(out);
  const windows = { padded, n: info.batchSize, ...geometry(info) };
  if (isForWinograd(info)) {
    winograd(backend, windows, { filter: weights, out: to });
  } else convolve(backend, { ...windows, filter: weights, out: to });
  return out;
}

/** dw[kh, kw, c, channels] of x and dy, summed over images in a fixed order. */
function conv2DBackpropFilter(
  { inputs: { x, dy }, attrs, backend }: Call<
    { x: TensorInfo; dy: TensorInfo },
    Attributes & { filterShape: number[] }
  >,
): TensorInfo | undefined {
  const info = convolutionInfo(x.shape, attrs.filterShape, attrs);
  if (!isFast(info, x, dy) || !hasShape(dy, info.outShape)) return undefined;
  const padded = paddedImageOf(backend.address(x), info);
  const gradient = backend.address(dy);
  const out = backend.output(info.filterShape);
  if (isForWinograd(info)) {
    const layer = { padded, n: info.batchSize, ...geometry(info) };
    const dFilter = backend.address(out);
    winogradFilterGradient(backend, layer, { dy: gradient, dFilter });
    return out;
  }
  const rows = info.filterHeight * info.filterWidth * info.inChannels;
  const length = rows * info.outChannels;
  const imagesPerChunk = Math.max(
    IMAGES_PER_CHUNK,
    Math.ceil(info.batchSize / Math.max(1, PARTS_BYTES / (4 * length))),
  );
  const chunks = Math.ceil(info.batchSize / imagesPerChunk);
  const windows = geometry(info);
  const paddedRow = 4 * padded.paddedW * padded.c;
  const panelRow = 4 * PANEL_COLUMNS * info.outWidth;
  const stripRows = rowsWithin(STRIP_BYTES, {
    rows: info.outHeight,
    bytesOf: (rows) => rowsNeeded(windows, rows) * paddedRow + rows * panelRow,
  });
  const panelBytes = stripRows * panelRow;
  const panelsAtOnce = Math.min(
    Math.ceil(info.outChannels / PANEL_COLUMNS),
    Math.max(1, Math.floor(CACHE_BYTES / panelBytes)),
  );
  const paddedH = rowsNeeded(windows, stripRows), slot = allocator();
  slot(BLOCK_BYTES);
  const places = {
    pointers: slot(4 * rows),
    paddedImages: slot(paddedH * paddedRow),
    panels: slot(panelsAtOnce * panelBytes),
  };
  backend.heap.borrow((allocate) => {
    const parts = allocate(4 * chunks * length);
    const job = {
      ...padded,
      out: parts,
      ...windows,
      n: info.batchSize,
      imagesPerChunk,
      stripRows,
      paddedH,
      smallBlock: 0,
      ...backend.scratch(allocate, { bytes: slot(0), chunks }),
      ...places,
      dy: gradient,
      panelBytes,
      panelsAtOnce,
    };
    const key = `filterGradient ${info.outShape.slice(1)} ${info.filterShape}`;
    runFaster(backend.pool, { key, amount: info.batchSize }, (smallBlock) => {
      backend.pool.run("filterGradient", { ...job, smallBlock }, chunks);
    });
    sumAxis(backend, {
      x: parts,
      out: backend.address(out),
      outer: 1,
      length: chunks,
      inner: length,
    });
  });
  return out;
}

/** Conv2D, its filter gradient, and FusedConv2D. */
export const convolutions: KernelConfig[] = [
  accelerate("Conv2D", conv2D),
  accelerate("Conv2DBackpropFilter", conv2DBackpropFilter),
  accelerate<
    { x: TensorInfo; filter: TensorInfo } & FusedInputs,
    Attributes & { activation: string; leakyreluAlpha: number }
  >("FusedConv2D", (call) => {
    const product = conv2D(call);
    return product && addBiasAndActivate(product, call);
  }),
];
