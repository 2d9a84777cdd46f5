/** One step of an optimiser for one variable, in place of a dozen kernels. */

import {
  type KernelConfig,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import { BACKEND, type WasmBackend } from "../backend.ts";
import { float32Bits } from "./elementwise.ts";

/** Numbers a chunk. */
const PER_CHUNK = 4096;

/** Variable and running averages, all of one shape, and the gradient. */
interface AdadeltaInputs {
  variable: TensorInfo;
  gradient: TensorInfo;
  squares: TensorInfo;
  updates: TensorInfo;
}

interface AdadeltaAttributes {
  learningRate: number;
  rho: number;
  epsilon: number;
}

/** New variable, squares and updates. */
function adadelta(
  backend: WasmBackend,
  { variable, gradient, squares, updates }: AdadeltaInputs,
  { learningRate, rho, epsilon }: AdadeltaAttributes,
): TensorInfo[] {
  const length = util.sizeFromShape(variable.shape);
  const outputs = [0, 1, 2].map(() => backend.output(variable.shape));
  const [outVariable, outSquares, outUpdates] = outputs;
  backend.pool.run("adadelta", {
    variable: backend.address(variable),
    gradient: backend.address(gradient),
    squares: backend.address(squares),
    updates: backend.address(updates),
    outVariable: backend.address(outVariable),
    outSquares: backend.address(outSquares),
    outUpdates: backend.address(outUpdates),
    length,
    perChunk: PER_CHUNK,
    learningRate: float32Bits(learningRate),
    rho: float32Bits(rho),
    rest: float32Bits(1 - rho),
    epsilon: float32Bits(epsilon),
  }, Math.ceil(length / PER_CHUNK));
  return outputs;
}

/** Kernels that tfjs has no name for: the course's optimiser calls them. */
export const optimizers: KernelConfig[] = [{
  kernelName: "Adadelta",
  backendName: BACKEND,
  kernelFunc: ({ inputs, attrs, backend }) =>
    adadelta(
      backend as WasmBackend,
      inputs as unknown as AdadeltaInputs,
      attrs as unknown as AdadeltaAttributes,
    ),
}];
