import type { TensorInfo } from "@tensorflow/tfjs-core";
import { ELU, LINEAR, RELU, RELU6, SIGMOID, TANH } from "../threads/jobs.ts";
import { areFloats, type Call, runKernel } from "./accelerate.ts";

/** What tfjs's fused kernels have as further inputs. */
export interface FusedInputs {
  bias?: TensorInfo;
  preluActivationWeights?: TensorInfo;
}

/** The attributes of tfjs's fused kernels. */
export interface FusedAttributes {
  activation: string;
  leakyreluAlpha: number;
}

/** What the task of a product does with its outputs while they are in the cache. */
export interface Epilogue {
  /** The address of a bias for each channel; 0: none. */
  bias: number;
  activation: number;
}

/** Activations that a task can apply. */
const IN_TASK: Record<string, number> = {
  linear: LINEAR,
  relu: RELU,
  relu6: RELU6,
  elu: ELU,
  sigmoid: SIGMOID,
  tanh: TANH,
};

/** Only the product. */
export const NO_EPILOGUE: Epilogue = { bias: 0, activation: LINEAR };

/** The epilogue of a fused kernel, or undefined where it needs kernels of its own. */
export function epilogueOf(
  { inputs: { bias }, attrs, backend }: Call<FusedInputs, FusedAttributes>,
  channels: number,
): Epilogue | undefined {
  const activation = IN_TASK[attrs.activation || "linear"];
  if (activation === undefined) return undefined;
  if (!bias) return { bias: 0, activation };
  const isPlain = areFloats(bias) && bias.shape.length === 1 &&
    bias.shape[0] === channels && channels > 0;
  return isPlain ? { bias: backend.address(bias), activation } : undefined;
}

/** The kernel for each activation that a fused kernel may have. */
const ACTIVATIONS: Record<string, string> = {
  elu: "Elu",
  leakyrelu: "LeakyRelu",
  prelu: "Prelu",
  relu: "Relu",
  relu6: "Relu6",
  sigmoid: "Sigmoid",
  tanh: "Tanh",
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
    FusedAttributes
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
