// Pooling over windows that may overlap or hang over the edge; channels last.

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
  top: i32; // padding
  left: i32;
  divisor: i32; // of the average's gradient; 0: the pixels inside
}

/** Four numbers, or one in all lanes where fewer are left. */
// @ts-ignore: decorator
@inline
function read(from: usize, four: bool): v128 {
  return four ? v128.load(from) : v128.load_splat<f32>(from);
}

/**
 * Whether a window is the usual one, 2 by 2 pixels inside the image that no
 * other window sees, of channels in fours.
 */
// @ts-ignore: decorator
@inline
function isUsual(p: PoolJob, height: i32, width: i32): bool {
  return (p.c & 3) == 0 && p.windowH == 2 && p.windowW == 2 &&
    height == 2 && width == 2 && p.strideH >= 2 && p.strideW >= 2;
}

/** Largest of 2 by 2 pixels. */
// @ts-ignore: decorator
@inline
function largestOfFour(at: usize, pixel: usize, row: usize): v128 {
  let largest = f32x4.pmax(f32x4.splat(-Infinity), v128.load(at));
  largest = f32x4.pmax(largest, v128.load(at + pixel));
  largest = f32x4.pmax(largest, v128.load(at + row));
  return f32x4.pmax(largest, v128.load(at + row + pixel));
}

/** Chunk: one image. */
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
      if (isUsual(p, y1 - y0, x1 - x0)) {
        let from = image + <usize> (cornerY * p.w + cornerX) * pixel;
        for (const end = out + pixel; out < end; out += 16, from += 16) {
          v128.store(out, largestOfFour(from, pixel, rowBytes));
        }
        continue; // out is at the next pixel
      }
      for (let at: usize = 0; at < pixel; at += at < vectorEnd ? 16 : 4) {
        let largest = f32x4.splat(-Infinity);
        for (let ky = y0; ky < y1; ky++) {
          const row = (cornerY + ky) * p.w + cornerX;
          for (let kx = x0; kx < x1; kx++) {
            const from = image + <usize> (row + kx) * pixel + at;
            largest = f32x4.pmax(largest, read(from, at < vectorEnd));
          }
        }
        if (at < vectorEnd) v128.store(out + at, largest);
        else store<f32>(out + at, f32x4.extract_lane(largest, 0));
      }
      out += pixel;
    }
  }
}

/** Writes dy to `to` for the first largest of 2 by 2 pixels, zero for the others. */
// @ts-ignore: decorator
@inline
function toLargest(at: usize, pixel: usize, row: usize, dy: usize, to: usize): void {
  const largest = largestOfFour(at, pixel, row);
  // What no pixel has taken yet; added to zero, which -0 is not.
  let left = f32x4.add(v128.load(dy), f32x4.splat(0));
  let takes = f32x4.eq(v128.load(at), largest);
  v128.store(to, v128.and(left, takes));
  left = v128.andnot(left, takes);
  takes = f32x4.eq(v128.load(at + pixel), largest);
  v128.store(to + pixel, v128.and(left, takes));
  left = v128.andnot(left, takes);
  takes = f32x4.eq(v128.load(at + row), largest);
  v128.store(to + row, v128.and(left, takes));
  left = v128.andnot(left, takes);
  takes = f32x4.eq(v128.load(at + row + pixel), largest);
  v128.store(to + row + pixel, v128.and(left, takes));
}

/** Chunk: one image. dy goes to the first largest pixel of each window. */
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
      if (isUsual(p, y1 - y0, x1 - x0)) {
        let from = <usize> (cornerY * p.w + cornerX) * pixel;
        for (const end = dy + pixel; dy < end; dy += 16, from += 16) {
          toLargest(image + from, pixel, rowBytes, dy, gradient + from);
        }
        continue; // dy is at the next window
      }
      for (let at: usize = 0; at < pixel; at += at < vectorEnd ? 16 : 4) {
        const four = at < vectorEnd;
        let largest = f32x4.splat(-Infinity);
        for (let ky = y0; ky < y1; ky++) {
          const row = (cornerY + ky) * p.w + cornerX;
          for (let kx = x0; kx < x1; kx++) {
            const from = image + <usize> (row + kx) * pixel + at;
            largest = f32x4.pmax(largest, read(from, four));
          }
        }
        let left = read(dy + at, four); // what no pixel has taken yet
        for (let ky = y0; ky < y1; ky++) {
          const row = (cornerY + ky) * p.w + cornerX;
          for (let kx = x0; kx < x1; kx++) {
            const from = <usize> (row + kx) * pixel + at;
            const takes = f32x4.eq(read(image + from, four), largest);
            const to = gradient + from;
            const sum = f32x4.add(read(to, four), v128.and(left, takes));
            if (four) v128.store(to, sum);
            else store<f32>(to, f32x4.extract_lane(sum, 0));
            left = v128.andnot(left, takes);
          }
        }
      }
      dy += pixel;
    }
  }
}

/** Chunk: one image. Pixels of the padding do not count. */
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

/** Chunk: one image. Each pixel inside a window gets dy / divisor. */
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
