/** Optional inputs of a kernel that a call leaves out. */

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
    const isMissing = Object.values(inputs).includes(undefined as never);
    if (isMissing && !Array.isArray(inputs)) {
      inputs = Object.fromEntries(
        Object.entries(inputs).filter(([, tensor]) => tensor !== undefined),
      );
    }
    return runKernel.call(this, name, inputs, attrs);
  };
  // The scale comes last, so the others keep their places.
  inner.saveTensorsForBackwardMode = function (tensors) {
    const there = tensors.filter((tensor) => tensor !== undefined);
    return saveTensorsForBackwardMode.call(this, there);
  };
}
