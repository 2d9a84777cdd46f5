/** Batch normalisation without a scale or an offset, and of volumes. */

import { reshape, type Tensor, tidy, util } from "@tensorflow/tfjs-core";
import { layersPrototypes, withFields } from "../internals/layers.ts";

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

/**
 * From now on layers.batchNormalization has inputs of more than four axes, as behind
 * layers.conv3d. tfjs-layers 4.22 refuses them: see README.md.
 */
export function normaliseVolumes() {
  const { normalization } = layersPrototypes();
  const { call } = normalization;
  normalization.call = function (inputs, ...more) {
    const [x, ...others] = [inputs].flat() as Tensor[], { shape } = x;
    if (x.rank <= 4 || others.length > 0) {
      return call.call(this, inputs, ...more);
    }
    const axis = this.axis < 0 ? this.axis + x.rank : this.axis;
    const outer = util.sizeFromShape(shape.slice(0, axis));
    const inner = util.sizeFromShape(shape.slice(axis + 1));
    const isLast = axis === x.rank - 1;
    const flat = isLast ? [outer, shape[axis]] : [outer, shape[axis], inner];
    const along = withFields(this, { axis: 1 });
    return tidy(() =>
      reshape(call.call(along, reshape(x, flat), ...more) as Tensor, shape)
    );
  };
}
