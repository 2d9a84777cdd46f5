/** Batch normalisation without a scale or without an offset. */

import { type Tensor } from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";

/** What tfjs-layers asks of a weight here. */
interface Weight {
  read(): Tensor | null;
}

/** Some of this is private in tfjs-layers, so it is named here. */
interface Normalization {
  gamma?: Weight;
  beta?: Weight;
  call(...args: unknown[]): unknown;
}

/** In the place of a weight that the layer has not. */
const NONE: Weight = { read: () => null };

/**
 * From now on layers.batchNormalization({ scale: false }) and { center: false }
 * can be trained. tfjs-layers 4.22 reads the weight that is not there: see
 * fixes/README.md.
 */
export function allowMissingWeights() {
  // With a name of its own, for tfjs-layers counts the layers without one.
  const one = layers.batchNormalization({ name: "prototype" });
  const prototype = Object.getPrototypeOf(one) as Normalization;
  const { call } = prototype;
  prototype.call = function (...args) {
    this.gamma ??= NONE;
    this.beta ??= NONE;
    return call.apply(this, args);
  };
}
