/** Convolution of volumes and its two gradients, channels last. */

import {
  backend_util,
  type KernelConfig,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { hasShape } from "../geometry/sizes.ts";
import {
  hasValidVolumes,
  type VolumeInfo,
  volumeSidesOf,
} from "../geometry/windows.ts";
import { accelerate, areFloats, type Call } from "./accelerate.ts";
import { convolve, filterGradient, type Layer } from "./convolution.ts";
import { inputGradient } from "./convolution_input.ts";

type Shape5D = [number, number, number, number, number];

interface Attributes {
  strides: number | [number, number, number];
  pad: "valid" | "same" | number;
  dataFormat?: "NDHWC" | "NCDHW";
  dilations?: number | [number, number, number];
}

function volumeInfo(
  inShape: number[],
  filterShape: number[],
  { strides, pad, dilations = 1 }: Attributes,
): VolumeInfo {
  return backend_util.computeConv3DInfo(
    inShape as Shape5D,
    filterShape as Shape5D,
    strides,
    dilations,
    pad as "same",
  );
}

/** Whether the fast kernels apply: to floats, channels last, and no empty tensor. */
function isFast(
  info: VolumeInfo,
  { dataFormat = "NDHWC" }: Attributes,
  ...tensors: TensorInfo[]
): boolean {
  return areFloats(...tensors) && dataFormat === "NDHWC" &&
    hasValidVolumes(info) && info.filterShape.length === 5 &&
    info.filterShape[3] === info.inChannels;
}

/** The layer over volumes at an address. */
function layerOf(x: number, info: VolumeInfo): Layer {
  const [depth, down, across] = volumeSidesOf(info);
  return {
    image: {
      x,
      h: down.size,
      w: across.size,
      c: info.inChannels,
      top: down.padding,
      left: across.padding,
      paddedW: (across.outSize - 1) * across.stride +
        (across.window - 1) * across.dilation + 1,
    },
    depth: {
      d: depth.size,
      kd: depth.window,
      outD: depth.outSize,
      strideD: depth.stride,
      dilationD: depth.dilation,
      front: depth.padding,
    },
    n: info.batchSize * depth.outSize,
    kh: down.window,
    kw: across.window,
    dilationH: down.dilation,
    dilationW: across.dilation,
    strideH: down.stride,
    strideW: across.stride,
    outH: down.outSize,
    outW: across.outSize,
    channels: info.outChannels,
  };
}

/** y[n, outD, outH, outW, channels] of x[n, d, h, w, c] and filter[kd, kh, kw, c, channels]. */
function conv3D(
  { inputs: { x, filter }, attrs, backend }: Call<
    { x: TensorInfo; filter: TensorInfo },
    Attributes
  >,
): TensorInfo | undefined {
  const info = volumeInfo(x.shape, filter.shape, attrs);
  if (!isFast(info, attrs, x, filter)) return undefined;
  const layer = layerOf(backend.address(x), info);
  const weights = backend.address(filter);
  const out = backend.output(info.outShape);
  convolve(backend, layer, { filter: weights, out: backend.address(out) });
  return out;
}

/** dx of dy and filter. */
function conv3DBackpropInput(
  { inputs: { dy, filter }, attrs, backend }: Call<
    { dy: TensorInfo; filter: TensorInfo },
    Attributes & { inputShape: number[] }
  >,
): TensorInfo | undefined {
  const info = volumeInfo(attrs.inputShape, filter.shape, attrs);
  const fits = hasShape(dy, info.outShape);
  if (!fits || !isFast(info, attrs, dy, filter)) return undefined;
  const from = backend.address(dy), out = backend.output(info.inShape);
  inputGradient(backend, {
    n: info.batchSize,
    c: info.inChannels,
    channels: info.outChannels,
    sides: volumeSidesOf(info),
  }, { dy: from, filter, out: backend.address(out), run: convolve });
  return out;
}

/** dw[kd, kh, kw, c, channels] of x and dy. */
function conv3DBackpropFilter(
  { inputs: { x, dy }, attrs, backend }: Call<
    { x: TensorInfo; dy: TensorInfo },
    Attributes & { filterShape: number[] }
  >,
): TensorInfo | undefined {
  const info = volumeInfo(x.shape, attrs.filterShape, attrs);
  const fits = hasShape(dy, info.outShape);
  if (!fits || !isFast(info, attrs, x, dy)) return undefined;
  const layer = layerOf(backend.address(x), info);
  const gradient = backend.address(dy);
  const out = backend.output(info.filterShape);
  const dFilter = backend.address(out);
  filterGradient(backend, layer, { dy: gradient, dFilter });
  return out;
}

/** Conv3D and its gradients. */
export const volumeConvolutions: KernelConfig[] = [
  accelerate("Conv3D", conv3D),
  accelerate("Conv3DBackpropInputV2", conv3DBackpropInput),
  accelerate("Conv3DBackpropFilterV2", conv3DBackpropFilter),
];
