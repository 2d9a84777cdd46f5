/** The sizes and the padding of convolutions and poolings, as tfjs computes them. */

import { backend_util } from "@tensorflow/tfjs-core";
import { arePositiveIntegers, checkWindow } from "./sizes.ts";

/** Sizes, strides and padding of windows over images. */
export type Info = backend_util.Conv2DInfo;

type Shape4D = [number, number, number, number];

/** The attributes of tfjs's convolution kernels. */
export interface ConvolutionAttributes {
  strides: [number, number] | number;
  pad: "valid" | "same" | number | backend_util.ExplicitPadding;
  dataFormat: "NHWC" | "NCHW";
  dilations: [number, number] | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/**
 * The windows of a convolution.
 *
 * @throws {RangeError} when the window is larger than the image.
 */
export function convolutionInfo(
  inShape: number[],
  filterShape: number[],
  { strides, pad, dataFormat, dilations = 1, dimRoundingMode }:
    ConvolutionAttributes,
  isDepthwise = false,
): Info {
  const info = backend_util.computeConv2DInfo(
    inShape as Shape4D,
    filterShape as Shape4D,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    isDepthwise,
    backend_util.convertConv2DDataFormat(dataFormat),
  );
  checkWindow(info);
  return info;
}

/**
 * The windows of a depthwise convolution with filters[kh, kw, c, m]: m outputs for
 * each of c channels, channels last.
 *
 * @throws {RangeError} when the window is larger than the image.
 */
export function depthwiseInfo(
  inShape: number[],
  filterShape: number[],
  attrs: ConvolutionAttributes,
): Info {
  const dilations = attrs.dilations ?? 1; // layers of tfjs give null
  const all = { ...attrs, dilations, dataFormat: "NHWC" as const };
  return convolutionInfo(inShape, filterShape, all, true);
}

/** Windows along one axis. */
export interface Side {
  size: number;
  outSize: number;
  window: number;
  stride: number;
  dilation: number;
  padding: number;
}

/** The windows of a layer down and across. */
export function sidesOf(info: Info | VolumeInfo): [Side, Side] {
  return [{
    size: info.inHeight,
    outSize: info.outHeight,
    window: info.filterHeight,
    stride: info.strideHeight,
    dilation: info.dilationHeight,
    padding: info.padInfo.top,
  }, {
    size: info.inWidth,
    outSize: info.outWidth,
    window: info.filterWidth,
    stride: info.strideWidth,
    dilation: info.dilationWidth,
    padding: info.padInfo.left,
  }];
}

/** The attributes of tfjs's kernels for two-dimensional pooling. */
export interface PoolAttributes {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: "valid" | "same" | number | backend_util.ExplicitPadding;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/**
 * The windows of a pooling, which tfjs never dilates.
 *
 * @throws {RangeError} when the window is larger than the image.
 */
export function poolInfo(
  shape: number[],
  { filterSize, strides, pad, dimRoundingMode }: PoolAttributes,
): Info {
  const info = backend_util.computePool2DInfo(
    shape as Shape4D,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  checkWindow(info);
  return info;
}

/**
 * What the gradient of average pooling divides by. 0 means the number of pixels inside
 * the image, by which the forward kernel divides. With explicit padding tfjs's own
 * tests expect the size of the window, though this is not the forward kernel's gradient.
 */
export function averageDivisor(info: Info): number {
  return info.padInfo.type === "EXPLICIT"
    ? info.filterHeight * info.filterWidth
    : 0;
}

/** Sizes, strides and padding of windows over volumes. */
export type VolumeInfo = backend_util.Conv3DInfo;

/** The windows of a layer over volumes: in depth, down and across. */
export function volumeSidesOf(info: VolumeInfo): [Side, Side, Side] {
  const depth = {
    size: info.inDepth,
    outSize: info.outDepth,
    window: info.filterDepth,
    stride: info.strideDepth,
    dilation: info.dilationDepth,
    padding: info.padInfo.front,
  };
  return [depth, ...sidesOf(info)];
}

/**
 * Whether windows over volumes are such as the fast kernels know: volumes, windows and
 * outputs are not empty, and all sizes are whole numbers.
 */
export function hasValidVolumes(info: VolumeInfo): boolean {
  const sides = volumeSidesOf(info);
  const shapes = [info.inShape, info.outShape];
  return info.dataFormat === "channelsLast" &&
    shapes.every((shape) => shape.length === 5) &&
    arePositiveIntegers(
      ...shapes.flat(),
      ...sides.flatMap(({ window, stride, dilation }) => [
        ...[window, stride, dilation],
      ]),
    ) && sides.every(({ padding }) => Number.isInteger(padding));
}

/** The attributes of tfjs's kernels for pooling of volumes. */
export interface Pool3DAttributes {
  filterSize: number | [number, number, number];
  strides: number | [number, number, number];
  pad: "valid" | "same" | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
  dataFormat?: "NDHWC" | "NCDHW";
}

/** The windows of a pooling of volumes, which tfjs never dilates. */
export function pool3DInfo(
  shape: number[],
  { filterSize, strides, pad, dimRoundingMode }: Pool3DAttributes,
): VolumeInfo {
  return backend_util.computePool3DInfo(
    shape as [number, number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
}
