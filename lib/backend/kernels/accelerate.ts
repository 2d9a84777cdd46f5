import {
  engine,
  getKernel,
  type KernelConfig,
  type NamedAttrMap,
  type Tensor,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { BACKEND, type WasmBackend } from "../backend.ts";

/** The arguments of a kernel, with the types of its own inputs and attributes. */
export interface Call<Inputs, Attributes> {
  inputs: Inputs;
  attrs: Attributes;
  backend: WasmBackend;
}

/**
 * A kernel that calls `run` and, where this returns undefined, tfjs's own plain
 * kernel: for dtypes, layouts or ways of broadcasting that `run` does not know. Where
 * tfjs has no such kernel it throws a RangeError.
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
      backend.onPlainKernel?.(kernelName);
      const plain = getKernel(kernelName, "cpu");
      if (!plain) {
        throw new RangeError(
          `Cannot run kernel "${kernelName}": its tensors are not all float32, or ` +
            `their shapes do not fit: ${inWords(inputs)}`,
        );
      }
      return plain.kernelFunc({ inputs, attrs, backend });
    },
  };
}

/** The dtype and the shape of each tensor. */
function inWords(inputs: object): string {
  return Object.entries(inputs as Record<string, TensorInfo | undefined>)
    .filter(([, tensor]) => tensor)
    .map(([name, tensor]) => `${name} ${tensor!.dtype} [${tensor!.shape}]`)
    .join(", ");
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

/**
 * Runs a kernel as tfjs runs its operations, so that it has a gradient, without those
 * inputs that are missing.
 */
export function runOperation(
  kernelName: string,
  inputs: Record<string, Tensor | null | undefined>,
  attrs: NamedAttrMap = {},
): Tensor[] {
  const given = Object.entries(inputs).filter(([, tensor]) => tensor);
  const named = Object.fromEntries(given) as Record<string, Tensor>;
  return [engine().runKernel<Tensor | Tensor[]>(kernelName, named, attrs)]
    .flat();
}

/** Gives the address of a tensor, or 0 where there is none. */
export function addressesIn(backend: WasmBackend) {
  return (info?: TensorInfo) => info ? backend.address(info) : 0;
}

/** Whether every tensor holds 32-bit floats. */
export function areFloats(...tensors: TensorInfo[]): boolean {
  return tensors.every(({ dtype }) => dtype === "float32");
}
