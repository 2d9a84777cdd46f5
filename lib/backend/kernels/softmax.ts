/** Softmax along the last axis. */

import {
  type KernelConfig,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import { accelerate, areFloats } from "./accelerate.ts";

/** Numbers of a chunk, at least: they take longer than to start it. */
const NUMBERS_PER_CHUNK = 4_096;

/** Softmax. */
export const softmax: KernelConfig = accelerate<
  { logits: TensorInfo },
  { dim: number }
>("Softmax", ({ inputs: { logits }, attrs: { dim }, backend }) => {
  const { shape } = logits, rank = shape.length;
  const size = util.sizeFromShape(shape);
  const isLast = dim === -1 || dim === rank - 1;
  if (!areFloats(logits) || rank === 0 || size === 0 || !isLast) {
    return undefined;
  }
  const length = shape[rank - 1], rows = size / length;
  const perChunk = Math.max(1, Math.floor(NUMBERS_PER_CHUNK / length));
  const out = backend.output(shape);
  backend.pool.run("softmax", {
    x: backend.address(logits),
    out: backend.address(out),
    ...{ rows, length, perChunk },
  }, Math.ceil(rows / perChunk));
  return out;
});
