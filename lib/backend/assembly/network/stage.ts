// What the stages of a network have in common. A stage is a convolution with the
// upsampling before it and the relu and pooling after it. A thread computes all stages
// forward and back for a group of images before the next group, so that the group's
// numbers stay in the thread's cache.

/** Kinds of stages; for each there is a file in assembly/network/. */
export const DIRECT: i32 = 0, WINOGRAD: i32 = 1, UPSAMPLED: i32 = 2, OUTPUT: i32 = 3;
/** Images that go through all stages together. */
export const IMAGES_PER_GROUP: i32 = 2;

@unmanaged
export class Stage {
  kind: i32;
  pooled: i32; // 1: 2 by 2 max pooling follows
  h: i32; // of the input, before it is upsampled
  w: i32;
  cin: i32;
  cout: i32;
  smallBlock: i32; // 1: register blocks of two rows, else of four
  tilesH: i32; // output tiles of an image, by the algorithm of this kind
  tilesW: i32;
  partRows: i32; // rows from one part, a transformed matrix, to the next
  paddedH: i32; // size of the input with its border of zeros
  paddedW: i32;
  filter: usize; // [3, 3, cin, cout]
  bias: usize; // [cout]
  dFilter: usize; // [3, 3, cin, cout]
  dBias: usize;
  transformedFilter: usize; // [parts, cin, cout]
  transposedFilter: usize; // transformed and transposed, [parts, cout, cin]
  // Offsets in bytes from the start of a thread's arena.
  input: usize; // [IMAGES_PER_GROUP, paddedH, paddedW, cin]
  dInput: usize;
  transformedInput: usize; // [parts, partRows, cin]; of the output stage, dy
  argmax: usize; // of each pooling window, [IMAGES_PER_GROUP, h / 2, w / 2, cout]
  products: usize; // [parts, partRows, cout], shared by all stages
  workspace: usize; // of the transforms of one tile, shared too
  // Offsets in bytes from the start of a chunk's sums of gradients.
  filterSums: usize; // of the transformed filter
  biasSums: usize;
}

/** Bytes of a Stage. */
export const STAGE_BYTES: usize = offsetof<Stage>();

/** Bytes from one part to the next: the numbers of one place in all tiles are a part. */
// @ts-ignore: decorator
@inline
export function partBytes(s: Stage, channels: i32): usize {
  return <usize> (s.partRows * channels) << 2;
}

/** Address of pixel (y, x) of one of the padded images of a stage. */
// @ts-ignore: decorator
@inline
export function pixelAt(
  images: usize, s: Stage, image: i32, y: i32, x: i32, channels: i32,
): usize {
  return images +
    (<usize> (((image * s.paddedH + y) * s.paddedW + x) * channels) << 2);
}

// Transforms treat eight channels at a time, as two vectors. With its flag
// --experimental-wasm-revectorize V8 joins the two to one vector of 256 bits, if they
// are loaded from constant offsets 16 bytes apart and stored together, the second
// first. In names, l is the first vector (the low half) and h the second (the high).

/** Bytes of eight channels. */
export const BYTES_OF_8: usize = 32;

/** Chooses the first four of eight channels: its size is the offset, 0. */
@unmanaged
export class Low {}

/** Chooses the last four: its size is the offset, 16. */
@unmanaged
export class High {
  lower: v128;
}

/** Loads the first or the last four of the eight channels at an address. */
// @ts-ignore: decorator
@inline
export function load4<Half>(at: usize): v128 {
  return v128.load(at, offsetof<Half>());
}

/** Stores eight channels, given as their two halves. */
// @ts-ignore: decorator
@inline
export function store8(at: usize, low: v128, high: v128): void {
  v128.store(at, high, 16);
  v128.store(at, low);
}

/** Adds to eight channels. */
// @ts-ignore: decorator
@inline
export function add8(at: usize, low: v128, high: v128): void {
  const l = f32x4.add(load4<Low>(at), low), h = f32x4.add(load4<High>(at), high);
  store8(at, l, h);
}

/** x where it is above zero or NaN, else zero. */
// @ts-ignore: decorator
@inline
export function relu(x: v128): v128 {
  return f32x4.pmax(x, f32x4.splat(0));
}
