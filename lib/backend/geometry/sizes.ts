/**
 * Checks of sizes before they reach the WebAssembly, which checks no address: the
 * product of two negative sizes looks like a size.
 */

import { type backend_util, util } from "@tensorflow/tfjs-core";

/** Whether each size is a whole number above zero. */
export function arePositiveIntegers(...sizes: number[]): boolean {
  return sizes.every((size) => Number.isInteger(size) && size > 0);
}

/**
 * Whether windows over images are such as the fast kernels take: images, filter and
 * outputs have four axes and are not empty, all sizes, strides and paddings are whole
 * numbers, and the filter has as many channels as the images.
 */
export function hasValidSizes(info: backend_util.Conv2DInfo): boolean {
  const { top, left, bottom, right } = info.padInfo;
  const shapes = [info.inShape, info.filterShape, info.outShape];
  const isOfImages = shapes.every(({ length }) => length === 4) &&
    info.filterShape[2] === info.inChannels;
  return isOfImages && arePositiveIntegers(
    ...info.inShape,
    ...info.outShape,
    ...[info.filterHeight, info.filterWidth],
    ...[info.strideHeight, info.strideWidth],
    ...[info.dilationHeight, info.dilationWidth],
  ) && [top, left, bottom, right].every(Number.isInteger);
}

/**
 * Checks that a window fits in its padded image, and that it moves. Without this check
 * tfjs makes a tensor of negative sizes, reads beyond its inputs, or never ends.
 *
 * @throws {RangeError} when the window is larger than the image, or a stride is no
 * whole number above zero.
 */
export function checkWindow(info: backend_util.Conv2DInfo): void {
  const { outHeight, outWidth } = info;
  checkStrides([info.strideHeight, info.strideWidth]);
  if (!(outHeight < 0 || outWidth < 0)) return;
  const window = [info.effectiveFilterHeight, info.effectiveFilterWidth];
  throw new RangeError(
    `Cannot move a window of "${window.join(" x ")}" over an image of ` +
      `${info.inHeight} x ${info.inWidth}: it is larger than the image; use a ` +
      `smaller window, larger images or padding "same"`,
  );
}

/**
 * Checks the strides of a window, one for all axes or one for each.
 *
 * @throws {RangeError} when one is no whole number above zero.
 */
export function checkStrides(strides: number | number[] | undefined): void {
  const steps = [strides].flat();
  if (arePositiveIntegers(...steps as number[])) return;
  throw new RangeError(
    `Cannot move a window in steps of "${
      steps.map(String).join(" x ")
    }": each is a whole ` +
      `number from 1 up`,
  );
}

/**
 * Checks the shape of a new tensor.
 *
 * @throws {RangeError} when a size is no whole number from 0 up.
 */
export function checkShape(shape: number[]): void {
  if (shape.every((size) => Number.isInteger(size) && size >= 0)) return;
  throw new RangeError(
    `Cannot make a tensor of shape "[${shape}]": each size is a whole number ` +
      `from 0 up; is a window larger than its image?`,
  );
}

/**
 * Checks the axes that an operation names; a negative one counts from the last.
 *
 * @throws {RangeError} when one is named twice, or is no whole number.
 */
export function checkAxes(
  axes: number | number[] | null | undefined,
  { shape }: { shape: number[] },
): void {
  const named = [axes ?? []].flat();
  const { length } = shape;
  const places = new Set(named.map((axis) => axis < 0 ? axis + length : axis));
  if (places.size === named.length && named.every(Number.isInteger)) return;
  throw new RangeError(
    `Cannot use "${
      named.join(", ")
    }" as axes of the shape [${shape}]: each is ` +
      `a whole number, and named once`,
  );
}

/**
 * Checks that the gradient of an operation's outputs has their shape.
 *
 * @throws {RangeError} when it has another shape.
 */
export function checkGradient(
  dy: { shape: number[] },
  { inShape, outShape }: { inShape: number[]; outShape: number[] },
): void {
  if (inShape.length === outShape.length && hasShape(dy, outShape)) return;
  throw new RangeError(
    `Cannot use a gradient of shape "[${dy.shape}]": images of shape ` +
      `[${inShape}] give outputs of shape [${outShape}]`,
  );
}

/** Whether a tensor has the shape `wanted`. */
export function hasShape(
  { shape }: { shape: number[] },
  wanted: number[],
): boolean {
  return util.arraysEqual(shape, wanted);
}
