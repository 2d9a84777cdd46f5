/** Optional inputs of a kernel that a call leaves out. */

import type { NamedTensorMap } from "@tensorflow/tfjs-core";
import { innerEngine } from "../internals/engine.ts";

/**
 * From now on an operation has gradients where an input is missing that it can
 * do without: batchNorm without scale or offset. tfjs-core 4.22 takes what is
 * undefined for a tensor there: see README.md.
 */
export function allowMissingInputs() {
  const inner = innerEngine();
  const { runKernel, saveTensorsForBackwardMode } = inner;
  inner.runKernel = function (name, inputs, attrs) {
    if (!Array.isArray(inputs) && isOneMissing(inputs)) {
      inputs = Object.fromEntries(
        Object.entries(inputs).filter(([, tensor]) => tensor !== undefined),
      );
    }
    return runKernel.call(this, name, inputs, attrs);
  };
  // The scale comes last, so the others keep their places.
  inner.saveTensorsForBackwardMode = function (tensors) {
    const there = tensors.includes(undefined as never)
      ? tensors.filter((tensor) => tensor !== undefined)
      : tensors;
    return saveTensorsForBackwardMode.call(this, there);
  };
}

/** Every kernel asks it, so it makes no array of the tensors. */
function isOneMissing(inputs: NamedTensorMap): boolean {
  for (const name in inputs) if (inputs[name] === undefined) return true;
  return false;
}
