/** Random depthwise convolutions and their gradients, against their definitions. */

import { backend_util } from "@tensorflow/tfjs-core";
import type { Case } from "./case.ts";
import type { Draw } from "./draw.ts";
import { fused } from "./fused.ts";
import { batch, padding } from "./padding.ts";

type Info = backend_util.Conv2DInfo;
type Pair = [number, number];

/** Random attributes, and the windows that follow from them. */
function layer(draw: Draw): { attrs: object; info: Info; multiplier: number } {
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
    return { attrs, info, multiplier };
  }
}

/**
 * Calls `use` with the indices of an input, a weight and an output for each product;
 * what lies outside of the image has no part in it.
 */
function forEachProduct(
  info: Info,
  use: (at: { x: number; weight: number; y: number }) => void,
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
          use({ x, weight: tap * outChannels + channel, y });
        }
      }
    }
  }
}

/** Numbers to be multiplied with others; products of subnormal ones are zero. */
function factors(draw: Draw, shape: number[]) {
  return draw.floats(shape, draw.mode === "denormals" ? "integers" : draw.mode);
}

function nearness(draw: Draw) {
  return draw.mode === "floats" ? "norm" as const : undefined;
}

function sized(shape: number[]): Float64Array<ArrayBuffer> {
  return new Float64Array(shape.reduce((size, side) => size * side, 1));
}

function depthwise(draw: Draw): Case & { info: Info } {
  const { attrs, info } = layer(draw);
  const x = draw.floats(info.inShape);
  const filter = factors(draw, info.filterShape);
  const out = sized(info.outShape);
  forEachProduct(info, ({ x: i, weight, y }) => {
    out[y] += x.values[i] * filter.values[weight];
  });
  const near = nearness(draw);
  return { info, inputs: { x, filter }, attrs, expected: [out], near };
}

function backpropInput(draw: Draw): Case {
  const { attrs, info } = layer(draw);
  const dy = draw.floats(info.outShape);
  const filter = factors(draw, info.filterShape);
  const dx = sized(info.inShape);
  forEachProduct(info, ({ x, weight, y }) => {
    dx[x] += dy.values[y] * filter.values[weight];
  });
  return {
    inputs: { dy, filter },
    attrs: { ...attrs, inputShape: info.inShape },
    expected: [dx],
    near: nearness(draw),
  };
}

function backpropFilter(draw: Draw): Case {
  const { attrs, info } = layer(draw);
  const x = draw.floats(info.inShape), dy = factors(draw, info.outShape);
  const dFilter = sized(info.filterShape);
  forEachProduct(info, ({ x: i, weight, y }) => {
    dFilter[weight] += x.values[i] * dy.values[y];
  });
  return {
    inputs: { x, dy },
    attrs: { ...attrs, filterShape: info.filterShape },
    expected: [dFilter],
    near: nearness(draw),
  };
}

function fusedDepthwise(draw: Draw): Case {
  const { info, ...convolution } = depthwise(draw);
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
  DepthwiseConv2dNative: depthwise,
  DepthwiseConv2dNativeBackpropInput: backpropInput,
  DepthwiseConv2dNativeBackpropFilter: backpropFilter,
  FusedDepthwiseConv2D: fusedDepthwise,
};
