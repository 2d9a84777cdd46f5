/** Depthwise convolution and its two gradients, channels last. */

import {
  backend_util,
  type KernelConfig,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { hasShape } from "../geometry/sizes.ts";
import {
  type ConvolutionAttributes as Attributes,
  depthwiseInfo,
  type Info,
  type Side,
  sidesOf,
} from "../geometry/windows.ts";
import { accelerate, type Call } from "./accelerate.ts";
import { isFast } from "./convolution.ts";
import { copyFloats } from "./copy.ts";
import { addBiasAndActivate, type FusedInputs } from "./fused.ts";
import { sumAxis } from "./reduce.ts";

/** Outputs of a chunk, about: they take longer than to wake a thread. */
const OUTPUTS_PER_CHUNK = 16_384;

/**
 * Which inputs have a part in which outputs, along rows or columns: output
 * `out + j * outStep`, for j below `count`, is the sum over t below `taps` of tap
 * `tap + t * tapStep` of the filter, times input `in + j * inStep + t * inTap`.
 */
interface Axis {
  count: number;
  out: number;
  outStep: number;
  in: number;
  inStep: number;
  taps: number;
  tap: number;
  tapStep: number;
  inTap: number;
}

/** Output o needs input o * stride + k * dilation - padding by tap k. */
function forward({ outSize, window, stride, dilation, padding }: Side): Axis {
  return {
    ...{ count: outSize, out: 0, outStep: 1 },
    ...{ in: -padding, inStep: stride, inTap: dilation },
    ...{ taps: window, tap: 0, tapStep: 1 },
  };
}

/**
 * The gradient by pixel i needs that by output (i + padding - k * dilation) / stride
 * by each tap k for which this is whole. These taps are the same for all pixels of a
 * phase: for those whose places have the same rest when divided by the stride.
 */
function backward(
  { size, window, stride, dilation, padding }: Side,
): Axis[] {
  const phases = Array.from({ length: Math.min(stride, size) }, (_, i) => i);
  return phases.map((out) => {
    const taps = Array.from({ length: window }, (_, k) => k)
      .filter((k) => (out + padding - k * dilation) % stride === 0);
    const last = taps.at(-1) ?? 0, between = taps[1] - taps[0] || stride;
    return {
      ...{ count: Math.ceil((size - out) / stride), out, outStep: stride },
      in: taps.length ? (out + padding - last * dilation) / stride : 0,
      ...{ inStep: 1, inTap: between * dilation / stride || 1 },
      ...{ taps: taps.length, tap: last, tapStep: -between },
    };
  });
}

/** Runs the task for one axis down and one across. */
function convolve(
  backend: WasmBackend,
  [down, across]: [Axis, Axis],
  { from, filter, to, n, c, kw, inShape, outShape }: {
    from: number;
    filter: number;
    to: number;
    n: number;
    c: number;
    kw: number;
    inShape: [number, number];
    outShape: [number, number];
  },
) {
  const [inH, inW] = inShape, [outH, outW] = outShape;
  const within = (j: number) => Math.min(across.count, Math.max(0, j));
  const lastTap = across.in + (across.taps - 1) * across.inTap;
  const perChunk = Math.ceil(OUTPUTS_PER_CHUNK / (across.count * c));
  backend.pool.run("depthwise", {
    ...{ from, filter, to, n, c, kw, inH, inW, outH, outW },
    rows: down.count,
    outRow: down.out,
    outRowStep: down.outStep,
    inRow: down.in,
    inRowStep: down.inStep,
    rowTaps: down.taps,
    tapRow: down.tap,
    tapRowStep: down.tapStep,
    inTapRows: down.inTap,
    columns: across.count,
    outColumn: across.out,
    outColumnStep: across.outStep,
    inColumn: across.in,
    inColumnStep: across.inStep,
    columnTaps: across.taps,
    tapColumn: across.tap,
    tapColumnStep: across.tapStep,
    inTapColumns: across.inTap,
    insideFrom: within(Math.ceil(-across.in / across.inStep)),
    insideTo: within(Math.floor((inW - 1 - lastTap) / across.inStep) + 1),
    perChunk,
  }, Math.ceil(n * down.count / perChunk));
}

/** Whether the fast kernels apply, to the forward pass or a gradient. */
function isFastDepthwise(
  info: Info,
  { dataFormat = "NHWC" }: Attributes,
  ...tensors: TensorInfo[]
): boolean {
  return isFast(info, ...tensors) && dataFormat === "NHWC";
}

/**
 * The address of x as the filters see it: with each channel as often as it has
 * filters, so that every output channel has an input channel of its own.
 */
function repeated(
  backend: WasmBackend,
  allocate: (bytes: number) => number,
  { x, info }: { x: number; info: Info },
): number {
  const times = info.outChannels / info.inChannels;
  if (times === 1) return x;
  const length = util.sizeFromShape(info.inShape);
  const out = allocate(4 * length * times);
  copyFloats(backend, [
    { size: length, from: 1, to: times },
    { size: times, from: 0, to: 1 },
  ], { from: x, to: out });
  return out;
}

/** y[n, outH, outW, c * m] of x[n, h, w, c] and filter[kh, kw, c, m]. */
function depthwiseConv2D(
  { inputs: { x, filter }, attrs, backend }: Call<
    { x: TensorInfo; filter: TensorInfo },
    Attributes
  >,
): TensorInfo | undefined {
  const info = depthwiseInfo(x.shape, filter.shape, attrs);
  // Of strides and dilations tfjs's own kernel wants one to be 1, or it throws.
  const { strides, dilations } = attrs;
  const areKnown = backend_util.eitherStridesOrDilationsAreOne(
    strides,
    dilations ?? 1,
  );
  if (!areKnown || !isFastDepthwise(info, attrs, x, filter)) return undefined;
  const images = backend.address(x), weights = backend.address(filter);
  const out = backend.output(info.outShape);
  const [down, across] = sidesOf(info).map(forward);
  backend.heap.borrow((allocate) =>
    convolve(backend, [down, across], {
      from: repeated(backend, allocate, { x: images, info }),
      filter: weights,
      to: backend.address(out),
      n: info.batchSize,
      c: info.outChannels,
      kw: info.filterWidth,
      inShape: [info.inHeight, info.inWidth],
      outShape: [info.outHeight, info.outWidth],
    })
  );
  return out;
}

/** dx[n, h, w, c] of dy and filter[kh, kw, c, m]. */
function backpropInput(
  { inputs: { dy, filter }, attrs, backend }: Call<
    { dy: TensorInfo; filter: TensorInfo },
    Attributes & { inputShape: number[] }
  >,
): TensorInfo | undefined {
  const info = depthwiseInfo(attrs.inputShape, filter.shape, attrs);
  const fits = hasShape(dy, info.outShape);
  if (!fits || !isFastDepthwise(info, attrs, dy, filter)) return undefined;
  const from = backend.address(dy), weights = backend.address(filter);
  const out = backend.output(info.inShape), dx = backend.address(out);
  const outer = util.sizeFromShape(info.inShape);
  const length = info.outChannels / info.inChannels;
  const [down, across] = sidesOf(info).map(backward);
  backend.heap.borrow((allocate) => {
    const to = length === 1 ? dx : allocate(4 * outer * length);
    for (const row of down) {
      for (const column of across) {
        convolve(backend, [row, column], {
          ...{ from, to, filter: weights },
          n: info.batchSize,
          c: info.outChannels,
          kw: info.filterWidth,
          inShape: [info.outHeight, info.outWidth],
          outShape: [info.inHeight, info.inWidth],
        });
      }
    }
    // A channel's gradient is the sum over all its filters.
    if (length === 1) return;
    sumAxis(backend, { x: to, out: dx, outer, length, inner: 1 });
  });
  return out;
}

/** dw[kh, kw, c, m] of x and dy. */
function backpropFilter(
  { inputs: { x, dy }, attrs, backend }: Call<
    { x: TensorInfo; dy: TensorInfo },
    Attributes & { filterShape: number[] }
  >,
): TensorInfo | undefined {
  const info = depthwiseInfo(x.shape, attrs.filterShape, attrs);
  const fits = hasShape(dy, info.outShape);
  if (!fits || !isFastDepthwise(info, attrs, x, dy)) return undefined;
  const images = backend.address(x), gradient = backend.address(dy);
  const out = backend.output(info.filterShape);
  const { batchSize: n, outHeight: outH, outWidth: outW } = info;
  const { filterHeight: kh, filterWidth: kw, outChannels: c } = info;
  // Rounding depends on how many rows one chunk sums, so threads do not decide it.
  // Of as many pixels as a chunk has, its sums are a small part of the work.
  const perChunk = Math.ceil(
    Math.max(64, OUTPUTS_PER_CHUNK / c) / outW,
  );
  const chunks = Math.ceil(n * outH / perChunk), length = kh * kw * c;
  backend.heap.borrow((allocate) => {
    const sums = allocate(4 * chunks * length);
    backend.pool.run("depthwiseFilter", {
      x: repeated(backend, allocate, { x: images, info }),
      ...{ dy: gradient, out: sums, n, c, kh, kw, outH, outW, perChunk },
      h: info.inHeight,
      w: info.inWidth,
      strideH: info.strideHeight,
      strideW: info.strideWidth,
      dilationH: info.dilationHeight,
      dilationW: info.dilationWidth,
      top: info.padInfo.top,
      left: info.padInfo.left,
    }, chunks);
    const sizes = { outer: 1, length: chunks, inner: length };
    sumAxis(backend, { x: sums, out: backend.address(out), ...sizes });
  });
  return out;
}

/** DepthwiseConv2dNative, its gradients, and FusedDepthwiseConv2D. */
export const depthwiseConvolutions: KernelConfig[] = [
  accelerate("DepthwiseConv2dNative", depthwiseConv2D),
  accelerate("DepthwiseConv2dNativeBackpropInput", backpropInput),
  accelerate("DepthwiseConv2dNativeBackpropFilter", backpropFilter),
  accelerate<
    { x: TensorInfo; filter: TensorInfo } & FusedInputs,
    Attributes & { activation: string; leakyreluAlpha: number }
  >("FusedDepthwiseConv2D", (call) => {
    const product = depthwiseConv2D(call);
    return product && addBiasAndActivate(product, call);
  }),
];
