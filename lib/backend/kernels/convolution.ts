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
import { packPanels } from "./matmul.ts";
import { sumAxis } from "./reduce.ts";

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

/** A tile that hangs over the edge, and six pointers. */
const SCRATCH = 192 + 32;
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
function frameOf(x: number, info: Info) {
  return {
    x,
    h: info.inHeight,
    w: info.inWidth,
    c: info.inChannels,
    top: info.padInfo.top,
    left: info.padInfo.left,
    spreadH: 1,
    spreadW: 1,
    frameH: (info.outHeight - 1) * info.strideHeight +
      (info.filterHeight - 1) * info.dilationHeight + 1,
    frameW: (info.outWidth - 1) * info.strideWidth +
      (info.filterWidth - 1) * info.dilationWidth + 1,
  };
}

type Frame = ReturnType<typeof frameOf>;

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
  backend.pool.run(toOne ? "convolutionToOne" : "convolution", {
    ...frame,
    panels,
    out,
    ...windows,
    n,
    imagesPerChunk: 1,
    scratch: backend.scratch(bytes),
    scratchBytes: bytes,
  }, n);
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
  convolve(backend, {
    frame,
    filter: weights,
    out: backend.address(out),
    n: info.batchSize,
    ...geometry(info),
  });
  return out;
}

/**
 * dx is a convolution too: of dy, its pixels spread by the stride, with the
 * filter turned by 180 degrees and its channels exchanged.
 */
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
  const spanH = (info.filterHeight - 1) * info.dilationHeight;
  const spanW = (info.filterWidth - 1) * info.dilationWidth;
  const frame = {
    x: backend.address(dy),
    h: info.outHeight,
    w: info.outWidth,
    c: info.outChannels,
    top: spanH - info.padInfo.top,
    left: spanW - info.padInfo.left,
    spreadH: info.strideHeight,
    spreadW: info.strideWidth,
    frameH: info.inHeight + spanH,
    frameW: info.inWidth + spanW,
  };
  const turned = turnFilter(backend, filter, info);
  const out = backend.output(info.inShape);
  convolve(backend, {
    frame,
    filter: turned,
    out: backend.address(out),
    n: info.batchSize,
    ...geometry(info),
    strideH: 1,
    strideW: 1,
    outH: info.inHeight,
    outW: info.inWidth,
    channels: info.inChannels,
  });
  backend.heap.free(turned);
  return out;
}

/** filter[kh, kw, c, channels] -> [kh, kw, channels, c], windows reversed. */
function turnFilter(backend: WasmBackend, filter: TensorInfo, info: Info) {
  const { inChannels, outChannels, filterHeight, filterWidth } = info;
  const windows = filterHeight * filterWidth;
  const from = backend.data.get(filter.dataId).values as Float32Array;
  const address = backend.heap.allocate(4 * from.length);
  const to = backend.heap.floats(address, from.length);
  for (let window = 0, i = 0; window < windows; window++) {
    const first = (windows - 1 - window) * inChannels * outChannels;
    for (let channel = 0; channel < inChannels; channel++) {
      for (let out = 0; out < outChannels; out++) {
        to[first + out * inChannels + channel] = from[i++];
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
  const length = info.filterHeight * info.filterWidth * info.inChannels *
    info.outChannels;
  const imagesPerChunk = Math.max(
    IMAGES_PER_CHUNK,
    Math.ceil(info.batchSize / Math.max(1, PARTS_BYTES / (4 * length))),
  );
  const chunks = Math.ceil(info.batchSize / imagesPerChunk);
  const parts = backend.heap.allocate(4 * chunks * length);
  const bytes = SCRATCH + 4 * frame.frameH * frame.frameW * frame.c +
    32 * info.outHeight * info.outWidth;
  backend.pool.run("filterGradient", {
    ...frame,
    panels: 0,
    out: parts,
    ...geometry(info),
    n: info.batchSize,
    imagesPerChunk,
    scratch: backend.scratch(bytes),
    scratchBytes: bytes,
    dy: gradient,
  }, chunks);
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
