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

/** Chunk: one image. */
export function maxPool(job: usize, chunk: i32, _thread: i32): void {
  const p = changetype<PoolJob>(job);
  const pixel = <usize> p.c << 2;
  const image = p.x + <usize> (chunk * p.h * p.w) * pixel;
  let out = p.y + <usize> (chunk * p.outH * p.outW) * pixel;
  const vectorEnd = <usize> (p.c & ~3) << 2;
  for (let oy = 0; oy < p.outH; oy++) {
    const cornerY = oy * p.strideH - p.top;
    const y0 = max(0, -cornerY);
    const y1 = min(p.windowH, p.h - cornerY);
    for (let ox = 0; ox < p.outW; ox++) {
      const cornerX = ox * p.strideW - p.left;
      const x0 = max(0, -cornerX);
      const x1 = min(p.windowW, p.w - cornerX);
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

/** Chunk: one image. dy goes to the first largest pixel of each window. */
export function maxPoolGradient(job: usize, chunk: i32, _thread: i32): void {
  const p = changetype<PoolJob>(job);
  const pixel = <usize> p.c << 2;
  const offset = <usize> (chunk * p.h * p.w) * pixel;
  const image = p.x + offset;
  const gradient = p.dx + offset;
  const vectorEnd = <usize> (p.c & ~3) << 2;
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
export function averagePool(job: usize, chunk: i32, _thread: i32): void {
  const p = changetype<PoolJob>(job);
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
export function averagePoolGradient(
  job: usize,
  chunk: i32,
  _thread: i32,
): void {
  const p = changetype<PoolJob>(job);
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
