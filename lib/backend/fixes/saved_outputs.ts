/** Outputs that operations save for their gradients. */

import type { Tensor } from "@tensorflow/tfjs-core";
import {
  innerEngine,
  isInNestedGradient,
  type TapeNode,
} from "../internals/engine.ts";

/**
 * From now on a gradient of a gradient goes through what operations save of their
 * outputs, as exp and tanh do. In tfjs-core 4.22 it is wrong there: see README.md.
 *
 * An output is saved as a copy, and tfjs-core writes the copying on the tape before the
 * operation itself. Read from its start, the tape then copies what nothing has made
 * yet, and the copy seems to depend on no input. Here it is written after the operation.
 *
 * An operation may also save something that is neither its input nor its output: what
 * comes between is on no tape. A gradient of a gradient would lack a part then, and
 * throws.
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
    // The copies are among the last entries of the tape.
    const copies: TapeNode[] = [], sought = new Set<Tensor>(saved);
    for (let i = tape.length - 1; i >= 0 && sought.size > 0; i--) {
      const { inputs: { x }, outputs: [copy] } = tape[i];
      if (sought.delete(copy) && outputs.includes(x)) {
        copies.unshift(...tape.splice(i, 1));
      }
    }
    addTapeNode.call(this, name, inputs, outputs, gradients, saved, ...more);
    tape.push(...copies);
    // On the tape before it throws, so that what is saved is given back.
    if (isInNestedGradient()) {
      // Reshaping keeps the data, and moves no number.
      const known = [...Object.values(inputs), ...outputs]
        .map(({ dataId }) => dataId);
      if (saved.some(({ dataId }) => !known.includes(dataId))) {
        throw new Error(
          `Cannot compute the gradient of a gradient through "${name}": it ` +
            `saves what is neither its input nor its output; write it in ` +
            `operations that do not`,
        );
      }
    }
  };
}
