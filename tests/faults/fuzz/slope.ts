/** Gradients that tfjs's own cannot judge, held against the operation itself. */

import * as tf from "@tensorflow/tfjs";
import { lossOf } from "./answer.ts";
import type { Call } from "./call.ts";

/** Of the largest change there can be; single floats leave some 1e-6. */
const TOLERANCE = 1e-3;

/** Their outputs are sums of their inputs, or of products of two. */
const SUMS =
  /^(avgPool(3d)?|conv2d|cumsum|depthToSpace|diag|gatherND|image\.resize.*|matMul|mirrorPad|pool|stridedSlice)$/;

/**
 * Whether a gradient is one of those, some of which tfjs has wrong. Of averages
 * over windows with a padding that is given in full, tfjs's own tests ask for
 * another, and windows of half a pixel have none.
 */
export function hasSlope(
  { name, hasGradient, arguments: args }: Call,
): boolean {
  const [, window, kind, pad] = args;
  const isOther = /pool/i.test(name) &&
    (Array.isArray(pad) || ![window].flat().every(Number.isInteger));
  const isLargest = name === "pool" && kind !== "avg";
  return hasGradient && SUMS.test(name) && !isLargest && !isOther;
}

/**
 * What is wrong with such a gradient: however far two points lie from the one
 * between them, the difference of their losses is what the gradient says.
 */
export function slopeDiffers(call: Call): string | undefined {
  return tf.tidy(() => {
    const { loss, xs } = lossOf(call);
    const way = xs.map(({ size, shape }) =>
      tf.sin(tf.range(1, size + 1)).reshape(shape)
    );
    const at = (far: number) =>
      loss(...xs.map((x, i) => x.add(way[i].mul(far)))).dataSync()[0];
    const wanted = (at(1) - at(-1)) / 2;
    const gradients = tf.grads(loss)(xs);
    const dot = (a: tf.Tensor[], b: tf.Tensor[]) =>
      tf.addN(a.map((each, i) => tf.sum(each.mul(b[i])))).dataSync()[0];
    const is = dot(gradients, way);
    const most = Math.sqrt(dot(gradients, gradients) * dot(way, way));
    const off = Math.abs(is - wanted) / most;
    return off > TOLERANCE ? `changes by ${wanted}, not ${is}` : undefined;
  });
}
