/** Inputs that a kernel may have, and a call of it has not. */

import {
  engine,
  type NamedTensorMap,
  type Tensor,
} from "@tensorflow/tfjs-core";

// Some of this is private in tfjs's Engine, so it is named here.
interface Tape {
  runKernel(name: string, inputs: NamedTensorMap, attrs?: unknown): unknown;
  saveTensorsForBackwardMode(tensors: Tensor[]): Tensor[];
}

/**
 * From now on an operation has gradients where an input is missing that it can
 * do without: batchNorm without scale or offset. tfjs-core 4.22 takes what is
 * undefined for a tensor there: see fixes/README.md.
 */
export function allowMissingInputs() {
  const tape = engine() as unknown as Tape;
  const { runKernel, saveTensorsForBackwardMode } = tape;
  tape.runKernel = function (name, inputs, attrs) {
    const isMissing = Object.values(inputs).includes(undefined as never);
    if (isMissing && !Array.isArray(inputs)) {
      inputs = Object.fromEntries(
        Object.entries(inputs).filter(([, tensor]) => tensor !== undefined),
      );
    }
    return runKernel.call(this, name, inputs, attrs);
  };
  // The scale comes last, so the others keep their places.
  tape.saveTensorsForBackwardMode = function (tensors) {
    const there = tensors.filter((tensor) => tensor !== undefined);
    return saveTensorsForBackwardMode.call(this, there);
  };
}
