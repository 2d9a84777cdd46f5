/** Every operation that is fuzzed, and how its arguments are drawn. */

import * as tf from "@tensorflow/tfjs";
import type { Argument, CallDraw } from "./draw.ts";
import type { Limits } from "./mutate.ts";
import { arrays } from "./ops/arrays.ts";
import { elementwise } from "./ops/elementwise.ts";
import { pictures } from "./ops/images.ts";
import { indexed } from "./ops/indexed.ts";
import { kernels } from "./ops/kernels.ts";
import { made } from "./ops/made.ts";
import { reductions } from "./ops/reductions.ts";
import { windows } from "./ops/windows.ts";

export interface Operation extends Limits {
  /** Arguments that are mostly right; mutate.ts makes them hostile. */
  draw: (draw: CallDraw) => Argument[];
  /** tfjs's cpu backend has no such kernel. */
  isOurs?: boolean;
}

/** By name: "conv2d", "image.transform", "kernel MaxPoolGrad". */
export const OPERATIONS: Record<string, Operation> = {
  ...arrays,
  ...elementwise,
  ...indexed,
  ...kernels,
  ...made,
  ...pictures,
  ...reductions,
  ...windows,
};

const KERNEL = "kernel ";

export function isKernel(name: string): boolean {
  return name.startsWith(KERNEL);
}

/** The function of tfjs that has that name. */
export function functionOf(name: string): (...args: unknown[]) => unknown {
  if (isKernel(name)) {
    return (inputs, attrs) =>
      tf.engine().runKernel(
        name.slice(KERNEL.length),
        inputs as tf.NamedTensorMap,
        attrs as tf.NamedAttrMap,
      );
  }
  return name.split(".").reduce(
    (of: unknown, key) => (of as Record<string, unknown>)[key],
    tf,
  ) as (...args: unknown[]) => unknown;
}
