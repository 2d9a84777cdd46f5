// Pooling over volumes, whose windows may overlap and reach into the padding; channels
// last.

import { loadLanes, storeLanes } from "./copy";

@unmanaged
class Pool3DJob {
  x: usize; // [n, d, h, w, c]
  y: usize; // [n, outD, outH, outW, c]; its gradient for a gradient
  dx: usize; // like x; only for a gradient
  d: i32;
  h: i32;
  w: i32;
  c: i32;
  outD: i32;
  outH: i32;
  outW: i32;
  windowD: i32;
  windowH: i32;
  windowW: i32;
  strideD: i32;
  strideH: i32;
  strideW: i32;
  front: i32; // planes of padding
  top: i32; // rows of padding
  left: i32; // columns of padding
}

/** A window of plane `index` of the outputs; its corner may lie in the padding. */
// @ts-ignore: decorator
@inline
function pool(isMax: bool, isGradient: bool, p: Pool3DJob, index: i32): void {
  const pixel = <usize> p.c << 2, vectorEnd = <usize> (p.c & ~3) << 2;
  const cornerZ = index % p.outD * p.strideD - p.front;
  const z0 = max(0, -cornerZ), z1 = min(p.windowD, p.d - cornerZ);
  const volume = index / p.outD * p.d + cornerZ;
  let y = p.y + <usize> (index * p.outH * p.outW) * pixel;
  for (let oy = 0; oy < p.outH; oy++) {
    const cornerY = oy * p.strideH - p.top;
    const y0 = max(0, -cornerY), y1 = min(p.windowH, p.h - cornerY);
    for (let ox = 0; ox < p.outW; ox++, y += pixel) {
      const cornerX = ox * p.strideW - p.left;
      const x0 = max(0, -cornerX), x1 = min(p.windowW, p.w - cornerX);
      const count = max(0, z1 - z0) * max(0, y1 - y0) * max(0, x1 - x0);
      const share = f32x4.splat(1 / <f32> max(1, count));
      for (let at: usize = 0; at < pixel; at += at < vectorEnd ? 16 : 4) {
        const four = at < vectorEnd;
        let result = f32x4.splat(isMax ? -Infinity : 0);
        if (isMax || !isGradient) {
          for (let kz = z0; kz < z1; kz++) {
            for (let ky = y0; ky < y1; ky++) {
              const row = ((volume + kz) * p.h + cornerY + ky) * p.w + cornerX;
              for (let kx = x0; kx < x1; kx++) {
                const value = loadLanes(p.x + <usize> (row + kx) * pixel + at, four);
                result = isMax ? f32x4.pmax(result, value) : f32x4.add(result, value);
              }
            }
          }
        }
        if (!isGradient) {
          storeLanes(y + at, isMax ? result : f32x4.mul(result, share), four);
          continue;
        }
        // The gradient that a pixel gets; of a maximum all until one has got it.
        let rest = loadLanes(y + at, four);
        if (!isMax) rest = f32x4.mul(rest, share);
        for (let kz = z1 - 1; kz >= z0; kz--) {
          for (let ky = y1 - 1; ky >= y0; ky--) {
            const row = ((volume + kz) * p.h + cornerY + ky) * p.w + cornerX;
            for (let kx = x1 - 1; kx >= x0; kx--) {
              const place = <usize> (row + kx) * pixel + at;
              let gets = rest;
              if (isMax) {
                const isLargest = f32x4.eq(loadLanes(p.x + place, four), result);
                gets = v128.and(rest, isLargest);
                rest = v128.andnot(rest, isLargest);
              }
              const to = p.dx + place;
              storeLanes(to, f32x4.add(loadLanes(to, four), gets), four);
            }
          }
        }
      }
    }
  }
}

/** All planes of outputs of a volume: they may share pixels of dx. */
// @ts-ignore: decorator
@inline
function poolGradient(isMax: bool, p: Pool3DJob, volume: i32): void {
  const bytes = <usize> (p.d * p.h * p.w * p.c) << 2;
  memory.fill(p.dx + <usize> volume * bytes, 0, bytes);
  for (let i = 0; i < p.outD; i++) pool(isMax, true, p, volume * p.outD + i);
}

/** The largest pixel of each window. Chunk: one plane of outputs. */
export function maxPool3D(p: Pool3DJob, chunk: i32, _slot: i32): void {
  pool(true, false, p, chunk);
}

/** The mean of each window's pixels in the volume. Chunk: one plane of outputs. */
export function averagePool3D(p: Pool3DJob, chunk: i32, _slot: i32): void {
  pool(false, false, p, chunk);
}

/** dy goes to the last largest pixel of each window, as in tfjs. Chunk: one volume. */
export function maxPool3DGradient(p: Pool3DJob, chunk: i32, _slot: i32): void {
  poolGradient(true, p, chunk);
}

/** Each pixel of a window gets an equal share of dy. Chunk: one volume. */
export function averagePool3DGradient(p: Pool3DJob, chunk: i32, _slot: i32): void {
  poolGradient(false, p, chunk);
}
