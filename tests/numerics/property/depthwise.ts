/** Random depthwise convolutions and their gradients, against their definitions. */

import { backend_util } from "@tensorflow/tfjs-core";
import type { Case } from "./case.ts";
import type { Draw } from "./draw.ts";
import { fused } from "./fused.ts";
import { batch, padding } from "./padding.ts";
import { productCases } from "./products.ts";

type Info = backend_util.Conv2DInfo;
type Pair = [number, number];

/** Random attributes, and the windows that follow from them. */
function layer(draw: Draw): { attrs: object; info: Info } {
  while (true) {
    const [h, w] = [draw.between(1, 13), draw.between(1, 13)];
    const window: Pair = [draw.between(1, 5), draw.between(1, 5)];
    const steps = (): Pair => [draw.between(1, 3), draw.between(1, 3)];
    const isDilated = draw.once(3);
    const multiplier = draw.once(3) ? draw.between(2, 3) : 1;
    const attrs = {
      // tfjs throws if both are larger than 1.
      strides: isDilated ? [1, 1] as Pair : steps(),
      dilations: isDilated ? steps() : [1, 1] as Pair,
      ...padding(draw),
    };
    const c = draw.channels();
    const info = backend_util.computeConv2DInfo(
      [draw.once(20) ? 0 : batch(draw), h, w, c],
      [...window, c, multiplier],
      attrs.strides,
      attrs.dilations,
      attrs.pad as "same",
      attrs.dimRoundingMode as "floor",
      true,
    );
    if (info.outHeight < 0 || info.outWidth < 0) continue;
    return { attrs, info };
  }
}

/**
 * Calls `use` with the indices of an input, a weight and an output for each product;
 * what lies outside of the image has no part in it.
 */
function forEachProduct(
  info: Info,
  use: (x: number, weight: number, y: number) => void,
) {
  const { batchSize, outHeight, outWidth, filterHeight, filterWidth } = info;
  const { inHeight, inWidth, inChannels, outChannels, padInfo } = info;
  let y = 0;
  for (let n = 0; n < batchSize; n++) {
    for (let out = 0; out < outHeight * outWidth; out++) {
      for (let channel = 0; channel < outChannels; channel++, y++) {
        const c = Math.floor(channel * inChannels / outChannels);
        for (let tap = 0; tap < filterHeight * filterWidth; tap++) {
          const [ky, kx] = [Math.floor(tap / filterWidth), tap % filterWidth];
          const row = Math.floor(out / outWidth) * info.strideHeight +
            ky * info.dilationHeight - padInfo.top;
          const column = out % outWidth * info.strideWidth +
            kx * info.dilationWidth - padInfo.left;
          if (row < 0 || row >= inHeight) continue;
          if (column < 0 || column >= inWidth) continue;
          const x = ((n * inHeight + row) * inWidth + column) * inChannels + c;
          use(x, tap * outChannels + channel, y);
        }
      }
    }
  }
}

const cases = productCases({
  ...{ layer, forEachProduct },
  numbers: (draw, shape, mode = draw.mode) => draw.floats(shape, mode),
});

function fusedDepthwise(draw: Draw): Case {
  const { info, ...convolution } = cases.convolution(draw);
  const { inputs, attrs, ...rest } = fused(draw, {
    product: convolution.expected,
    channels: info.outChannels,
    near: convolution.near,
  });
  return {
    ...convolution,
    ...rest,
    inputs: { ...convolution.inputs, ...inputs },
    attrs: { ...convolution.attrs, ...attrs },
  };
}

/** A generator for each kernel. */
export const depthwiseCases = {
  DepthwiseConv2dNative: cases.convolution,
  DepthwiseConv2dNativeBackpropInput: cases.byInput,
  DepthwiseConv2dNativeBackpropFilter: cases.byFilter,
  FusedDepthwiseConv2D: fusedDepthwise,
};
