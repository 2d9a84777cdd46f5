/** Softmax along the last axis, and its gradient. */

import {
  type KernelConfig,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import { accelerate, areFloats } from "./accelerate.ts";

/** Numbers of a chunk, at least: they take longer than to start it. */
const NUMBERS_PER_CHUNK = 4_096;

/** The rows of a tensor, and how they are cut into chunks; none where it is empty. */
function rowsOf({ shape }: TensorInfo) {
  const size = util.sizeFromShape(shape);
  if (size === 0 || shape.length === 0) return undefined;
  const length = shape[shape.length - 1], rows = size / length;
  const perChunk = Math.max(1, Math.floor(NUMBERS_PER_CHUNK / length));
  const chunks = Math.ceil(rows / perChunk);
  return { sizes: { rows, length, perChunk }, chunks };
}

const softmax = accelerate<{ logits: TensorInfo }, { dim: number }>(
  "Softmax",
  ({ inputs: { logits }, attrs: { dim }, backend }) => {
    const rows = rowsOf(logits);
    const isLast = dim === -1 || dim === logits.shape.length - 1;
    if (!areFloats(logits) || !isLast || !rows) return undefined;
    const out = backend.output(logits.shape);
    backend.pool.run("softmax", {
      x: backend.address(logits),
      out: backend.address(out),
      ...rows.sizes,
    }, rows.chunks);
    return out;
  },
);

// tfjs has no such kernel; gradients.ts calls it instead of four of tfjs's.
const softmaxGradient = accelerate<{ a: TensorInfo; b: TensorInfo }>(
  "SoftmaxGrad",
  ({ inputs: { a: dy, b: y }, backend }) => {
    const rows = rowsOf(y);
    const fits = util.arraysEqual(dy.shape, y.shape);
    if (!areFloats(dy, y) || !fits || !rows) return undefined;
    const dx = backend.output(y.shape);
    backend.pool.run("softmaxGradient", {
      y: backend.address(y),
      dy: backend.address(dy),
      dx: backend.address(dx),
      ...rows.sizes,
    }, rows.chunks);
    return dx;
  },
);

/** Softmax and its gradient. */
export const softmaxes: KernelConfig[] = [softmax, softmaxGradient];
