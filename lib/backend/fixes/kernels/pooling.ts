/** Gradients of pooling, over two and three dimensions. */

import { checkGradient } from "../../geometry/sizes.ts";
import {
  averageDivisor,
  type Pool3DAttributes,
  pool3DInfo,
  type PoolAttributes,
  poolInfo,
  type VolumeInfo,
} from "../../geometry/windows.ts";
import type { Floats } from "./floats.ts";

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

/** dx: of each window, dy to its last largest pixel. */
function giveToLargest(
  x: Float32Array,
  dy: Float32Array,
  windows: Windows,
): Float32Array {
  const { n, c, size: [depth, height, width], outSize } = windows;
  const [zs, ys, xs] = [0, 1, 2].map((axis) => insides(windows, axis));
  const dx = new Float32Array(n * depth * height * width * c);
  const outs = outSize[0] * outSize[1] * outSize[2];
  for (let i = 0; i < n * outs * c; i++) {
    const channel = i % c, index = Math.floor(i / c), out = index % outs;
    const [z0, z1] = zs[Math.floor(out / outSize[2] / outSize[1])];
    const [y0, y1] = ys[Math.floor(out / outSize[2]) % outSize[1]];
    const [x0, x1] = xs[out % outSize[2]];
    let largest = -Infinity, place = -1;
    for (let z = z0; z < z1; z++) {
      for (let y = y0; y < y1; y++) {
        for (let column = x0; column < x1; column++) {
          const row = (Math.floor(index / outs) * depth + z) * height + y;
          const at = (row * width + column) * c + channel;
          if (x[at] >= largest) [largest, place] = [x[at], at];
        }
      }
    }
    if (place >= 0) dx[place] += dy[i];
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

export function avgPoolGrad(
  { dy, input }: { dy: Floats; input: Floats },
  attrs: PoolAttributes,
): Floats {
  const info = poolInfo(input.shape, attrs);
  checkGradient(dy, info);
  const dx = spreadAverage(dy.values, {
    n: info.batchSize,
    c: info.inChannels,
    size: [1, info.inHeight, info.inWidth],
    outSize: [1, info.outHeight, info.outWidth],
    window: [1, info.filterHeight, info.filterWidth],
    stride: [1, info.strideHeight, info.strideWidth],
    padding: [0, info.padInfo.top, info.padInfo.left],
    divisor: averageDivisor(info),
  });
  return { shape: input.shape, values: dx };
}

/** The windows over volumes; their padding has no part in an average. */
function windowsOf(info: VolumeInfo): Windows {
  return {
    n: info.batchSize,
    c: info.inChannels,
    size: [info.inDepth, info.inHeight, info.inWidth],
    outSize: [info.outDepth, info.outHeight, info.outWidth],
    window: [info.filterDepth, info.filterHeight, info.filterWidth],
    stride: [info.strideDepth, info.strideHeight, info.strideWidth],
    padding: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
    divisor: 0,
  };
}

export function avgPool3DGrad(
  { dy, input }: { dy: Floats; input: Floats },
  attrs: Pool3DAttributes,
): Floats {
  const info = pool3DInfo(input.shape, attrs);
  checkGradient(dy, info);
  const dx = spreadAverage(dy.values, windowsOf(info));
  return { shape: input.shape, values: dx };
}

export function maxPool3DGrad(
  { dy, input }: { dy: Floats; input: Floats },
  attrs: Pool3DAttributes,
): Floats {
  const info = pool3DInfo(input.shape, attrs);
  checkGradient(dy, info);
  const dx = giveToLargest(input.values, dy.values, windowsOf(info));
  return { shape: input.shape, values: dx };
}
