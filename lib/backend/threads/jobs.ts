/**
 * The fields of the classes that the WebAssembly reads, in their order, the class
 * of each task's job, and the constants of both sides.
 *
 * Written by `deno task wasm` from the classes in assembly/: change those.
 */

/** Columns of a panel. */
export const PANEL = 16;

/** Rows of a tile. */
export const TILE = 6;

/** Bytes of a tile. */
export const TILE_BYTES = 384;

/** Bytes of a tile that hangs over the edge, and of pointers to its rows. */
export const SPARE_BYTES = 408;

/** Columns of the transformed filter: output (a, b) above a pixel, tap (r, t). */
export const COLUMNS = 16;

/** What a stage is. */
export const FIRST = 0;
export const WINOGRAD = 1;
export const UPSAMPLED = 2;
export const LAST = 3;

/** Images that go through the stages together. */
export const GROUP = 2;

/** Bytes of a stage's fields. */
export const STAGE_BYTES = 104;

/** Bytes of eight channels. */
export const EIGHT = 32;

/** Products for each pair of channels. */
export const UPSAMPLED_PARTS = 9;

/** Products for each pair of channels. */
export const WINOGRAD_PARTS = 36;

/** Bytes of `lines`. */
export const LINES_BYTES = 2304;

/** Rows that a product makes at least. */
export const LEAST_ROWS = 4;

/** In assembly/convolution.ts. */
export const Frame = {
  /** images [n, h, w, c] */ x: "usize",
  h: "i32",
  w: "i32",
  c: "i32",
  /** where pixel (0, 0) lies in the frame; may be negative */ top: "i32",
  left: "i32",
  frameW: "i32",
};

/** In assembly/convolution.ts. */
export const WindowsJob = {
  ...Frame,
  /** [n, outH, outW, channels], or filters [chunks, kh, kw, c, channels] */
  out: "usize",
  kh: "i32",
  kw: "i32",
  dilationH: "i32",
  dilationW: "i32",
  strideH: "i32",
  strideW: "i32",
  outH: "i32",
  outW: "i32",
  channels: "i32",
  n: "i32",
  /** 1 where an image goes through in strips */ imagesPerChunk: "i32",
  /** rows of outputs that go through together */ stripRows: "i32",
  /** rows of the frame that they see */ frameH: "i32",
  narrow: "i32",
  /** in which each slot begins with a tile */ scratch: "usize",
  /** a slot */ scratchBytes: "usize",
  // Bytes from the start of a slot.
  pointers: "usize",
  frames: "usize",
};

/** In assembly/convolution.ts. */
export const ConvolutionJob = {
  ...WindowsJob,
  /** filter [kh * kw * c, channels], packed */ panels: "usize",
  /** an image */ frameBytes: "usize",
};

/** In assembly/convolution.ts. */
export const FilterGradientJob = {
  ...WindowsJob,
  /** [n, outH, outW, channels] */ dy: "usize",
  /** of dy, packed; bytes from the start of a slot */ panels: "usize",
  panelBytes: "usize",
  panelsAtOnce: "i32",
};

/** In assembly/convolution.ts. */
export const ConvolutionToOneJob = {
  ...WindowsJob,
  /** filter [c, kh * kw], packed */ panels: "usize",
  /** [frameH, frameW, kh * kw], bytes from the start of a slot */
  products: "usize",
};

/** In assembly/convolution.ts. */
export const PhaseJob = {
  /** [n, rows, columns, c] */ part: "usize",
  rows: "i32",
  columns: "i32",
  /** [n, h, w, c] */ out: "usize",
  h: "i32",
  w: "i32",
  c: "i32",
  /** where the first pixel of the part goes */ row: "i32",
  column: "i32",
  /** and how far the next ones lie */ strideH: "i32",
  strideW: "i32",
};

/** In assembly/elementwise.ts. */
export const ElementwiseJob = {
  a: "usize",
  /** the operand repeats after so many numbers */ aLength: "i32",
  b: "usize",
  bLength: "i32",
  out: "usize",
  length: "i32",
  perChunk: "i32",
  /** of clip and its gradient; step's value below zero */ low: "f32",
  high: "f32",
};

/** In assembly/optimizers.ts. */
export const StepJob = {
  variable: "usize",
  gradient: "usize",
  /** running averages */ first: "usize",
  second: "usize",
  outVariable: "usize",
  outFirst: "usize",
  outSecond: "usize",
  length: "i32",
  /** a multiple of 4 */ perChunk: "i32",
};

/** In assembly/optimizers.ts. */
export const AdadeltaJob = {
  ...StepJob,
  learningRate: "f32",
  rho: "f32",
  /** 1 - rho */ rest: "f32",
  epsilon: "f32",
};

/** In assembly/optimizers.ts. */
export const AdamJob = {
  ...StepJob,
  learningRate: "f32",
  beta1: "f32",
  /** 1 - beta1 */ rest1: "f32",
  beta2: "f32",
  rest2: "f32",
  /** 1 - beta1^step */ bias1: "f32",
  bias2: "f32",
  epsilon: "f32",
};

/** In assembly/gemm.ts. */
export const PackJob = {
  b: "usize",
  out: "usize",
  k: "i32",
  n: "i32",
  rowStride: "usize",
  columnStride: "usize",
  /** 0: one b for the whole batch */ batchStride: "usize",
  panels: "i32",
};

/** In assembly/gemm.ts. */
export const MatMulJob = {
  a: "usize",
  panels: "usize",
  out: "usize",
  m: "i32",
  n: "i32",
  k: "i32",
  /** of a, in bytes */ rowStride: "usize",
  columnStride: "usize",
  /** bytes from one a of the batch to the next; 0: the same */ aBatch: "usize",
  panelsBatch: "usize",
  rowsPerChunk: "i32",
  narrow: "i32",
  /** of SPARE_BYTES a slot */ scratch: "usize",
  /** from one slot to the next */ scratchBytes: "usize",
};

/** In assembly/pooling.ts. */
export const PoolJob = {
  /** [n, h, w, c] */ x: "usize",
  /** [n, outH, outW, c]; unused by the gradients */ y: "usize",
  /** [n, outH, outW, c] */ dy: "usize",
  /** [n, h, w, c] */ dx: "usize",
  h: "i32",
  w: "i32",
  c: "i32",
  outH: "i32",
  outW: "i32",
  windowH: "i32",
  windowW: "i32",
  strideH: "i32",
  strideW: "i32",
  /** padding */ top: "i32",
  left: "i32",
  /** of the average's gradient; 0: the pixels inside */ divisor: "i32",
};

/** In assembly/reduce.ts. */
export const SumJob = {
  /** [outer, length, inner] */ x: "usize",
  /** [outer, parts, inner] */ out: "usize",
  outer: "i32",
  length: "i32",
  inner: "i32",
  /** of length */ perPart: "i32",
  parts: "i32",
  /** of inner */ perPiece: "i32",
  pieces: "i32",
  /** of the outer * parts * pieces sums */ perChunk: "i32",
};

/** In assembly/resize.ts. */
export const ResizeJob = {
  /** [n, h, w, c]: the input, or its gradient */ small: "usize",
  /** [n, outH, outW, c]: the output, or its gradient */ large: "usize",
  /** i32 [outH] */ rows: "usize",
  /** i32 [outW] */ columns: "usize",
  h: "i32",
  w: "i32",
  c: "i32",
  outH: "i32",
  outW: "i32",
};

/** In assembly/network/step.ts. */
export const NetworkJob = {
  /** the last is of kind LAST */ stages: "usize",
  /** stages */ count: "i32",
  /** images */ n: "i32",
  perChunk: "i32",
  /** [n, h, w, cin] */ x: "usize",
  /** target [n, h, w], or the answer */ y: "usize",
  /** of the loss whose gradients are wanted; 0: none are */ scale: "f32",
  arena: "usize",
  /** a slot */ arenaBytes: "usize",
  sums: "usize",
  /** a chunk: loss (f64), then sums of all stages */ sumsBytes: "usize",
  chunks: "i32",
};

/** In assembly/network/stage.ts. */
export const Stage = {
  kind: "i32",
  /** 1: largest of each 2 by 2 pixels follows */ pooled: "i32",
  /** of the input, before it is upsampled */ h: "i32",
  w: "i32",
  cin: "i32",
  cout: "i32",
  /** 1: products by tiles of two rows, else of four */ narrow: "i32",
  /** tiles of the algorithm, an image */ tilesH: "i32",
  tilesW: "i32",
  /** rows from one part of the transformed numbers to the next */
  partRows: "i32",
  /** the input in its border of zeros */ frameH: "i32",
  frameW: "i32",
  /** [3, 3, cin, cout] */ filter: "usize",
  /** [cout] */ bias: "usize",
  /** [3, 3, cin, cout] */ dFilter: "usize",
  dBias: "usize",
  /** the transformed filter, [parts, cin, cout] */ forward: "usize",
  /** and [parts, cout, cin] */ backward: "usize",
  // Bytes from the start of a thread's arena.
  /** [GROUP, frameH, frameW, cin] */ input: "usize",
  dInput: "usize",
  /** transformed input [parts, partRows, cin] */ values: "usize",
  /** which of four pixels was the largest, [GROUP, h / 2, w / 2, cout] */
  switches: "usize",
  /** [parts, partRows, cout], shared by all stages */ products: "usize",
  /** a tile's numbers between its transforms, shared too */ lines: "usize",
  // Bytes from the start of a chunk's sums.
  /** gradient of the transformed filter */ sums: "usize",
  biasSums: "usize",
};

/** In assembly/winograd.ts. */
export const LayerJob = {
  ...Frame,
  stage: "Stage",
  /** [n, h, w, cout], or sums [chunks, 36, cin, cout] */ out: "usize",
  /** [n, h, w, cout] */ dy: "usize",
  n: "i32",
  imagesPerChunk: "i32",
  /** rows of tiles that go through together */ strip: "i32",
  /** in which each slot begins with lines */ scratch: "usize",
  /** a slot */ scratchBytes: "usize",
  // Bytes from the start of a slot.
  frame: "usize",
  /** [36, partRows, cin] */ values: "usize",
  /** [36, partRows, cout] */ products: "usize",
};

/** The class of each task's job. */
export const TASKS = {
  convolution: ConvolutionJob,
  filterGradient: FilterGradientJob,
  convolutionToOne: ConvolutionToOneJob,
  putPhase: PhaseJob,
  relu: ElementwiseJob,
  neg: ElementwiseJob,
  abs: ElementwiseJob,
  square: ElementwiseJob,
  sqrt: ElementwiseJob,
  step: ElementwiseJob,
  sign: ElementwiseJob,
  clip: ElementwiseJob,
  exp: ElementwiseJob,
  log: ElementwiseJob,
  log1p: ElementwiseJob,
  sigmoid: ElementwiseJob,
  tanh: ElementwiseJob,
  add: ElementwiseJob,
  sub: ElementwiseJob,
  mul: ElementwiseJob,
  div: ElementwiseJob,
  maximum: ElementwiseJob,
  minimum: ElementwiseJob,
  squaredDifference: ElementwiseJob,
  reluGradient: ElementwiseJob,
  clipGradient: ElementwiseJob,
  adadelta: AdadeltaJob,
  adam: AdamJob,
  pack: PackJob,
  matMul: MatMulJob,
  maxPool: PoolJob,
  maxPoolGradient: PoolJob,
  averagePool: PoolJob,
  averagePoolGradient: PoolJob,
  sum: SumJob,
  resizeNearest: ResizeJob,
  resizeNearestGradient: ResizeJob,
  networkFilters: NetworkJob,
  networkTrain: NetworkJob,
  networkPredict: NetworkJob,
  networkGradients: NetworkJob,
  winogradFilter: LayerJob,
  winogradConvolution: LayerJob,
  winogradFilterGradient: LayerJob,
  winogradSum: LayerJob,
};
