/** Makes arguments of a call hostile. */

import type { DataType } from "@tensorflow/tfjs-core";
import { type Argument, type CallDraw, type Drawn, isDrawn } from "./draw.ts";

const NUMBERS = [-1, 0, 0.5, NaN, 1, 2, 3, 5, 17, 33, -3, -0.5];
const WORDS = [
  ...["same", "valid", "NHWC", "NCHW", "floor", "ceil", "round", "int32"],
  ...["float32", "bool", "complex64", "string", "relu", "reflect", "other", ""],
];
const NUMERIC: DataType[] = ["float32", "int32", "bool", "complex64"];
const DTYPES: DataType[] = [...NUMERIC, "string"];

/** What may be put in place of what. */
export interface Limits {
  /** Whether 1e9 is refused or harmless everywhere, and no size of an answer. */
  huge?: boolean;
  /** Called by gradients alone: never but with its tensors and attributes. */
  isKernel?: boolean;
}

/** Where a part of the arguments stands. */
type Place = { of: Record<string | number, Argument>; key: string | number };

function placesIn(tree: Argument[] | Record<string, Argument>): Place[] {
  const of = tree as Record<string | number, Argument>;
  return Object.keys(tree).flatMap((key): Place[] => {
    const value = of[key];
    const isTree = typeof value === "object" && value !== null &&
      !isDrawn(value);
    return [
      { of, key },
      ...(isTree ? placesIn(value as Record<string, Argument>) : []),
    ];
  });
}

/** Changes one part of the arguments in place. */
export function mutate(
  arguments_: Argument[],
  draw: CallDraw,
  limits: Limits,
) {
  const places = limits.isKernel
    ? arguments_.flatMap((part) => placesIn(part as Record<string, Argument>))
    : placesIn(arguments_);
  if (places.length === 0) return;
  const { of, key } = draw.pick(places);
  of[key] = changed(of[key], draw, limits);
}

function changed(value: Argument, draw: CallDraw, limits: Limits): Argument {
  if (isDrawn(value)) return changedTensor(value, draw, limits);
  if (typeof value === "number") {
    return draw.pick(limits.huge ? [...NUMBERS, 1e9, -1e9] : NUMBERS);
  }
  if (typeof value === "boolean") return !value;
  if (typeof value === "string") return draw.pick(WORDS);
  if (Array.isArray(value)) {
    const [first = 1] = value;
    return draw.pick([[], value.slice(1), [...value, first], first]);
  }
  return draw.pick<Argument>([null, undefined, 0, 1, -1, "floor", 0.5, true]);
}

function changedTensor(
  tensor: Drawn,
  draw: CallDraw,
  { isKernel }: Limits,
): Argument {
  const { shape } = tensor;
  const at = draw.between(0, Math.max(0, shape.length - 1));
  switch (draw.between(0, 7)) {
    case 0:
      return { ...tensor, dtype: draw.pick(isKernel ? NUMERIC : DTYPES) };
    case 1:
      return { ...tensor, shape: shape.slice(1) };
    case 2:
      return { ...tensor, shape: [...shape, draw.between(1, 3)] };
    case 3:
      return { ...tensor, shape: [draw.between(1, 3), ...shape].slice(0, 6) };
    case 4:
      return { ...tensor, kind: "special" };
    case 5:
      return draw.once(4) && !isKernel ? draw.pick([null, 2, "other"]) : tensor;
    default:
      return shape.length === 0
        ? { ...tensor, shape: [2] }
        : { ...tensor, shape: shape.with(at, draw.between(0, 9)) };
  }
}

/** Puts one of the tensors in the place of another. */
export function repeat(arguments_: Argument[], draw: CallDraw) {
  const places = placesIn(arguments_).filter(({ of, key }) => isDrawn(of[key]));
  if (places.length < 2) return;
  const [one, other] = [draw.pick(places), draw.pick(places)];
  other.of[other.key] = one.of[one.key];
}
