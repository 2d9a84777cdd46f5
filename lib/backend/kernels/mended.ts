/**
 * Plain kernels in place of those of tfjs 4.22's cpu backend that are wrong:
 *
 * - ResizeNearestNeighborGrad finds its way through the upstream gradient with
 *   the batch stride of the small image, so every image but the first gets the
 *   gradient of other pixels;
 * - ResizeBilinearGrad exchanges height and width in the shape it gives, and
 *   takes no notice of halfPixelCenters;
 * - AvgPoolGrad and AvgPool3DGrad divide by the size of the whole window where
 *   the forward kernel divides by the pixels that lie inside the image.
 *
 * Conv2DBackpropFilter is right there, but takes 18 s for a batch of 16: it
 * finds every number through TensorBuffer.get. These are also what the fast
 * kernels are tested against.
 */

import {
  backend_util,
  type KernelConfig,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import {
  type Attributes as ConvolutionAttributes,
  convolutionInfo,
} from "./convolution.ts";
import { averageDivisor, poolInfo } from "./pooling.ts";
import { nearestSources, type Rounding } from "./resize.ts";

type Pool2D = Parameters<typeof poolInfo>[1];

interface Pool3D {
  filterSize: number | [number, number, number];
  strides: number | [number, number, number];
  pad: "valid" | "same" | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/** Windows over [n, depth, height, width, c]; of each trio, depth first. */
interface Windows {
  n: number;
  c: number;
  size: number[];
  outSize: number[];
  window: number[];
  stride: number[];
  padding: number[];
  /** 0: the pixels of the window that lie inside. */
  divisor: number;
}

type Shape5D = [number, number, number, number, number];

function valuesOf(tensor: TensorInfo, backend: MathBackendCPU): Float32Array {
  return backend.data.get(tensor.dataId).values as Float32Array;
}

/** dx[n, h, w, c]: each pixel gets the dy of the pixels that copied it. */
function resizeNearestNeighborGrad(
  { images, dy }: { images: TensorInfo; dy: TensorInfo },
  attrs: Rounding,
  backend: MathBackendCPU,
): TensorInfo {
  const [n, h, w, c] = images.shape;
  const [, outH, outW] = dy.shape;
  const rows = nearestSources(h, outH, attrs);
  const columns = nearestSources(w, outW, attrs);
  const upstream = valuesOf(dy, backend);
  const dx = new Float32Array(n * h * w * c);
  let i = 0;
  for (let image = 0; image < n; image++) {
    for (const row of rows) {
      for (const column of columns) {
        const pixel = ((image * h + row) * w + column) * c;
        for (let channel = 0; channel < c; channel++) {
          dx[pixel + channel] += upstream[i++];
        }
      }
    }
  }
  return backend.makeTensorInfo(images.shape, "float32", dx);
}

/** Steps from one image, row, column and channel to the next. */
function stepsOf(shape: number[], dataFormat: "channelsFirst" | string) {
  const [n, a, b] = util.computeStrides(shape);
  return dataFormat === "channelsFirst"
    ? { n, h: b, w: 1, c: a }
    : { n, h: a, w: b, c: 1 };
}

/** dw[kh, kw, c, channels] by its definition, one product at a time. */
function conv2DBackpropFilter(
  { x, dy }: { x: TensorInfo; dy: TensorInfo },
  attrs: ConvolutionAttributes & { filterShape: number[] },
  backend: MathBackendCPU,
): TensorInfo {
  const info = convolutionInfo(x.shape, attrs.filterShape, attrs);
  const { strideHeight, strideWidth, padInfo, inChannels, outChannels } = info;
  const from = valuesOf(x, backend), upstream = valuesOf(dy, backend);
  const xStep = stepsOf(x.shape, info.dataFormat);
  const dyStep = stepsOf(dy.shape, info.dataFormat);
  const dw = new Float32Array(util.sizeFromShape(attrs.filterShape));
  for (let n = 0; n < info.batchSize; n++) {
    for (let oy = 0; oy < info.outHeight; oy++) {
      for (let ox = 0; ox < info.outWidth; ox++) {
        const out = n * dyStep.n + oy * dyStep.h + ox * dyStep.w;
        for (let ky = 0; ky < info.filterHeight; ky++) {
          const y = oy * strideHeight - padInfo.top + ky;
          if (y < 0 || y >= info.inHeight) continue;
          for (let kx = 0; kx < info.filterWidth; kx++) {
            const x = ox * strideWidth - padInfo.left + kx;
            if (x < 0 || x >= info.inWidth) continue;
            const pixel = n * xStep.n + y * xStep.h + x * xStep.w;
            let weight = (ky * info.filterWidth + kx) * inChannels *
              outChannels;
            for (let c = 0; c < inChannels; c++) {
              const value = from[pixel + c * xStep.c];
              for (let o = 0; o < outChannels; o++) {
                dw[weight++] += value * upstream[out + o * dyStep.c];
              }
            }
          }
        }
      }
    }
  }
  return backend.makeTensorInfo(attrs.filterShape, "float32", dw);
}

/** Position between two source rows (or columns), as tfjs's ResizeBilinear. */
function bilinearSources(
  from: number,
  to: number,
  { alignCorners, halfPixelCenters }: Rounding,
) {
  const between = alignCorners && to > 1 ? 1 : 0;
  const ratio = (from - between) / (to - between);
  return Array.from({ length: to }, (_, i) => {
    const position = halfPixelCenters ? ratio * (i + 0.5) - 0.5 : ratio * i;
    const low = Math.max(0, Math.floor(position));
    const high = Math.min(from - 1, Math.ceil(position));
    return [{ at: low, weight: 1 - (position - low) }, {
      at: high,
      weight: position - low,
    }];
  });
}

/** dx[n, h, w, c]: each of four pixels gets dy by its weight. */
function resizeBilinearGrad(
  { images, dy }: { images: TensorInfo; dy: TensorInfo },
  attrs: Rounding,
  backend: MathBackendCPU,
): TensorInfo {
  const [n, h, w, c] = images.shape;
  const [, outH, outW] = dy.shape;
  const rows = bilinearSources(h, outH, attrs);
  const columns = bilinearSources(w, outW, attrs);
  const upstream = valuesOf(dy, backend);
  const dx = new Float32Array(n * h * w * c);
  for (let image = 0, i = 0; image < n; image++) {
    for (const row of rows) {
      for (const column of columns) {
        for (const y of row) {
          for (const x of column) {
            const pixel = ((image * h + y.at) * w + x.at) * c;
            const weight = y.weight * x.weight;
            for (let channel = 0; channel < c; channel++) {
              dx[pixel + channel] += upstream[i + channel] * weight;
            }
          }
        }
        i += c;
      }
    }
  }
  return backend.makeTensorInfo(images.shape, "float32", dx);
}

/** dx: of each window, dy / divisor to every pixel inside. */
function spreadAverage(dy: Float32Array, windows: Windows): Float32Array {
  const { n, c, size: [depth, height, width], outSize } = windows;
  const [zs, ys, xs] = [0, 1, 2].map((axis) => insides(windows, axis));
  const dx = new Float32Array(n * depth * height * width * c);
  let i = 0;
  for (let image = 0; image < n; image++) {
    for (let out = 0; out < outSize[0] * outSize[1] * outSize[2]; out++) {
      const [z0, z1] = zs[Math.floor(out / outSize[2] / outSize[1])];
      const [y0, y1] = ys[Math.floor(out / outSize[2]) % outSize[1]];
      const [x0, x1] = xs[out % outSize[2]];
      const inside = (z1 - z0) * (y1 - y0) * (x1 - x0);
      const share = 1 / (windows.divisor || inside);
      for (let z = z0; z < z1; z++) {
        for (let y = y0; y < y1; y++) {
          for (let x = x0; x < x1; x++) {
            const row = (image * depth + z) * height + y;
            const pixel = (row * width + x) * c;
            for (let channel = 0; channel < c; channel++) {
              dx[pixel + channel] += dy[i + channel] * share;
            }
          }
        }
      }
      i += c;
    }
  }
  return dx;
}

/** First and one past the last pixel inside, of each window along an axis. */
function insides(windows: Windows, axis: number): [number, number][] {
  const { size, outSize, window, stride, padding } = windows;
  return Array.from({ length: outSize[axis] }, (_, out) => {
    const corner = out * stride[axis] - padding[axis];
    const end = Math.min(size[axis], corner + window[axis]);
    return [Math.max(0, corner), end];
  });
}

function avgPoolGrad(
  { dy, input }: { dy: TensorInfo; input: TensorInfo },
  attrs: Pool2D,
  backend: MathBackendCPU,
): TensorInfo {
  const info = poolInfo(input.shape, attrs);
  const dx = spreadAverage(valuesOf(dy, backend), {
    n: info.batchSize,
    c: info.inChannels,
    size: [1, info.inHeight, info.inWidth],
    outSize: [1, info.outHeight, info.outWidth],
    window: [1, info.filterHeight, info.filterWidth],
    stride: [1, info.strideHeight, info.strideWidth],
    padding: [0, info.padInfo.top, info.padInfo.left],
    divisor: averageDivisor(info),
  });
  return backend.makeTensorInfo(input.shape, "float32", dx);
}

function avgPool3DGrad(
  { dy, input }: { dy: TensorInfo; input: TensorInfo },
  { filterSize, strides, pad, dimRoundingMode }: Pool3D,
  backend: MathBackendCPU,
): TensorInfo {
  const info = backend_util.computePool3DInfo(
    input.shape as Shape5D,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const dx = spreadAverage(valuesOf(dy, backend), {
    n: info.batchSize,
    c: info.inChannels,
    size: [info.inDepth, info.inHeight, info.inWidth],
    outSize: [info.outDepth, info.outHeight, info.outWidth],
    window: [info.filterDepth, info.filterHeight, info.filterWidth],
    stride: [info.strideDepth, info.strideHeight, info.strideWidth],
    padding: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
    divisor: 0,
  });
  return backend.makeTensorInfo(input.shape, "float32", dx);
}

/** The mended kernels, for a backend of plain arrays. */
export function mendedKernels(backendName: string): KernelConfig[] {
  const kernels = {
    Conv2DBackpropFilter: conv2DBackpropFilter,
    ResizeNearestNeighborGrad: resizeNearestNeighborGrad,
    ResizeBilinearGrad: resizeBilinearGrad,
    AvgPoolGrad: avgPoolGrad,
    AvgPool3DGrad: avgPool3DGrad,
  };
  return Object.entries(kernels).map(([kernelName, kernel]) => ({
    kernelName,
    backendName,
    // Each kernel names the inputs and attributes that tfjs gives it.
    kernelFunc: ({ inputs, attrs, backend }) =>
      (kernel as (...args: unknown[]) => TensorInfo)(inputs, attrs, backend),
  }));
}
