import {
  getKernel,
  type KernelConfig,
  type NamedAttrMap,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { BACKEND, type WasmBackend } from "../backend.ts";

/** What tfjs calls a kernel with, typed by the kernel's own inputs and attributes. */
export interface Call<Inputs, Attributes> {
  inputs: Inputs;
  attrs: Attributes;
  backend: WasmBackend;
}

/**
 * A kernel that runs `run` where it answers, and tfjs's own plain kernel where
 * it returns undefined: for other dtypes, layouts or ways of broadcasting. It
 * throws a RangeError where tfjs has no such kernel.
 */
export function accelerate<Inputs, Attributes = unknown>(
  kernelName: string,
  run: (
    call: Call<Inputs, Attributes>,
  ) => TensorInfo | TensorInfo[] | undefined,
): KernelConfig {
  return {
    kernelName,
    backendName: BACKEND,
    kernelFunc: ({ inputs, attrs, backend: current }) => {
      const backend = current as WasmBackend;
      const call = {
        inputs: inputs as Inputs,
        attrs: attrs as Attributes,
        backend,
      };
      const answer = backend.keepOnSuccess(() => run(call));
      if (answer) return answer;
      const plain = getKernel(kernelName, "cpu");
      if (!plain) {
        throw new RangeError(
          `Cannot run kernel "${kernelName}": not all its tensors are float32`,
        );
      }
      return plain.kernelFunc({ inputs, attrs, backend });
    },
  };
}

/** Runs a kernel of this backend from within another. */
export function runKernel(
  kernelName: string,
  { inputs, attrs, backend }: {
    inputs: Record<string, TensorInfo>;
    attrs?: NamedAttrMap;
    backend: WasmBackend;
  },
): TensorInfo {
  const { kernelFunc } = getKernel(kernelName, BACKEND)!;
  return kernelFunc({ inputs, attrs, backend }) as TensorInfo;
}

/** Whether every tensor holds 32-bit floats. */
export function areFloats(...tensors: TensorInfo[]): boolean {
  return tensors.every(({ dtype }) => dtype === "float32");
}
