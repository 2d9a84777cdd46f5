/**
 * What is asked of every size before it reaches WebAssembly, where no address is
 * checked: two sizes below zero have a product above it.
 */

import { type backend_util, util } from "@tensorflow/tfjs-core";

/** Whether each is a whole number above zero. */
export function areSizes(...sizes: number[]): boolean {
  return sizes.every((size) => Number.isInteger(size) && size > 0);
}

/**
 * Whether tfjs's account of windows over images is of four axes and whole steps,
 * has at least one image, one window and one number of each, and the window as
 * many channels as the images.
 */
export function isWhole(info: backend_util.Conv2DInfo): boolean {
  const { top, left, bottom, right } = info.padInfo;
  const shapes = [info.inShape, info.filterShape, info.outShape];
  const isOfImages = shapes.every(({ length }) => length === 4) &&
    info.filterShape[2] === info.inChannels;
  return isOfImages && areSizes(
    ...info.inShape,
    ...info.outShape,
    ...[info.filterHeight, info.filterWidth],
    ...[info.strideHeight, info.strideWidth],
    ...[info.dilationHeight, info.dilationWidth],
  ) && [top, left, bottom, right].every(Number.isInteger);
}

/**
 * Checks that a window lies within its image, and moves. tfjs gives an answer
 * with sizes below zero otherwise, and whatever lies in the memory for its
 * numbers, or none ever.
 *
 * @throws {RangeError} when it does not.
 */
export function checkWindow(info: backend_util.Conv2DInfo): void {
  const { outHeight, outWidth } = info;
  checkSteps([info.strideHeight, info.strideWidth]);
  if (!(outHeight < 0 || outWidth < 0)) return;
  const window = [info.effectiveFilterHeight, info.effectiveFilterWidth];
  throw new RangeError(
    `Cannot move a window of "${window.join(" x ")}" over an image of ` +
      `${info.inHeight} x ${info.inWidth}: it is larger than the image; use a ` +
      `smaller window, larger images or padding "same"`,
  );
}

/**
 * Checks the steps, one for all axes or one for each, in which a window moves.
 *
 * @throws {RangeError} when one is no whole number above zero.
 */
export function checkSteps(strides: number | number[] | undefined): void {
  const steps = [strides].flat();
  if (areSizes(...steps as number[])) return;
  throw new RangeError(
    `Cannot move a window in steps of "${
      steps.map(String).join(" x ")
    }": each is a whole ` +
      `number from 1 up`,
  );
}

/**
 * Checks the shape of a tensor that is to be made.
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
 * Checks the axes of a tensor that an operation names, those below zero counted
 * from the last.
 *
 * @throws {RangeError} when one is named twice, or is none.
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
 * Checks that a gradient has the shape of the outputs that it comes back from.
 *
 * @throws {RangeError} when it has not.
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

/** Whether a tensor has that shape. */
export function hasShape(
  { shape }: { shape: number[] },
  wanted: number[],
): boolean {
  return util.arraysEqual(shape, wanted);
}
