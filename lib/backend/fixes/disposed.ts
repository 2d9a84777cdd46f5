/** Tensors that are used after they were disposed of. */

import { engine, type TensorInfo } from "@tensorflow/tfjs-core";

// Some of this is private in tfjs's Engine, so it is named here.
interface Mover {
  moveData(backend: unknown, dataId: TensorInfo["dataId"]): void;
  state: { tensorInfo: WeakMap<TensorInfo["dataId"], unknown> };
}

/**
 * From now on a kernel that is given a disposed tensor says so. tfjs-core 4.22
 * says "Cannot read properties of undefined (reading 'backend')".
 */
export function nameDisposedTensors() {
  const mover = engine() as unknown as Mover;
  const { moveData } = mover;
  mover.moveData = function (backend, dataId) {
    if (!this.state.tensorInfo.has(dataId)) {
      throw new Error(
        "Cannot use a tensor that is disposed: tf.tidy and dispose() have given " +
          "its memory back; return it from tf.tidy, or use tf.keep",
      );
    }
    moveData.call(this, backend, dataId);
  };
}
