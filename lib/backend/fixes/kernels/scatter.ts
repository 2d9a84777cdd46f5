/** Updates of some numbers of a tensor, which leave the tensor itself as it is. */

import "@tensorflow/tfjs-backend-cpu";
import {
  getKernel,
  type KernelConfig,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";

const own = getKernel("TensorScatterUpdate", "cpu")!;

/** tfjs's own kernel, which writes into the tensor that it is given: here into a copy. */
export const tensorScatterUpdate: KernelConfig = {
  ...own,
  kernelFunc: (call) => {
    const backend = call.backend as MathBackendCPU;
    const { tensor, ...others } = call.inputs as Record<string, TensorInfo>;
    const { values } = backend.data.get(tensor.dataId);
    const numbers = values as Float32Array | Int32Array;
    const copy = backend.makeTensorInfo(
      tensor.shape,
      tensor.dtype,
      numbers.slice(),
    );
    try {
      const inputs = { tensor: copy, ...others };
      return own.kernelFunc({ ...call, inputs });
    } finally {
      backend.disposeIntermediateTensorInfo(copy);
    }
  },
};
