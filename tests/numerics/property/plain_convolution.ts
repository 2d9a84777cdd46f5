/**
 * A convolution and its gradients in float64, by their definitions. The image
 * lies in a frame of zeros, which are multiplied like all other pixels: so a
 * weight that is not finite makes NaN where its window hangs over the edge. tfjs
 * leaves those pixels out.
 */

import type { backend_util } from "@tensorflow/tfjs-core";

type Info = backend_util.Conv2DInfo;
type Numbers = ArrayLike<number>;

/** Index of a row of a pixel's channels, channels last; -1 outside. */
function pixelOf(
  [n, y, x]: [number, number, number],
  [height, width]: [number, number],
): number {
  const isInside = y >= 0 && y < height && x >= 0 && x < width;
  return isInside ? (n * height + y) * width + x : -1;
}

/** Calls `use` with the pixel of x under each tap of each output pixel. */
function forEachTap(
  info: Info,
  use: (at: { out: number; tap: number; pixel: number }) => void,
) {
  const { batchSize, outHeight, outWidth, filterHeight, filterWidth } = info;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  const { inHeight, inWidth, padInfo: { top, left } } = info;
  let out = 0;
  for (let n = 0; n < batchSize; n++) {
    for (let y = 0; y < outHeight; y++) {
      for (let x = 0; x < outWidth; x++, out++) {
        for (let tap = 0; tap < filterHeight * filterWidth; tap++) {
          const ky = Math.floor(tap / filterWidth), kx = tap % filterWidth;
          const row = y * strideHeight + ky * dilationHeight - top;
          const column = x * strideWidth + kx * dilationWidth - left;
          const pixel = pixelOf([n, row, column], [inHeight, inWidth]);
          use({ out, tap, pixel });
        }
      }
    }
  }
}

/** y[n, outH, outW, channels] of x and the filter. */
export function plainConvolution(
  info: Info,
  { x, filter }: { x: Numbers; filter: Numbers },
): Float64Array {
  const { inChannels, outChannels, batchSize, outHeight, outWidth } = info;
  const y = new Float64Array(batchSize * outHeight * outWidth * outChannels);
  forEachTap(info, ({ out, tap, pixel }) => {
    for (let c = 0; c < inChannels; c++) {
      const value = pixel < 0 ? 0 : x[pixel * inChannels + c];
      const weights = (tap * inChannels + c) * outChannels;
      for (let o = 0; o < outChannels; o++) {
        y[out * outChannels + o] += value * filter[weights + o];
      }
    }
  });
  return y;
}

/** dw[kh, kw, c, channels] of x and dy. */
export function plainFilterGradient(
  info: Info,
  { x, dy }: { x: Numbers; dy: Numbers },
): Float64Array {
  const { inChannels, outChannels, filterHeight, filterWidth } = info;
  const length = filterHeight * filterWidth * inChannels * outChannels;
  const dw = new Float64Array(length);
  forEachTap(info, ({ out, tap, pixel }) => {
    for (let c = 0; c < inChannels; c++) {
      const value = pixel < 0 ? 0 : x[pixel * inChannels + c];
      const weights = (tap * inChannels + c) * outChannels;
      for (let o = 0; o < outChannels; o++) {
        dw[weights + o] += value * dy[out * outChannels + o];
      }
    }
  });
  return dw;
}

/**
 * dx[n, h, w, c] of dy and the filter: pixel q - padding gets dy[o] by tap k
 * wherever q = stride * o + dilation * k, from the zeros around dy too.
 */
export function plainInputGradient(
  info: Info,
  { dy, filter }: { dy: Numbers; filter: Numbers },
): Float64Array {
  const { batchSize, inHeight, inWidth, inChannels, outChannels } = info;
  const { filterHeight, filterWidth, strideHeight, strideWidth } = info;
  const { dilationHeight, dilationWidth, outHeight, outWidth } = info;
  const { top, left } = info.padInfo;
  const dx = new Float64Array(batchSize * inHeight * inWidth * inChannels);
  let pixel = 0;
  for (let n = 0; n < batchSize; n++) {
    for (let y = 0; y < inHeight; y++) {
      for (let x = 0; x < inWidth; x++, pixel++) {
        for (let tap = 0; tap < filterHeight * filterWidth; tap++) {
          const ky = Math.floor(tap / filterWidth), kx = tap % filterWidth;
          const row = (y + top - ky * dilationHeight) / strideHeight;
          const column = (x + left - kx * dilationWidth) / strideWidth;
          if (!Number.isInteger(row) || !Number.isInteger(column)) continue;
          const out = pixelOf([n, row, column], [outHeight, outWidth]);
          for (let c = 0; c < inChannels; c++) {
            const weights = (tap * inChannels + c) * outChannels;
            let sum = 0;
            for (let o = 0; o < outChannels; o++) {
              const value = out < 0 ? 0 : dy[out * outChannels + o];
              sum += value * filter[weights + o];
            }
            dx[pixel * inChannels + c] += sum;
          }
        }
      }
    }
  }
  return dx;
}
