// Pooling over windows, which may overlap and reach into the padding; channels last.

import { loadLanes, storeLanes } from "./copy";

@unmanaged
class PoolJob {
  x: usize; // [n, h, w, c]
  y: usize; // [n, outH, outW, c]; unused by the gradients
  dy: usize; // [n, outH, outW, c]
  dx: usize; // [n, h, w, c]
  h: i32;
  w: i32;
  c: i32;
  outH: i32;
  outW: i32;
  windowH: i32;
  windowW: i32;
  strideH: i32;
  strideW: i32;
  top: i32; // rows of padding
  left: i32; // columns of padding
  divisor: i32; // of the average's gradient; 0: the number of pixels in the image
}

/**
 * Whether this is the usual window, for which there is shorter code: 2 by 2 pixels
 * inside the image, in no other window, and a multiple of four channels.
 */
// @ts-ignore: decorator
@inline
function isUsualWindow(p: PoolJob, height: i32, width: i32): bool {
  return (p.c & 3) == 0 && p.windowH == 2 && p.windowW == 2 &&
    height == 2 && width == 2 && p.strideH >= 2 && p.strideW >= 2;
}

/** The largest of 2 by 2 pixels, for four channels. */
// @ts-ignore: decorator
@inline
function maxOf2x2(at: usize, pixel: usize, row: usize): v128 {
  let largest = f32x4.pmax(f32x4.splat(-Infinity), v128.load(at));
  largest = f32x4.pmax(largest, v128.load(at + pixel));
  largest = f32x4.pmax(largest, v128.load(at + row));
  return f32x4.pmax(largest, v128.load(at + row + pixel));
}

/** The largest pixel of each window. Chunk: one image. */
export function maxPool(p: PoolJob, chunk: i32, _slot: i32): void {
  const pixel = <usize> p.c << 2;
  const image = p.x + <usize> (chunk * p.h * p.w) * pixel;
  let out = p.y + <usize> (chunk * p.outH * p.outW) * pixel;
  const vectorEnd = <usize> (p.c & ~3) << 2, rowBytes = <usize> p.w * pixel;
  for (let oy = 0; oy < p.outH; oy++) {
    const cornerY = oy * p.strideH - p.top;
    const y0 = max(0, -cornerY);
    const y1 = min(p.windowH, p.h - cornerY);
    for (let ox = 0; ox < p.outW; ox++) {
      const cornerX = ox * p.strideW - p.left;
      const x0 = max(0, -cornerX);
      const x1 = min(p.windowW, p.w - cornerX);
      if (isUsualWindow(p, y1 - y0, x1 - x0)) {
        let from = image + <usize> (cornerY * p.w + cornerX) * pixel;
        for (const end = out + pixel; out < end; out += 16, from += 16) {
          v128.store(out, maxOf2x2(from, pixel, rowBytes));
        }
        continue; // `out` has reached the next pixel
      }
      for (let at: usize = 0; at < pixel; at += at < vectorEnd ? 16 : 4) {
        let largest = f32x4.splat(-Infinity);
        for (let ky = y0; ky < y1; ky++) {
          const row = (cornerY + ky) * p.w + cornerX;
          for (let kx = x0; kx < x1; kx++) {
            const from = image + <usize> (row + kx) * pixel + at;
            largest = f32x4.pmax(largest, loadLanes(from, at < vectorEnd));
          }
        }
        storeLanes(out + at, largest, at < vectorEnd);
      }
      out += pixel;
    }
  }
}

/** Writes dy for the first largest of 2 by 2 pixels, and zero for the others. */
// @ts-ignore: decorator
@inline
function maxOf2x2Gradient(at: usize, pixel: usize, row: usize, dy: usize, to: usize): void {
  const largest = maxOf2x2(at, pixel, row);
  // dy until a pixel has got it. Adding 0 makes 0 of -0, as the sums below do.
  let rest = f32x4.add(v128.load(dy), f32x4.splat(0));
  let isMax = f32x4.eq(v128.load(at), largest);
  v128.store(to, v128.and(rest, isMax));
  rest = v128.andnot(rest, isMax);
  isMax = f32x4.eq(v128.load(at + pixel), largest);
  v128.store(to + pixel, v128.and(rest, isMax));
  rest = v128.andnot(rest, isMax);
  isMax = f32x4.eq(v128.load(at + row), largest);
  v128.store(to + row, v128.and(rest, isMax));
  rest = v128.andnot(rest, isMax);
  isMax = f32x4.eq(v128.load(at + row + pixel), largest);
  v128.store(to + row + pixel, v128.and(rest, isMax));
}

/** dy goes to the first largest pixel of each window. Chunk: one image. */
export function maxPoolGradient(p: PoolJob, chunk: i32, _slot: i32): void {
  const pixel = <usize> p.c << 2;
  const offset = <usize> (chunk * p.h * p.w) * pixel;
  const image = p.x + offset;
  const gradient = p.dx + offset;
  const vectorEnd = <usize> (p.c & ~3) << 2, rowBytes = <usize> p.w * pixel;
  memory.fill(gradient, 0, <usize> (p.h * p.w) * pixel);
  let dy = p.dy + <usize> (chunk * p.outH * p.outW) * pixel;
  for (let oy = 0; oy < p.outH; oy++) {
    const cornerY = oy * p.strideH - p.top;
    const y0 = max(0, -cornerY);
    const y1 = min(p.windowH, p.h - cornerY);
    for (let ox = 0; ox < p.outW; ox++) {
      const cornerX = ox * p.strideW - p.left;
      const x0 = max(0, -cornerX);
      const x1 = min(p.windowW, p.w - cornerX);
      if (isUsualWindow(p, y1 - y0, x1 - x0)) {
        let from = <usize> (cornerY * p.w + cornerX) * pixel;
        for (const end = dy + pixel; dy < end; dy += 16, from += 16) {
          maxOf2x2Gradient(image + from, pixel, rowBytes, dy, gradient + from);
        }
        continue; // `dy` has reached the next window
      }
      for (let at: usize = 0; at < pixel; at += at < vectorEnd ? 16 : 4) {
        const four = at < vectorEnd;
        let largest = f32x4.splat(-Infinity);
        for (let ky = y0; ky < y1; ky++) {
          const row = (cornerY + ky) * p.w + cornerX;
          for (let kx = x0; kx < x1; kx++) {
            const from = image + <usize> (row + kx) * pixel + at;
            largest = f32x4.pmax(largest, loadLanes(from, four));
          }
        }
        let rest = loadLanes(dy + at, four); // dy until a pixel has got it
        for (let ky = y0; ky < y1; ky++) {
          const row = (cornerY + ky) * p.w + cornerX;
          for (let kx = x0; kx < x1; kx++) {
            const from = <usize> (row + kx) * pixel + at;
            const isMax = f32x4.eq(loadLanes(image + from, four), largest);
            const to = gradient + from;
            const sum = f32x4.add(loadLanes(to, four), v128.and(rest, isMax));
            storeLanes(to, sum, four);
            rest = v128.andnot(rest, isMax);
          }
        }
      }
      dy += pixel;
    }
  }
}

/** The mean of each window's pixels in the image. Chunk: one image. */
export function averagePool(p: PoolJob, chunk: i32, _slot: i32): void {
  const pixel = <usize> p.c << 2;
  const image = p.x + <usize> (chunk * p.h * p.w) * pixel;
  let out = p.y + <usize> (chunk * p.outH * p.outW) * pixel;
  for (let oy = 0; oy < p.outH; oy++) {
    const cornerY = oy * p.strideH - p.top;
    const y0 = max(0, -cornerY);
    const y1 = min(p.windowH, p.h - cornerY);
    for (let ox = 0; ox < p.outW; ox++) {
      const cornerX = ox * p.strideW - p.left;
      const x0 = max(0, -cornerX);
      const x1 = min(p.windowW, p.w - cornerX);
      const count = <f32> (max(0, y1 - y0) * max(0, x1 - x0));
      for (let at: usize = 0; at < pixel; at += 4) {
        let sum: f32 = 0;
        for (let ky = y0; ky < y1; ky++) {
          const row = (cornerY + ky) * p.w + cornerX;
          for (let kx = x0; kx < x1; kx++) {
            sum += load<f32>(
              image + <usize> (row + kx) * pixel + at,
            );
          }
        }
        store<f32>(out + at, sum / count);
      }
      out += pixel;
    }
  }
}

/** Each pixel of a window gets dy / divisor. Chunk: one image. */
export function averagePoolGradient(p: PoolJob, chunk: i32, _slot: i32): void {
  const pixel = <usize> p.c << 2;
  const gradient = p.dx + <usize> (chunk * p.h * p.w) * pixel;
  memory.fill(gradient, 0, <usize> (p.h * p.w) * pixel);
  let dy = p.dy + <usize> (chunk * p.outH * p.outW) * pixel;
  for (let oy = 0; oy < p.outH; oy++) {
    const cornerY = oy * p.strideH - p.top;
    const y0 = max(0, -cornerY);
    const y1 = min(p.windowH, p.h - cornerY);
    for (let ox = 0; ox < p.outW; ox++) {
      const cornerX = ox * p.strideW - p.left;
      const x0 = max(0, -cornerX);
      const x1 = min(p.windowW, p.w - cornerX);
      const inside = max(0, y1 - y0) * max(0, x1 - x0);
      const share: f32 = 1 / <f32> (p.divisor ? p.divisor : inside);
      for (let ky = y0; ky < y1; ky++) {
        const row = (cornerY + ky) * p.w + cornerX;
        for (let kx = x0; kx < x1; kx++) {
          const to = gradient + <usize> (row + kx) * pixel;
          for (let at: usize = 0; at < pixel; at += 4) {
            store<f32>(
              to + at,
              load<f32>(to + at) + load<f32>(dy + at) * share,
            );
          }
        }
      }
      dy += pixel;
    }
  }
}
