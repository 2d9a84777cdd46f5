// What the stages of a network have in common. A group of images goes through
// all stages forward and back on one thread before the next group does, so that
// its numbers stay in the thread's cache.

/** What a stage is. */
export const FIRST: i32 = 0, WINOGRAD: i32 = 1, UPSAMPLED: i32 = 2, LAST: i32 = 3;
/** Images that go through the stages together. */
export const GROUP: i32 = 2;

@unmanaged
export class Stage {
  kind: i32;
  pooled: i32; // 1: largest of each 2 by 2 pixels follows
  h: i32; // of the input, before it is upsampled
  w: i32;
  cin: i32;
  cout: i32;
  narrow: i32; // 1: products by tiles of two rows, else of four
  tilesH: i32; // tiles of the algorithm, an image
  tilesW: i32;
  partRows: i32; // rows from one part of the transformed numbers to the next
  frameH: i32; // the input in its border of zeros
  frameW: i32;
  filter: usize; // [3, 3, cin, cout]
  bias: usize; // [cout]
  dFilter: usize; // [3, 3, cin, cout]
  dBias: usize;
  forward: usize; // the transformed filter, [parts, cin, cout]
  backward: usize; // and [parts, cout, cin]
  // Bytes from the start of a thread's arena.
  input: usize; // [GROUP, frameH, frameW, cin]
  dInput: usize;
  values: usize; // transformed input [parts, partRows, cin]
  switches: usize; // which of four pixels was the largest, [GROUP, h / 2, w / 2, cout]
  products: usize; // [parts, partRows, cout], shared by all stages
  lines: usize; // a tile's numbers between its transforms, shared too
  // Bytes from the start of a chunk's sums.
  sums: usize; // gradient of the transformed filter
  biasSums: usize;
}

/** Bytes of a stage's fields. */
export const STAGE_BYTES: usize = offsetof<Stage>();

/** Bytes from one part of the transformed numbers to the next. */
// @ts-ignore: decorator
@inline
export function partOf(s: Stage, channels: i32): usize {
  return <usize> (s.partRows * channels) << 2;
}

/** Address of pixel (y, x) of the image in a frame of `channels`. */
// @ts-ignore: decorator
@inline
export function pixelAt(
  frame: usize, s: Stage, image: i32, y: i32, x: i32, channels: i32,
): usize {
  return frame +
    (<usize> (((image * s.frameH + y) * s.frameW + x) * channels) << 2);
}

// Transforms take eight channels at a time, as two vectors: V8 joins the two to
// one of 256 bits where they are loaded from constant offsets 16 apart and
// stored together, the higher first (run.ts says which flag that needs).

/** Bytes of eight channels. */
export const EIGHT: usize = 32;

/** The lower four of eight channels, as a constant offset. */
@unmanaged
export class Low {}

/** The higher four. */
@unmanaged
export class High {
  lower: v128;
}

/** Four of the eight channels at an address. */
// @ts-ignore: decorator
@inline
export function get<Half>(at: usize): v128 {
  return v128.load(at, offsetof<Half>());
}

/** Stores eight channels. */
// @ts-ignore: decorator
@inline
export function put(at: usize, low: v128, high: v128): void {
  v128.store(at, high, 16);
  v128.store(at, low);
}

/** Adds to eight channels. */
// @ts-ignore: decorator
@inline
export function addTo(at: usize, low: v128, high: v128): void {
  const l = f32x4.add(get<Low>(at), low), h = f32x4.add(get<High>(at), high);
  put(at, l, h);
}

/** Zero where x is below zero; NaN stays. */
// @ts-ignore: decorator
@inline
export function relu(x: v128): v128 {
  return f32x4.pmax(x, f32x4.splat(0));
}
