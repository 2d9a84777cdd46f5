/**
 * The fields of the classes that the WebAssembly reads, in their order, the class
 * of each task's job, and the constants that TypeScript shares with it.
 *
 * Written by `deno task wasm` from the classes in assembly/: change those.
 */

export const LINEAR = 0;

export const RELU = 1;

export const RELU6 = 2;

export const ELU = 3;

export const SIGMOID = 4;

export const TANH = 5;

export const PANEL_BYTES = 16384;

/** Columns of a panel. */
export const PANEL_COLUMNS = 16;

/** Rows of a register block. */
export const BLOCK_ROWS = 6;

/** Bytes of a register block. */
export const BLOCK_BYTES = 384;

/** Bytes of a register block at the edge, and of pointers to its rows. */
export const BLOCK_SCRATCH_BYTES = 408;

/** Bytes of a slot before its rows, which begin with a cache line. */
export const ROWS_OFFSET = 448;

/** An activation beside those of epilogue.ts. */
export const HARD_SIGMOID = 6;

/**
 * Cells. An LSTM has the gates i, f, g and o, a GRU z, r and g, a simple one g alone, in
 * the order of the weights. The gate g has the layer's activation, and all others have
 * its recurrent activation.
 */
export const LSTM = 0;

export const GRU = 1;

export const SIMPLE = 2;

/** Columns of the transformed filter: for output (a, b) of a pixel, tap (r, t). */
export const OUTPUT_COLUMNS = 16;

/** Kinds of stages; for each there is a file in assembly/network/. */
export const DIRECT = 0;
export const WINOGRAD = 1;
export const UPSAMPLED = 2;
export const OUTPUT = 3;

/** Images that go through all stages together. */
export const IMAGES_PER_GROUP = 2;

/** Bytes of a Stage. */
export const STAGE_BYTES = 104;

/** Bytes of eight channels. */
export const BYTES_OF_8 = 32;

/** Matrices of V, U, M and Z: the products for each pair of channels. */
export const UPSAMPLED_PARTS = 9;

/** Matrices of V, U, M and Z: the products for each pair of channels. */
export const WINOGRAD_PARTS = 36;

/** Bytes of the workspace of a transform. */
export const WINOGRAD_WORKSPACE_BYTES = 2304;

/** Rows that a product must have at least. */
export const MIN_PRODUCT_ROWS = 4;

/** In assembly/batch_norm.ts. */
export const NormalisationJob = {
  /** [outer, c, inner]; where inner is not named it is 1 */ x: "usize",
  /** like x; only for the gradient */ dy: "usize",
  /** like x; or sums for each part, see each task */ out: "usize",
  /** [tables, c], see each task */ tables: "usize",
  outer: "i32",
  c: "i32",
  inner: "i32",
  /** of the outer axis */ perPart: "i32",
  parts: "i32",
  /** of parts */ perChunk: "i32",
};

/** In assembly/convolution.ts. */
export const PaddedImage = {
  /** images without padding, [n, h, w, c] */ x: "usize",
  h: "i32",
  w: "i32",
  c: "i32",
  /** rows of padding above the image; below zero: rows cut off */ top: "i32",
  /** columns likewise */ left: "i32",
  /** width with the padding */ paddedW: "i32",
};

/** In assembly/convolution.ts. */
export const ConvolutionFields = {
  ...PaddedImage,
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
  /** images, or planes of outputs of all volumes */ n: "i32",
  /** 1 where an image is cut into strips */ imagesPerChunk: "i32",
  /** rows of outputs that are computed together */ stripRows: "i32",
  /** rows of the padded image that they need */ paddedH: "i32",
  // Volumes are images, too: d planes each, and a window covers kd of them. Plain images
  // have one plane.
  d: "i32",
  kd: "i32",
  outD: "i32",
  strideD: "i32",
  dilationD: "i32",
  /** planes of padding */ front: "i32",
  /** of a padded plane */ paddedBytes: "usize",
  /** see multiplyBlock */ smallBlock: "i32",
  /** one slot after the other; each begins with a register block */
  scratch: "usize",
  /** of a slot */ scratchBytes: "usize",
  // Offsets in bytes from the start of a slot.
  pointers: "usize",
  paddedImages: "usize",
};

/** In assembly/convolution.ts. */
export const ConvolutionJob = {
  ...ConvolutionFields,
  /** filter [kd * kh * kw * c, channels], packed */ panels: "usize",
  /** [channels]; 0: none */ bias: "usize",
  /** see epilogue.ts */ activation: "i32",
};

/** In assembly/convolution.ts. */
export const FilterGradientJob = {
  ...ConvolutionFields,
  /** [n, outH, outW, channels] */ dy: "usize",
  /** of dy, packed; an offset in a slot too */ panels: "usize",
  panelBytes: "usize",
  panelsAtOnce: "i32",
};

/** In assembly/convolution.ts. */
export const ConvolutionToOneJob = {
  ...ConvolutionFields,
  /** filter [c, kh * kw], packed */ panels: "usize",
  /** [paddedH, paddedW, kh * kw]; an offset in a slot too */ products: "usize",
  /** one number; 0: none */ bias: "usize",
  /** see epilogue.ts */ activation: "i32",
};

/** In assembly/convolution.ts. */
export const PhaseJob = {
  /** [n, planes, rows, columns, c] */ phase: "usize",
  /** 1 of an image */ planes: "i32",
  rows: "i32",
  columns: "i32",
  /** [n, d, h, w, c] */ out: "usize",
  d: "i32",
  h: "i32",
  w: "i32",
  c: "i32",
  /** where the first pixel of the phase goes */ firstPlane: "i32",
  firstRow: "i32",
  firstColumn: "i32",
  /** planes of `out` from one plane of the phase to the next */ strideD: "i32",
  /** rows of `out` from one row of the phase to the next */ strideH: "i32",
  /** columns likewise */ strideW: "i32",
};

/** In assembly/cross_entropy.ts. */
export const CrossEntropyJob = {
  /** [rows, c] */ target: "usize",
  /** [rows, c], probabilities */ output: "usize",
  /** [rows], or in the gradient that of each row's loss */ loss: "usize",
  /** [rows, c], by the outputs */ gradient: "usize",
  rows: "i32",
  c: "i32",
  /** rows */ perChunk: "i32",
  /** bounds of a probability */ low: "f32",
  high: "f32",
};

/** In assembly/depthwise.ts. */
export const DepthwiseJob = {
  /** [n, inH, inW, c] */ from: "usize",
  /** [kh, kw, c] */ filter: "usize",
  /** [n, outH, outW, c] */ to: "usize",
  n: "i32",
  inH: "i32",
  inW: "i32",
  outH: "i32",
  outW: "i32",
  c: "i32",
  kw: "i32",
  /** values of j */ rows: "i32",
  outRow: "i32",
  outRowStep: "i32",
  inRow: "i32",
  inRowStep: "i32",
  rowTaps: "i32",
  tapRow: "i32",
  tapRowStep: "i32",
  /** above zero */ inTapRows: "i32",
  columns: "i32",
  outColumn: "i32",
  outColumnStep: "i32",
  inColumn: "i32",
  inColumnStep: "i32",
  columnTaps: "i32",
  tapColumn: "i32",
  tapColumnStep: "i32",
  /** above zero */ inTapColumns: "i32",
  /** from here to insideTo the taps of all columns are inside */
  insideFrom: "i32",
  insideTo: "i32",
  /** of n * rows */ perChunk: "i32",
};

/** In assembly/depthwise.ts. */
export const DepthwiseFilterJob = {
  /** [n, h, w, c] */ x: "usize",
  /** [n, outH, outW, c] */ dy: "usize",
  /** [chunks, kh, kw, c] */ out: "usize",
  n: "i32",
  h: "i32",
  w: "i32",
  c: "i32",
  kh: "i32",
  kw: "i32",
  strideH: "i32",
  strideW: "i32",
  dilationH: "i32",
  dilationW: "i32",
  top: "i32",
  left: "i32",
  outH: "i32",
  outW: "i32",
  /** of n * outH */ perChunk: "i32",
};

/** In assembly/elementwise.ts. */
export const ElementwiseJob = {
  a: "usize",
  /** numbers of a; after the last comes the first again */ aLength: "i32",
  b: "usize",
  bLength: "i32",
  out: "usize",
  length: "i32",
  perChunk: "i32",
  /** clip and losses: lower bound; step and leaky relu: value or slope below zero */
  low: "f32",
  /** clip and losses: upper bound */ high: "f32",
};

/** In assembly/few_channels.ts. */
export const FewChannelsJob = {
  /** [n, outH, outW, channels] */ dy: "usize",
  /** [channels, kh * kw * c], packed */ panels: "usize",
  /** [n, h, w, c] */ out: "usize",
  h: "i32",
  w: "i32",
  c: "i32",
  kh: "i32",
  kw: "i32",
  strideH: "i32",
  strideW: "i32",
  outH: "i32",
  outW: "i32",
  channels: "i32",
  /** rows of padding */ top: "i32",
  /** columns likewise */ left: "i32",
  /** see multiplyBlock */ smallBlock: "i32",
  /** one slot after the other; each begins with BLOCK_SCRATCH_BYTES */
  scratch: "usize",
  /** of a slot */ scratchBytes: "usize",
  /** [outH, outW, kh, kw, c], an offset in a slot */ products: "usize",
};

/** In assembly/epilogue.ts. */
export const EpilogueGradientJob = {
  /** [rows, columns] */ dy: "usize",
  /** the activation's outputs */ y: "usize",
  /** the gradient of what the activation was applied to */ dz: "usize",
  /** [parts, columns]: dz summed over each part's rows */ sums: "usize",
  rows: "i32",
  columns: "i32",
  /** rows */ perPart: "i32",
  /** columns */ perPiece: "i32",
  /** RELU, ELU, SIGMOID or TANH */ activation: "i32",
};

/** In assembly/optimizers.ts. */
export const StepJob = {
  variable: "usize",
  gradient: "usize",
  /** running averages, as many as the optimizer has */ first: "usize",
  second: "usize",
  third: "usize",
  outVariable: "usize",
  outFirst: "usize",
  outSecond: "usize",
  outThird: "usize",
  length: "i32",
  /** a multiple of 4 */ perChunk: "i32",
};

/** In assembly/optimizers.ts. */
export const AdadeltaJob = {
  ...StepJob,
  learningRate: "f32",
  rho: "f32",
  oneMinusRho: "f32",
  epsilon: "f32",
};

/** In assembly/optimizers.ts. */
export const AdamJob = {
  ...StepJob,
  learningRate: "f32",
  beta1: "f32",
  oneMinusBeta1: "f32",
  beta2: "f32",
  oneMinusBeta2: "f32",
  /** 1 - beta1^step */ bias1: "f32",
  bias2: "f32",
  epsilon: "f32",
};

/** In assembly/optimizers.ts. */
export const SgdJob = {
  ...StepJob,
  learningRate: "f32",
};

/** In assembly/optimizers.ts. */
export const MomentumJob = {
  ...SgdJob,
  momentum: "f32",
  usesNesterov: "i32",
};

/** In assembly/optimizers.ts. */
export const AdagradJob = {
  ...StepJob,
  learningRate: "f32",
  epsilon: "f32",
};

/** In assembly/optimizers.ts. */
export const AdamaxJob = {
  ...StepJob,
  /** learningRate / (1 - beta1^step), with its decay */ rate: "f32",
  beta1: "f32",
  oneMinusBeta1: "f32",
  beta2: "f32",
  epsilon: "f32",
};

/** In assembly/optimizers.ts. */
export const RmsPropJob = {
  ...StepJob,
  learningRate: "f32",
  decay: "f32",
  oneMinusDecay: "f32",
  momentum: "f32",
  epsilon: "f32",
  /** only then there is the third average */ isCentred: "i32",
};

/** In assembly/gather.ts. */
export const GatherJob = {
  /** [batch, outer, count, inner] */ x: "usize",
  /** int32 [batch, length]; each is from 0 to count - 1 */ indices: "usize",
  /** [batch, outer, length, inner] */ out: "usize",
  outer: "i32",
  count: "i32",
  length: "i32",
  inner: "i32",
  /** batch * outer * length */ rows: "i32",
  /** of these rows */ perChunk: "i32",
};

/** In assembly/gather.ts. */
export const SegmentSumJob = {
  /** [rows, inner] */ x: "usize",
  /** int32: the rows of the first segment, then of the second, ... */
  order: "usize",
  /** int32 [segments]: where in `order` each segment ends */ ends: "usize",
  /** [segments, inner] */ out: "usize",
  segments: "i32",
  inner: "i32",
  /** segments */ perChunk: "i32",
};

/** In assembly/gemm.ts. */
export const PackJob = {
  b: "usize",
  out: "usize",
  k: "i32",
  n: "i32",
  rowStride: "usize",
  columnStride: "usize",
  /** bytes from one b to the next; 0: one b for the whole batch */
  batchStride: "usize",
  /** of one b */ panels: "i32",
};

/** In assembly/gemm.ts. */
export const MatMulJob = {
  a: "usize",
  b: "usize",
  /** of b, in bytes */ bRowStride: "usize",
  bColumnStride: "usize",
  /** bytes from one b to the next; 0: one b for the whole batch */
  bBatchStride: "usize",
  /** b packed; 0: each chunk packs b for itself, panel by panel */
  panels: "usize",
  out: "usize",
  m: "i32",
  n: "i32",
  k: "i32",
  /** of a, in bytes */ rowStride: "usize",
  columnStride: "usize",
  /** bytes from one a to the next; 0: one a for the whole batch */
  aBatchStride: "usize",
  /** bytes from the panels of one b to those of the next */
  panelsBatchStride: "usize",
  /** bytes from one row of out to the next */ outRow: "usize",
  rowsPerChunk: "i32",
  /** [n], for an `out` without gaps between its rows; 0: none */ bias: "usize",
  /** see epilogue.ts */ activation: "i32",
  smallBlock: "i32",
  /** for each slot BLOCK_SCRATCH_BYTES, and PANEL_BYTES where it packs b */
  scratch: "usize",
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
  /** rows of padding */ top: "i32",
  /** columns of padding */ left: "i32",
  /** of the average's gradient; 0: the number of pixels in the image */
  divisor: "i32",
};

/** In assembly/pooling_3d.ts. */
export const Pool3DJob = {
  /** [n, d, h, w, c] */ x: "usize",
  /** [n, outD, outH, outW, c]; its gradient for a gradient */ y: "usize",
  /** like x; only for a gradient */ dx: "usize",
  d: "i32",
  h: "i32",
  w: "i32",
  c: "i32",
  outD: "i32",
  outH: "i32",
  outW: "i32",
  windowD: "i32",
  windowH: "i32",
  windowW: "i32",
  strideD: "i32",
  strideH: "i32",
  strideW: "i32",
  /** planes of padding */ front: "i32",
  /** rows of padding */ top: "i32",
  /** columns of padding */ left: "i32",
};

/** In assembly/layer_norm.ts. */
export const LayerNormJob = {
  /** [rows, c] */ x: "usize",
  /** like x; only for the gradient */ dy: "usize",
  /** like x: y, or dx */ out: "usize",
  /** [rows] */ means: "usize",
  /** [rows], 1 / sqrt(variance + epsilon) */ inverses: "usize",
  /** [c] */ scale: "usize",
  /** [c]; not for the gradient */ offset: "usize",
  /** [parts, 2, c]: of dy z and of dy; only for the gradient */ sums: "usize",
  rows: "i32",
  c: "i32",
  /** rows */ perPart: "i32",
  epsilon: "f32",
};

/** In assembly/reduce.ts. */
export const ReduceJob = {
  /** [outer, length, inner] */ x: "usize",
  /** [outer, parts, inner] */ out: "usize",
  outer: "i32",
  length: "i32",
  inner: "i32",
  /** the axis is cut into parts of so many numbers */ perPart: "i32",
  parts: "i32",
  /** the inner axis is cut into pieces of so many numbers */ perPiece: "i32",
  pieces: "i32",
  /** of outer * parts * pieces results */ perChunk: "i32",
};

/** In assembly/recurrent/gates.ts. */
export const SequenceFields = {
  batch: "i32",
  time: "i32",
  units: "i32",
  /** 1: from the last step of time to the first */ backwards: "i32",
  activation: "i32",
  recurrentActivation: "i32",
  /** [batch, time], zero where the state stays as it is; 0: no mask */
  mask: "usize",
  // Kept for the gradient, at each step; 0: not kept.
  /** [batch, time, gates * units] */ gates: "usize",
  /** [batch, time, units]: h before the step */ previous: "usize",
  /** [batch, time, units]: c before the step; for a GRU r * h */
  inner: "usize",
  /** recurrent kernel, packed, or its transpose; for a GRU all gates but g */
  panels: "usize",
  /** for a GRU that of the gate g */ innerPanels: "usize",
  rowsPerChunk: "i32",
  smallBlock: "i32",
  scratch: "usize",
  scratchBytes: "usize",
};

/** In assembly/recurrent/gradient.ts. */
export const SequenceGradientJob = {
  ...SequenceFields,
  /** [batch, time, gates * units] */ dx: "usize",
  /** [batch, units], of the last h */ dh: "usize",
  dc: "usize",
  /** [batch, time, units]; 0: none */ dSequence: "usize",
  /** [batch, units] */ dFirstH: "usize",
  dFirstC: "usize",
};

/** In assembly/recurrent/sequence.ts. */
export const SequenceJob = {
  ...SequenceFields,
  /** [batch, time, gates * units]: inputs times their weights */ x: "usize",
  /** [gates * units]; 0: none */ bias: "usize",
  /** [batch, units] */ firstH: "usize",
  firstC: "usize",
  /** [batch, units], after the last step */ h: "usize",
  c: "usize",
  /** [batch, time, units]: h after each step; 0: not wanted */
  sequence: "usize",
};

/** In assembly/resize.ts. */
export const ResizeJob = {
  /** [n, h, w, c]: the input, or its gradient */ small: "usize",
  /** [n, outH, outW, c]: the output, or its gradient */ large: "usize",
  /** table of i32 [outH] */ rows: "usize",
  /** table of i32 [outW] */ columns: "usize",
  h: "i32",
  w: "i32",
  c: "i32",
  outH: "i32",
  outW: "i32",
};

/** In assembly/network/step.ts. */
export const NetworkJob = {
  /** of kind OUTPUT is the last, and no other */ stages: "usize",
  stageCount: "i32",
  /** images */ n: "i32",
  imagesPerChunk: "i32",
  /** [n, h, w, cin] */ x: "usize",
  /** targets [n, h, w], or where predictions go */ y: "usize",
  /** factor of the gradients; 0: compute the loss only */ scale: "f32",
  /** intermediate results, one slot after the other */ arena: "usize",
  /** of a slot */ arenaBytes: "usize",
  /** one chunk after the other */ sums: "usize",
  /** of a chunk: its loss (f64), then the sums of all stages */
  sumsBytes: "usize",
  chunks: "i32",
};

/** In assembly/select.ts. */
export const SelectJob = {
  /** bytes, each 0 or 1 */ condition: "usize",
  yes: "usize",
  no: "usize",
  out: "usize",
  length: "i32",
  /** a multiple of 4 */ perChunk: "i32",
};

/** In assembly/softmax.ts. */
export const SoftmaxJob = {
  /** [rows, length] */ x: "usize",
  /** likewise */ out: "usize",
  rows: "i32",
  length: "i32",
  /** rows */ perChunk: "i32",
};

/** In assembly/softmax.ts. */
export const SoftmaxGradientJob = {
  /** softmax's outputs [rows, length] */ y: "usize",
  /** likewise */ dy: "usize",
  dx: "usize",
  rows: "i32",
  length: "i32",
  /** rows */ perChunk: "i32",
};

/** In assembly/strided.ts. */
export const StridedCopyJob = {
  // Six axes, the outermost first; unused ones come first and have the size 1.
  size0: "i32",
  /** numbers from one index to the next in from */ from0: "i32",
  /** likewise in to */ to0: "i32",
  size1: "i32",
  from1: "i32",
  to1: "i32",
  size2: "i32",
  from2: "i32",
  to2: "i32",
  size3: "i32",
  from3: "i32",
  to3: "i32",
  size4: "i32",
  from4: "i32",
  to4: "i32",
  size5: "i32",
  from5: "i32",
  to5: "i32",
  /** the first number */ from: "usize",
  to: "usize",
  /** size0 * size1 * size2 * size3 * size4 */ rows: "i32",
  /** of these rows */ perChunk: "i32",
  /** rows are cut into pieces of so many numbers */ perPiece: "i32",
  pieces: "i32",
};

/** In assembly/network/stage.ts. */
export const Stage = {
  kind: "i32",
  /** 1: 2 by 2 max pooling follows */ pooled: "i32",
  /** of the input, before it is upsampled */ h: "i32",
  w: "i32",
  cin: "i32",
  cout: "i32",
  /** 1: register blocks of two rows, else of four */ smallBlock: "i32",
  /** output tiles of an image, by the algorithm of this kind */ tilesH: "i32",
  tilesW: "i32",
  /** rows from one part, a transformed matrix, to the next */ partRows: "i32",
  /** size of the input with its border of zeros */ paddedH: "i32",
  paddedW: "i32",
  /** [3, 3, cin, cout] */ filter: "usize",
  /** [cout] */ bias: "usize",
  /** [3, 3, cin, cout] */ dFilter: "usize",
  dBias: "usize",
  /** [parts, cin, cout] */ transformedFilter: "usize",
  /** transformed and transposed, [parts, cout, cin] */
  transposedFilter: "usize",
  // Offsets in bytes from the start of a thread's arena.
  /** [IMAGES_PER_GROUP, paddedH, paddedW, cin] */ input: "usize",
  dInput: "usize",
  /** [parts, partRows, cin]; of the output stage, dy */
  transformedInput: "usize",
  /** of each pooling window, [IMAGES_PER_GROUP, h / 2, w / 2, cout] */
  argmax: "usize",
  /** [parts, partRows, cout], shared by all stages */ products: "usize",
  /** of the transforms of one tile, shared too */ workspace: "usize",
  // Offsets in bytes from the start of a chunk's sums of gradients.
  /** of the transformed filter */ filterSums: "usize",
  biasSums: "usize",
};

/** In assembly/winograd.ts. */
export const LayerJob = {
  ...PaddedImage,
  stage: "Stage",
  /** [n, h, w, cout], or sums [chunks, 36, cin, cout] */ out: "usize",
  /** [n, h, w, cout] */ dy: "usize",
  /** [cout]; 0: none */ bias: "usize",
  /** see epilogue.ts */ activation: "i32",
  n: "i32",
  imagesPerChunk: "i32",
  /** rows of tiles that are computed together */ tileRowsPerStrip: "i32",
  /** one slot after the other; each begins with the workspace */
  scratch: "usize",
  /** of a slot */ scratchBytes: "usize",
  // Offsets in bytes from the start of a slot.
  padded: "usize",
  /** [36, partRows, cin] */ transformedInput: "usize",
  /** [36, partRows, cout] */ products: "usize",
};

/** The class of each task's job. */
export const TASKS = {
  momentsOfParts: NormalisationJob,
  normalisationSums: NormalisationJob,
  normalise: NormalisationJob,
  normalisationGradient: NormalisationJob,
  convolution: ConvolutionJob,
  filterGradient: FilterGradientJob,
  convolutionToOne: ConvolutionToOneJob,
  putPhase: PhaseJob,
  categoricalCrossEntropy: CrossEntropyJob,
  categoricalCrossEntropyGradient: CrossEntropyJob,
  depthwise: DepthwiseJob,
  depthwiseFilter: DepthwiseFilterJob,
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
  relu6: ElementwiseJob,
  leakyRelu: ElementwiseJob,
  elu: ElementwiseJob,
  selu: ElementwiseJob,
  softplus: ElementwiseJob,
  rsqrt: ElementwiseJob,
  reciprocal: ElementwiseJob,
  floor: ElementwiseJob,
  ceil: ElementwiseJob,
  round: ElementwiseJob,
  add: ElementwiseJob,
  sub: ElementwiseJob,
  mul: ElementwiseJob,
  div: ElementwiseJob,
  maximum: ElementwiseJob,
  minimum: ElementwiseJob,
  squaredDifference: ElementwiseJob,
  reluGradient: ElementwiseJob,
  clipGradient: ElementwiseJob,
  pow: ElementwiseJob,
  prelu: ElementwiseJob,
  relu6Gradient: ElementwiseJob,
  leakyReluGradient: ElementwiseJob,
  eluGradient: ElementwiseJob,
  seluGradient: ElementwiseJob,
  softplusGradient: ElementwiseJob,
  sigmoidGradient: ElementwiseJob,
  tanhGradient: ElementwiseJob,
  binaryCrossEntropy: ElementwiseJob,
  binaryCrossEntropyGradient: ElementwiseJob,
  fewChannelsGradient: FewChannelsJob,
  epilogueGradient: EpilogueGradientJob,
  adadelta: AdadeltaJob,
  adam: AdamJob,
  sgd: SgdJob,
  momentum: MomentumJob,
  adagrad: AdagradJob,
  adamax: AdamaxJob,
  rmsProp: RmsPropJob,
  gather: GatherJob,
  segmentSum: SegmentSumJob,
  pack: PackJob,
  matMul: MatMulJob,
  maxPool: PoolJob,
  maxPoolGradient: PoolJob,
  averagePool: PoolJob,
  averagePoolGradient: PoolJob,
  maxPool3D: Pool3DJob,
  averagePool3D: Pool3DJob,
  maxPool3DGradient: Pool3DJob,
  averagePool3DGradient: Pool3DJob,
  layerNorm: LayerNormJob,
  layerNormGradient: LayerNormJob,
  sum: ReduceJob,
  largest: ReduceJob,
  smallest: ReduceJob,
  lstmGradient: SequenceGradientJob,
  gruGradient: SequenceGradientJob,
  simpleRnnGradient: SequenceGradientJob,
  lstm: SequenceJob,
  gru: SequenceJob,
  simpleRnn: SequenceJob,
  resizeNearest: ResizeJob,
  resizeNearestGradient: ResizeJob,
  networkFilters: NetworkJob,
  networkTrain: NetworkJob,
  networkPredict: NetworkJob,
  networkGradients: NetworkJob,
  select: SelectJob,
  softmax: SoftmaxJob,
  softmaxGradient: SoftmaxGradientJob,
  copyStrided: StridedCopyJob,
  winogradTransformFilter: LayerJob,
  winogradConvolution: LayerJob,
  winogradFilterGradient: LayerJob,
  winogradTransformGradient: LayerJob,
};
