import type { TensorInfo } from "@tensorflow/tfjs-core";
import { type Call, runKernel } from "./accelerate.ts";

/** What tfjs's fused kernels have as further inputs. */
export interface FusedInputs {
  bias?: TensorInfo;
  preluActivationWeights?: TensorInfo;
}

/** The kernel for each activation that a fused kernel may have. */
const ACTIVATIONS: Record<string, string> = {
  elu: "Elu",
  leakyrelu: "LeakyRelu",
  prelu: "Prelu",
  relu: "Relu",
  relu6: "Relu6",
  sigmoid: "Sigmoid",
};

/**
 * Adds the bias to `result`, which is disposed of, and applies the activation.
 *
 * @throws {RangeError} for an activation that tfjs does not have.
 */
export function addBiasAndActivate(
  result: TensorInfo,
  { inputs: { bias, preluActivationWeights: alpha }, attrs, backend }: Call<
    FusedInputs,
    { activation: string; leakyreluAlpha: number }
  >,
): TensorInfo {
  if (bias) {
    const product = result;
    const inputs = { a: product, b: bias };
    result = runKernel("Add", { inputs, backend });
    backend.disposeIntermediateTensorInfo(product);
  }
  const activation = attrs.activation || "linear";
  const kernel = ACTIVATIONS[activation];
  if (!kernel && activation !== "linear") {
    throw new RangeError(
      `Cannot apply the activation "${activation}": it is none of linear, ` +
        `${Object.keys(ACTIVATIONS).join(", ")}`,
    );
  }
  if (kernel) {
    const sum = result;
    const inputs: Record<string, TensorInfo> = alpha
      ? { x: sum, alpha }
      : { x: sum };
    const leaky = { alpha: attrs.leakyreluAlpha };
    result = runKernel(kernel, { inputs, attrs: leaky, backend });
    backend.disposeIntermediateTensorInfo(sum);
  }
  return result;
}
