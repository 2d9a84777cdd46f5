// Every export is a task (job, chunk, slot) => void. Any thread calls it for any
// chunk, in any order; two chunks never write to the same place. A slot is a piece of
// memory for intermediate results, which a chunk has for itself while it runs. The
// job is an object of the class that the task is declared with: its fields are in
// shared memory, four bytes each, in the order of the class.

export {
  momentsOfParts,
  normalisationGradient,
  normalisationSums,
  normalise,
} from "./batch_norm";
export {
  convolution,
  convolutionToOne,
  filterGradient,
  putPhase,
} from "./convolution";
export {
  categoricalCrossEntropy,
  categoricalCrossEntropyGradient,
} from "./cross_entropy";
export { depthwise, depthwiseFilter } from "./depthwise";
export * from "./elementwise";
export { fewChannelsGradient } from "./few_channels";
export { epilogueGradient } from "./epilogue";
export { adadelta, adagrad, adam, adamax, momentum, rmsProp, sgd } from "./optimizers";
export { gather, segmentSum } from "./gather";
export { matMul, pack } from "./gemm";
export {
  averagePool,
  averagePoolGradient,
  maxPool,
  maxPoolGradient,
} from "./pooling";
export {
  averagePool3D,
  averagePool3DGradient,
  maxPool3D,
  maxPool3DGradient,
} from "./pooling_3d";
export { layerNorm, layerNormGradient } from "./layer_norm";
export { largest, smallest, sum } from "./reduce";
export {
  gruGradient,
  lstmGradient,
  simpleRnnGradient,
} from "./recurrent/gradient";
export { gru, lstm, simpleRnn } from "./recurrent/sequence";
export { resizeNearest, resizeNearestGradient } from "./resize";
export {
  networkFilters,
  networkGradients,
  networkPredict,
  networkTrain,
} from "./network/step";
export { select } from "./select";
export { softmax, softmaxGradient } from "./softmax";
export { copyStrided } from "./strided";
export {
  winogradConvolution,
  winogradTransformFilter,
  winogradFilterGradient,
  winogradTransformGradient,
} from "./winograd";
