/** Causal convolutions: no output depends on an input that comes later. */

import { pad, type Tensor, tidy } from "@tensorflow/tfjs-core";
import { layersPrototypes, withFields } from "../internals/layers.ts";

/**
 * From now on layers.conv1d has the padding "causal", which is zeros before the first
 * input alone. tfjs-layers 4.22 accepts and then refuses it: see README.md.
 */
export function padCausally() {
  const { convolution } = layersPrototypes();
  const { call, computeOutputShape } = convolution;
  convolution.call = function (inputs, flags) {
    if (this.padding !== "causal" || this.rank !== 1) {
      return call.call(this, inputs, flags);
    }
    const [x] = [inputs].flat() as Tensor[];
    const before = (this.kernelSize[0] - 1) * this.dilationRate[0];
    const time = this.dataFormat === "channelsFirst" ? 2 : 1;
    const paddings = x.shape.map((_, axis): [number, number] =>
      axis === time ? [before, 0] : [0, 0]
    );
    // Not `call` alone: our backend runs such layers in its own way.
    return tidy(() =>
      withFields(this, { padding: "valid" }).call(
        pad(x, paddings),
        flags,
      ) as Tensor
    );
  };
  convolution.computeOutputShape = function (shape) {
    // As many outputs as with "same".
    const isCausal = this.padding === "causal" && this.rank === 1;
    const layer = isCausal ? withFields(this, { padding: "same" }) : this;
    return computeOutputShape.call(layer, shape);
  };
}
