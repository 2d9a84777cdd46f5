/** Where the windows of convolutions and poolings lie over their images. */

import { backend_util } from "@tensorflow/tfjs-core";
import { checkWindow } from "./sizes.ts";

/** What tfjs knows of the windows: sizes, steps and padding. */
export type Info = backend_util.Conv2DInfo;

type Shape4D = [number, number, number, number];

/** What tfjs gives the kernels of a convolution. */
export interface ConvolutionAttributes {
  strides: [number, number] | number;
  pad: "valid" | "same" | number | backend_util.ExplicitPadding;
  dataFormat: "NHWC" | "NCHW";
  dilations: [number, number] | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/**
 * tfjs's own account of the windows of a convolution.
 *
 * @throws {RangeError} when the window is larger than the image.
 */
export function convolutionInfo(
  inShape: number[],
  filterShape: number[],
  { strides, pad, dataFormat, dilations = 1, dimRoundingMode }:
    ConvolutionAttributes,
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

/** What tfjs gives the kernels of two-dimensional pooling. */
export interface PoolAttributes {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: "valid" | "same" | number | backend_util.ExplicitPadding;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/**
 * tfjs's own account of the windows of a pooling; it never dilates them.
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
 * What the gradient of an average divides by: 0, the pixels inside the image,
 * as the forward kernel does. With explicit padding tfjs's own tests ask for
 * the whole window, although that is not the derivative of its forward kernel.
 */
export function averageDivisor(info: Info): number {
  return info.padInfo.type === "EXPLICIT"
    ? info.filterHeight * info.filterWidth
    : 0;
}
