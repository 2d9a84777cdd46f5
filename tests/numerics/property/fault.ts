/** Whether a kernel of the backend answers a random case as it should. */

import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import { findBackend, getKernel, type TensorInfo } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../../../lib/backend/backend.ts";
import { setAutotuner } from "../../../lib/backend/threads/autotune.ts";
import type { Case, Generator } from "./case.ts";
import { Draw, type Input } from "./draw.ts";

/** float32 is no finer, and its normal numbers end there. */
const FINEST = 2 ** -149, NORMAL = 2 ** -126;

/**
 * Runs `use` with the first variant of all that is autotuned, then with the second
 * if anything was; usually time decides.
 */
export function bothWays(
  use: () => string | undefined,
): string | undefined {
  const { pool } = findBackend("wasm-threads") as WasmBackend;
  for (const variant of [0, 1] as const) {
    let isTuned = false;
    setAutotuner(pool, {
      run: (_task, use) => {
        isTuned = true;
        return use(variant);
      },
    });
    const found = use();
    if (found || !isTuned) return found && `${found}; variant ${variant}`;
  }
}

interface Answer {
  outputs: { shape: number[]; dtype: string; values: ArrayLike<number> }[];
  error?: string;
}

/** What a backend's kernel gives; it must leave its inputs and no tensor. */
export function answer(
  name: string,
  { inputs, attrs }: Case,
  on: string,
): Answer {
  const backend = findBackend(on) as MathBackendCPU;
  const before = backend.data.numDataIds();
  const all: [TensorInfo, Input][] = [];
  const put = (input: Input) => {
    const { shape, dtype, values } = input;
    const info = backend.makeTensorInfo(shape, dtype, values.slice());
    all.push([info, input]);
    return info;
  };
  const tensors = Array.isArray(inputs) ? inputs.map(put) : Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [name, put(input)]),
  );
  const valuesOf = ({ dataId }: TensorInfo) =>
    backend.readSync(dataId) as Float32Array;
  const result: Answer = { outputs: [] };
  let made: TensorInfo[] = [];
  try {
    const { kernelFunc } = getKernel(name, on)!;
    made = [kernelFunc({
      inputs: tensors as Record<string, TensorInfo>,
      attrs: { ...attrs },
      backend,
    })].flat() as TensorInfo[];
    result.outputs = made.map((info) => ({
      shape: info.shape,
      dtype: info.dtype,
      values: valuesOf(info),
    }));
  } catch (error) {
    result.error = String(error);
  }
  for (const [info, { values }] of all) {
    const found = difference(valuesOf(info), values);
    if (found) result.error = `of an input, ${found}`;
  }
  for (const info of [...made, ...all.map(([info]) => info)]) {
    backend.disposeIntermediateTensorInfo(info);
  }
  const left = backend.data.numDataIds() - before;
  if (left !== 0) result.error ??= `${left} tensors are left`;
  return result;
}

/** A number in words: -0 is not 0. */
function shown(x: number): string {
  return Object.is(x, -0) ? "-0" : `${x}`;
}

/** What is wrong with numbers, if anything is. */
export function difference(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { near, mayBeLost, unit = 1, tolerance = 1e-5 }:
    & Pick<Case, "near" | "mayBeLost">
    & {
      /** Of the numbers that are added up: a sum may be smaller by far. */
      unit?: number;
      /** Of the norm. */
      tolerance?: number;
    } = {},
): string | undefined {
  if (actual.length !== expected.length) {
    return `${actual.length} numbers, not ${expected.length}`;
  }
  let wrong = 0, whole = 0;
  for (let i = 0; i < actual.length; i++) {
    const is = actual[i], right = Math.fround(expected[i]);
    if (Number.isFinite(right)) whole += (Math.abs(right) + unit) ** 2;
    if (Object.is(is, right) || (!Number.isFinite(is) && mayBeLost?.(i))) {
      continue;
    }
    const off = Math.abs(is - right);
    const isOff = !near || !Number.isFinite(off) ||
      (near === "equal" && off > 0) ||
      (near === "each" && off > 1e-6 * Math.abs(right) + FINEST);
    if (isOff) return `number ${i} is ${shown(is)}, not ${shown(right)}`;
    wrong += off ** 2;
  }
  const off = Math.sqrt(wrong / whole);
  if (near === "norm" && off > tolerance) return `numbers are off by ${off}`;
}

/** What is wrong with a kernel's answer to the case of a seed, if anything is. */
export function faultOf(
  name: string,
  generator: Generator,
  seed: number,
): string | undefined {
  const draw = new Draw(seed), one = generator(draw);
  const plain = getKernel(name, "cpu") && answer(name, one, "cpu");
  const expected = one.expected ?? plain!.outputs.map(({ values }) => values);
  const unit = draw.mode === "denormals" ? NORMAL : 1;
  const frames = ({ outputs }: Answer) =>
    JSON.stringify(outputs.map(({ shape, dtype }) => ({ shape, dtype })));
  return bothWays(() => {
    const actual = answer(name, one, "wasm-threads");
    if (actual.error !== plain?.error) {
      return `error ${actual.error}, not ${plain?.error}`;
    }
    if (actual.error) return;
    if (plain && frames(actual) !== frames(plain)) {
      return `outputs are ${frames(actual)}, not ${frames(plain)}`;
    }
    if (actual.outputs.length !== expected.length) {
      return `${actual.outputs.length} outputs, not ${expected.length}`;
    }
    const found = actual.outputs.map(({ shape, values }, i) =>
      values.length === shape.reduce((a, b) => a * b, 1)
        ? difference(values, expected[i], { ...one, unit })
        : `${values.length} numbers in a tensor of shape [${shape}]`
    );
    return found.find((difference) => difference !== undefined);
  });
}
