// Every export is a task (job, chunk, slot) => void, called by any thread for any
// chunk, in any order; chunks never write to the same place. A slot is a place for
// numbers that no other chunk has at the same time. The job is the address of its
// numbers, four bytes each, in the order of the class that the task takes.

export {
  convolution,
  convolutionToOne,
  filterGradient,
  putPhase,
} from "./convolution";
export * from "./elementwise";
export { adadelta, adam } from "./optimizers";
export { matMul, pack } from "./gemm";
export {
  averagePool,
  averagePoolGradient,
  maxPool,
  maxPoolGradient,
} from "./pooling";
export { sum } from "./reduce";
export { resizeNearest, resizeNearestGradient } from "./resize";
export {
  networkFilters,
  networkGradients,
  networkPredict,
  networkTrain,
} from "./network/step";
export {
  winogradConvolution,
  winogradFilter,
  winogradFilterGradient,
  winogradSum,
} from "./winograd";
