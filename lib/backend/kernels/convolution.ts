/**
 * Two-dimensional convolution and its filter's gradient, channels last. The input's
 * is in convolution_input.ts.
 */

import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import type { Fields } from "../threads/fields.ts";
import {
  BLOCK_BYTES,
  BLOCK_ROWS,
  type PaddedImage,
  PANEL_COLUMNS,
} from "../threads/jobs.ts";
import { offsetAllocator } from "../threads/memory.ts";
import { runFaster } from "../threads/autotune.ts";
import { accelerate, areFloats, type Call } from "./accelerate.ts";
import { copyInOrder } from "./copy.ts";
import {
  addBiasAndActivate,
  type Epilogue,
  epilogueOf,
  type FusedAttributes,
  type FusedInputs,
  NO_EPILOGUE,
} from "./fused.ts";
import { packPanels } from "./matmul.ts";
import { sumAxis } from "./reduce.ts";
import { hasShape, hasValidSizes } from "../geometry/sizes.ts";
import { imagesPerSum, MAX_SUMS_BYTES } from "../geometry/tiles.ts";
import { cut, permute, viewOf } from "../geometry/views.ts";
import {
  type ConvolutionAttributes as Attributes,
  convolutionInfo,
  type Info,
} from "../geometry/windows.ts";
import { isForWinograd, winograd, winogradFilterGradient } from "./winograd.ts";

/** Outputs of a chunk, at least: of fewer, too many register blocks are not full. */
const OUTPUTS_PER_CHUNK = 192;
/** Bytes that a thread works on at a time, which stay in its second-level cache. */
const CACHE_BYTES = 1 << 18;
/** An image that needs more bytes than these is computed in strips. */
const MAX_STRIP_BYTES = 1 << 20;

/** Whether the fast kernels apply: to floats, channels last, and no empty tensor. */
export function isFast(info: Info, ...tensors: TensorInfo[]) {
  return areFloats(...tensors) && info.dataFormat === "channelsLast" &&
    hasValidSizes(info);
}

/** The fields of a job that say where the windows are. */
export function windowFields(info: Info) {
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

/** Images [n, h, w, c] at an address, with the padding that their windows need. */
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

/** Which of the d planes of a volume, each an image, a window of kd planes needs. */
export interface Depth {
  d: number;
  kd: number;
  outD: number;
  strideD: number;
  dilationD: number;
  /** Planes of padding. */
  front: number;
}

/** An image is a volume of one plane. */
export const FLAT: Depth = {
  ...{ d: 1, kd: 1, outD: 1, strideD: 1, dilationD: 1, front: 0 },
};

/** A convolution of `n` images or planes: its input, its windows and its outputs. */
export type Layer =
  & { image: Fields<typeof PaddedImage>; n: number; depth?: Depth }
  & ReturnType<typeof windowFields>;

/**
 * Writes out[n, outH, outW, channels] of the images and filter[kd, kh, kw, c,
 * channels].
 */
export function convolve(
  backend: WasmBackend,
  { image, n, depth = FLAT, ...windows }: Layer,
  { filter, out, epilogue = NO_EPILOGUE }: {
    filter: number;
    out: number;
    epilogue?: Epilogue;
  },
) {
  const { kh, kw, channels, outH, outW } = windows, { kd } = depth;
  const { c, paddedW } = image;
  const rowBytes = 4 * paddedW * (c + kh * kw);
  // To one channel there is a task of its own, unless even one row of outputs would
  // need too much memory for it. Its filter is [c, kh * kw].
  const toOne = channels === 1 && kh * kw > 1 && depth === FLAT &&
    rowsNeeded(windows, 1) * rowBytes <= MAX_STRIP_BYTES;
  /** What a slot contains for so many rows of outputs of so many images. */
  const slotOf = (rows: number, images = 1) => {
    const place = offsetAllocator();
    place(BLOCK_BYTES);
    const paddedH = rowsNeeded(windows, rows);
    const paddedBytes = 4 * paddedH * paddedW * c;
    const places = {
      pointers: place(4 * (toOne ? BLOCK_ROWS : images * rows * outW)),
      paddedImages: place(images * kd * paddedBytes),
      products: place(toOne ? 4 * paddedH * paddedW * kh * kw : 0),
    };
    return { ...places, paddedH, paddedBytes, bytes: place(0) };
  };
  const bytesOf = (rows: number) => slotOf(rows).bytes;
  // Of fewer images than threads each is cut, so that all threads have a share.
  const shares = Math.ceil(backend.pool.threads / n);
  const rows = Math.min(
    outH,
    Math.max(
      Math.ceil(outH / shares),
      Math.ceil(OUTPUTS_PER_CHUNK / outW),
    ),
  );
  const stripRows = rowsWithin(MAX_STRIP_BYTES, { rows, bytesOf });
  const strips = Math.ceil(outH / stripRows);
  const perThread = Math.ceil(n / backend.pool.threads);
  const most = toOne || strips > 1 ? 1 : Math.max(
    1,
    Math.min(
      Math.ceil(OUTPUTS_PER_CHUNK / (outH * outW)),
      Math.floor(CACHE_BYTES / kd / slotOf(outH).paddedBytes),
    ),
  );
  // No output depends on the size of chunks, so all threads get equal shares.
  const imagesPerChunk = Math.ceil(perThread / Math.ceil(perThread / most));
  const chunks = Math.ceil(n / imagesPerChunk) * strips;
  const { bytes, ...slot } = slotOf(stripRows, imagesPerChunk);
  backend.heap.borrow((allocate) => {
    const panels = packPanels(backend, allocate, {
      b: filter,
      k: toOne ? c : kd * kh * kw * c,
      n: toOne ? kh * kw : channels,
      rowStride: 4 * channels,
      columnStride: toOne ? 4 * c : 4,
    });
    const job = {
      ...image,
      ...windows,
      ...depth,
      ...slot,
      ...epilogue,
      ...{ panels, out, n, imagesPerChunk, stripRows },
      ...backend.scratch(allocate, { bytes, chunks }),
    };
    const task = toOne ? "convolutionToOne" : "convolution";
    const key = `${task} ${[outH, outW, kd, kh, kw, c, channels]}`;
    runFaster(backend.pool, { key, amount: n }, (smallBlock) => {
      backend.pool.run(task, { ...job, smallBlock }, chunks);
    });
  });
}

/** Rows of the padded image that so many rows of outputs need. */
function rowsNeeded(
  { strideH, dilationH, kh }: ReturnType<typeof windowFields>,
  rows: number,
): number {
  return (rows - 1) * strideH + (kh - 1) * dilationH + 1;
}

/** The most rows, but at least one, that need no more than `most` bytes. */
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
  epilogue?: Epilogue,
): TensorInfo | undefined {
  const info = convolutionInfo(x.shape, filter.shape, attrs);
  if (!isFast(info, x, filter)) return undefined;
  const image = paddedImageOf(backend.address(x), info);
  const weights = backend.address(filter);
  const out = backend.output(info.outShape);
  const to = backend.address(out);
  const layer = { image, n: info.batchSize, ...windowFields(info) };
  const run = isForWinograd(info) ? winograd : convolve;
  run(backend, layer, { filter: weights, out: to, epilogue });
  return out;
}

/** dw[kh, kw, c, channels] of x and dy. */
function conv2DBackpropFilter(
  { inputs: { x, dy }, attrs, backend }: Call<
    { x: TensorInfo; dy: TensorInfo },
    Attributes & { filterShape: number[] }
  >,
): TensorInfo | undefined {
  const info = convolutionInfo(x.shape, attrs.filterShape, attrs);
  if (!isFast(info, x, dy) || !hasShape(dy, info.outShape)) return undefined;
  const image = paddedImageOf(backend.address(x), info);
  const gradient = backend.address(dy);
  const out = backend.output(info.filterShape);
  const layer = { image, n: info.batchSize, ...windowFields(info) };
  const addresses = { dy: gradient, dFilter: backend.address(out) };
  if (hasFewOutputs(info)) fewOutputsGradient(backend, layer, addresses);
  else if (isForWinograd(info)) {
    winogradFilterGradient(backend, layer, addresses);
  } else filterGradient(backend, layer, addresses);
  return out;
}

/**
 * Whether the filter's gradient of so few output channels exchanges the roles of x and
 * dy, since most columns of a panel would be empty. Then the zeros around dy are
 * multiplied, and not those around x: a pixel of x that is infinite or NaN makes NaN of
 * the weights of its channel.
 */
export function hasFewOutputs(info: Info): boolean {
  return info.outChannels < PANEL_COLUMNS / 2 &&
    info.inChannels > info.outChannels &&
    info.strideHeight === 1 && info.strideWidth === 1;
}

/**
 * Writes dFilter[kh, kw, c, channels] as the gradient of a convolution of dy, whose
 * outputs have the gradient x: tap k of a window that is at pixel p of x is tap
 * kh - 1 - k of one that is at p of dy.
 */
function fewOutputsGradient(
  backend: WasmBackend,
  { image, n, ...windows }: Layer,
  { dy, dFilter }: { dy: number; dFilter: number },
) {
  const { kh, kw, dilationH, dilationW, channels, outH, outW } = windows;
  const { x, h, w, c } = image;
  const across = (kw - 1) * dilationW;
  backend.heap.borrow((allocate) => {
    const size = kh * kw * channels * c, reversed = allocate(4 * size);
    filterGradient(backend, {
      n,
      image: {
        ...{ x: dy, h: outH, w: outW, c: channels, paddedW: w + across },
        top: (kh - 1) * dilationH - image.top,
        left: across - image.left,
      },
      ...{ ...windows, outH: h, outW: w, channels: c },
    }, { dy: x, dFilter: reversed });
    const [rows, columns] = [kh, kw].map((size) => ({
      ...{ start: size - 1, size, step: -1 },
    }));
    const turned = cut(viewOf([kh, kw, channels, c]), 0, rows);
    const view = permute(cut(turned, 1, columns), [0, 1, 3, 2]);
    copyInOrder(backend, view, { from: reversed, to: dFilter });
  });
}

/** Writes dFilter[kd, kh, kw, c, channels] of the images and dy. */
export function filterGradient(
  backend: WasmBackend,
  { image, n, depth = FLAT, ...windows }: Layer,
  { dy, dFilter }: { dy: number; dFilter: number },
) {
  const { kh, kw, outH, outW, channels } = windows, { c, paddedW } = image;
  const { kd } = depth, rows = kd * kh * kw * c, length = rows * channels;
  const imagesPerChunk = imagesPerSum(n, MAX_SUMS_BYTES / (4 * length));
  const chunks = Math.ceil(n / imagesPerChunk);
  const paddedRow = 4 * paddedW * c;
  const panelRow = 4 * PANEL_COLUMNS * outW;
  const stripRows = rowsWithin(MAX_STRIP_BYTES, {
    rows: outH,
    bytesOf: (rows) =>
      kd * rowsNeeded(windows, rows) * paddedRow + rows * panelRow,
  });
  const paddedH = rowsNeeded(windows, stripRows);
  const paddedBytes = paddedH * paddedRow;
  const panelBytes = stripRows * panelRow;
  const panelsAtOnce = Math.min(
    Math.ceil(channels / PANEL_COLUMNS),
    Math.max(1, Math.floor(CACHE_BYTES / panelBytes)),
  );
  const place = offsetAllocator();
  place(BLOCK_BYTES);
  const places = {
    pointers: place(4 * rows),
    paddedImages: place(kd * paddedBytes),
    panels: place(panelsAtOnce * panelBytes),
  };
  backend.heap.borrow((allocate) => {
    const sums = allocate(4 * chunks * length);
    const job = {
      ...image,
      ...windows,
      ...depth,
      ...places,
      ...{ dy, out: sums, n, imagesPerChunk, stripRows, paddedH, paddedBytes },
      ...{ panelBytes, panelsAtOnce },
      ...backend.scratch(allocate, { bytes: place(0), chunks }),
    };
    const key = `filterGradient ${[outH, outW, kd, kh, kw, c, channels]}`;
    runFaster(backend.pool, { key, amount: n }, (smallBlock) => {
      backend.pool.run("filterGradient", { ...job, smallBlock }, chunks);
    });
    const sizes = { outer: 1, length: chunks, inner: length };
    sumAxis(backend, { x: sums, out: dFilter, ...sizes });
  });
}

/** Conv2D, its filter gradient, and FusedConv2D. */
export const convolutions: KernelConfig[] = [
  accelerate("Conv2D", conv2D),
  accelerate("Conv2DBackpropFilter", conv2DBackpropFilter),
  accelerate<
    { x: TensorInfo; filter: TensorInfo } & FusedInputs,
    Attributes & FusedAttributes
  >("FusedConv2D", (call) => {
    const epilogue = epilogueOf(call, call.inputs.filter.shape[3]);
    const product = conv2D(call, epilogue);
    if (epilogue) return product;
    return product && addBiasAndActivate(product, call);
  }),
];
