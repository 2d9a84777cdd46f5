import { exp4, sumOfLanes } from "./functions";

@unmanaged
class SoftmaxJob {
  x: usize; // [rows, length]
  out: usize; // likewise
  rows: i32;
  length: i32;
  perChunk: i32; // rows
}

/** Bytes of so many numbers whose sum is rounded like a short one. */
const PART_BYTES: usize = 4096;

/**
 * Chunk: softmax of `perChunk` rows: e^(x - m) / sum of e^(x - m), where m is the
 * largest number of the row, so that no power is infinite.
 */
export function softmax(p: SoftmaxJob, chunk: i32, _slot: i32): void {
  const last = min(p.rows, (chunk + 1) * p.perChunk), bytes = <usize> p.length << 2;
  for (let row = chunk * p.perChunk; row < last; row++) {
    const x = p.x + <usize> row * bytes, out = p.out + <usize> row * bytes;
    const largest = f32x4.splat(largestOf(x, bytes));
    divide(out, bytes, f32x4.splat(writePowers(x, out, bytes, largest)));
  }
}

/** The largest number that is not NaN; where one is, the sum will be NaN. */
function largestOf(x: usize, bytes: usize): f32 {
  let four = f32x4.splat(-Infinity);
  const end = x + bytes;
  for (; x + 16 <= end; x += 16) four = f32x4.pmax(four, v128.load(x));
  for (; x < end; x += 4) four = f32x4.pmax(four, v128.load32_splat(x));
  return max<f32>(
    max<f32>(f32x4.extract_lane(four, 0), f32x4.extract_lane(four, 1)),
    max<f32>(f32x4.extract_lane(four, 2), f32x4.extract_lane(four, 3)),
  );
}

/** Writes e^(x - largest); the sum of what is written. */
function writePowers(x: usize, out: usize, bytes: usize, largest: v128): f32 {
  const end = x + bytes, shift = out - x;
  let total: f32 = 0;
  while (x < end) {
    const partEnd = min(end, x + PART_BYTES);
    let four = f32x4.splat(0);
    for (; x + 16 <= partEnd; x += 16) {
      const powers = exp4(f32x4.sub(v128.load(x), largest));
      v128.store(x + shift, powers);
      four = f32x4.add(four, powers);
    }
    total += sumOfLanes(four);
    for (; x < partEnd; x += 4) {
      const power = f32x4.extract_lane(exp4(f32x4.sub(v128.load32_splat(x), largest)), 0);
      store<f32>(x + shift, power);
      total += power;
    }
  }
  return total;
}

function divide(x: usize, bytes: usize, by: v128): void {
  const end = x + bytes;
  for (; x + 16 <= end; x += 16) v128.store(x, f32x4.div(v128.load(x), by));
  for (; x < end; x += 4) {
    store<f32>(x, load<f32>(x) / f32x4.extract_lane(by, 0));
  }
}

@unmanaged
class SoftmaxGradientJob {
  y: usize; // softmax's outputs [rows, length]
  dy: usize; // likewise
  dx: usize;
  rows: i32;
  length: i32;
  perChunk: i32; // rows
}

/** Chunk: of `perChunk` rows dx = y (dy - sum of dy y). */
export function softmaxGradient(p: SoftmaxGradientJob, chunk: i32, _slot: i32): void {
  const last = min(p.rows, (chunk + 1) * p.perChunk), bytes = <usize> p.length << 2;
  for (let row = chunk * p.perChunk; row < last; row++) {
    const offset = <usize> row * bytes;
    let y = p.y + offset, dy = p.dy + offset, dx = p.dx + offset;
    const mean = f32x4.splat(sumOfProducts(y, dy, bytes)), end = y + bytes;
    for (; y + 16 <= end; y += 16, dy += 16, dx += 16) {
      v128.store(dx, f32x4.mul(v128.load(y), f32x4.sub(v128.load(dy), mean)));
    }
    for (; y < end; y += 4, dy += 4, dx += 4) {
      store<f32>(dx, load<f32>(y) * (load<f32>(dy) - f32x4.extract_lane(mean, 0)));
    }
  }
}

function sumOfProducts(x: usize, y: usize, bytes: usize): f32 {
  const end = x + bytes, shift = y - x;
  let total: f32 = 0;
  while (x < end) {
    const partEnd = min(end, x + PART_BYTES);
    let four = f32x4.splat(0);
    for (; x + 16 <= partEnd; x += 16) {
      four = f32x4.add(four, f32x4.mul(v128.load(x), v128.load(x + shift)));
    }
    total += sumOfLanes(four);
    for (; x < partEnd; x += 4) total += load<f32>(x) * load<f32>(x + shift);
  }
  return total;
}
