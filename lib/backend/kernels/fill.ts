/** Tensors of one number: Fill, ZerosLike, OnesLike; and OneHot. */

import {
  type DataType,
  type KernelConfig,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import { accelerate } from "./accelerate.ts";
import { isOfNumbers, numbersOf } from "./copy.ts";

/** A tensor whose numbers are all the same; undefined for dtypes without numbers. */
function filled(
  backend: WasmBackend,
  { shape, dtype, value }: { shape: number[]; dtype: DataType; value: number },
): TensorInfo | undefined {
  if (!isOfNumbers({ dtype })) return undefined;
  const out = backend.output(shape, dtype);
  numbersOf(backend, out).fill(value);
  return out;
}

const fill = accelerate<
  unknown,
  { shape: number[]; value: number | string; dtype?: DataType }
>("Fill", ({ attrs: { shape, value, dtype }, backend }) => {
  if (typeof value !== "number") return undefined;
  return filled(backend, { shape, dtype: dtype ?? "float32", value });
});

function like(kernelName: string, value: number): KernelConfig {
  return accelerate<{ x: TensorInfo }>(
    kernelName,
    ({ inputs: { x: { shape, dtype } }, backend }) =>
      filled(backend, { shape, dtype, value }),
  );
}

const oneHot = accelerate<
  { indices: TensorInfo },
  { depth: number; onValue: number; offValue: number; dtype: DataType }
>("OneHot", ({ inputs: { indices }, attrs, backend }) => {
  const { depth, onValue, offValue, dtype } = attrs;
  const shape = [...indices.shape, depth];
  const areWhole = [onValue, offValue].every(Number.isInteger);
  if (dtype === "int32" && !areWhole || util.sizeFromShape(shape) === 0) {
    return undefined; // tfjs keeps floats in a tensor of int32
  }
  const out = filled(backend, { shape, dtype, value: offValue });
  if (!out) return undefined;
  const places = numbersOf(backend, indices), to = numbersOf(backend, out);
  for (let i = 0; i < places.length; i++) {
    const place = places[i];
    if (place >= 0 && place < depth) to[i * depth + place] = onValue;
  }
  return out;
});

/** Fill, ZerosLike, OnesLike and OneHot. */
export const filling: KernelConfig[] = [
  fill,
  like("ZerosLike", 0),
  like("OnesLike", 1),
  oneHot,
];
