/** Outputs that operations save for their gradients. */

import type { Tensor } from "@tensorflow/tfjs-core";
import { innerEngine, type TapeNode } from "../internals/engine.ts";

/**
 * From now on a gradient of a gradient goes through what operations save of their
 * outputs, as exp and tanh do. In tfjs-core 4.22 it is wrong there: see README.md.
 *
 * An output is saved as a copy, and tfjs-core writes the copying on the tape before the
 * operation itself. Read from its start, the tape then copies what nothing has made
 * yet, and the copy seems to depend on no input. Here it is written after the operation.
 */
export function followSavedOutputs() {
  const inner = innerEngine();
  const { addTapeNode } = inner;
  inner.addTapeNode = function (
    name,
    inputs,
    outputs,
    gradients,
    saved = [],
    ...more
  ) {
    const tape = this.state.activeTape!;
    const copies: TapeNode[] = [], missing = new Set<Tensor>(saved);
    for (let i = tape.length - 1; i >= 0 && missing.size > 0; i--) {
      const { inputs: { x }, outputs: [copy] } = tape[i];
      if (missing.delete(copy) && outputs.includes(x)) {
        copies.unshift(...tape.splice(i, 1));
      }
    }
    addTapeNode.call(this, name, inputs, outputs, gradients, saved, ...more);
    tape.push(...copies);
  };
}
