/** Tensors that are used after they were disposed of. */

import { innerEngine } from "../internals/engine.ts";

/**
 * From now on a kernel that is given a disposed tensor says so. tfjs-core 4.22
 * says "Cannot read properties of undefined (reading 'backend')".
 */
export function nameDisposedTensors() {
  const inner = innerEngine();
  const { moveData } = inner;
  inner.moveData = function (backend, dataId) {
    if (!this.state.tensorInfo.has(dataId)) {
      throw new Error(
        "Cannot use a tensor that is disposed: tf.tidy and dispose() have given " +
          "its memory back; return it from tf.tidy, or use tf.keep",
      );
    }
    moveData.call(this, backend, dataId);
  };
}
