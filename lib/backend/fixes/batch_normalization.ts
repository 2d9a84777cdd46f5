/** Batch normalisation without a scale or without an offset. */

import { layersPrototypes } from "../internals/layers.ts";

/** In the place of a weight that the layer does not have. */
const NONE = { read: () => null };

/**
 * From now on layers.batchNormalization({ scale: false }) and { center: false }
 * can be trained. tfjs-layers 4.22 reads the weight that is not there: see
 * README.md.
 */
export function allowMissingWeights() {
  const { normalization } = layersPrototypes();
  const { call } = normalization;
  normalization.call = function (...args) {
    this.gamma ??= NONE;
    this.beta ??= NONE;
    return call.apply(this, args);
  };
}
