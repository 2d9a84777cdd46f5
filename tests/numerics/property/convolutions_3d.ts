/** Random convolutions of volumes and their gradients, against their definitions. */

import { backend_util, util } from "@tensorflow/tfjs-core";
import type { Draw } from "./draw.ts";
import { productCases } from "./products.ts";

type Info = backend_util.Conv3DInfo;
type Trio = [number, number, number];

/** With more products in a case the plain loops would take too long. */
const MAX_PRODUCTS = 2e6;

/** Random attributes, and the windows that follow from them. */
function layer(draw: Draw): { attrs: object; info: Info } {
  while (true) {
    const trio = (most: number) =>
      [0, 0, 0].map(() => draw.between(1, most)) as Trio;
    const isDilated = draw.once(3);
    const attrs = {
      // tfjs throws if both are larger than 1.
      strides: isDilated ? [1, 1, 1] as Trio : trio(3),
      dilations: isDilated ? trio(2) : [1, 1, 1] as Trio,
      pad: draw.pick(["same", "valid"] as const),
    };
    const c = draw.channels();
    const info = backend_util.computeConv3DInfo(
      [draw.once(20) ? 0 : draw.between(1, 3), ...trio(8), c],
      [...trio(3), c, draw.channels()],
      attrs.strides,
      attrs.dilations,
      attrs.pad,
    );
    const products = util.sizeFromShape(info.outShape) *
      util.sizeFromShape(info.filterShape.slice(0, 4));
    const isEmpty = info.outDepth * info.outHeight * info.outWidth === 0;
    if (!isEmpty && products <= MAX_PRODUCTS) return { attrs, info };
  }
}

/** Calls `use` with the pixel of x under each tap of each pixel of outputs. */
function forEachTap(
  info: Info,
  use: (at: { out: number; tap: number; pixel: number }) => void,
) {
  const { padInfo } = info;
  const outs = [info.outDepth, info.outHeight, info.outWidth];
  const sizes = [info.inDepth, info.inHeight, info.inWidth];
  const windows = [info.filterDepth, info.filterHeight, info.filterWidth];
  const strides = [info.strideDepth, info.strideHeight, info.strideWidth];
  const dilations = [
    ...[info.dilationDepth, info.dilationHeight, info.dilationWidth],
  ];
  const pads = [padInfo.front, padInfo.top, padInfo.left];
  const perVolume = util.sizeFromShape(outs);
  const places = (index: number, [, b, c]: number[]) => [
    Math.floor(index / (b * c)),
    Math.floor(index / c) % b,
    index % c,
  ];
  for (let out = 0; out < info.batchSize * perVolume; out++) {
    const at = places(out % perVolume, outs);
    for (let tap = 0; tap < util.sizeFromShape(windows); tap++) {
      const under = places(tap, windows).map((k, i) =>
        at[i] * strides[i] + k * dilations[i] - pads[i]
      );
      if (under.some((place, i) => place < 0 || place >= sizes[i])) continue;
      const pixel = under.reduce(
        (index, place, i) => index * sizes[i] + place,
        Math.floor(out / perVolume),
      );
      use({ out, tap, pixel });
    }
  }
}

/** The fast kernels multiply zeros of the padding: there are no infinite weights. */
function finite(draw: Draw, shape: number[], mode = draw.mode) {
  return draw.floats(shape, mode === "special" ? "integers" : mode);
}

/** Calls `use` with the indices of an input, a weight and an output. */
function forEachProduct(
  info: Info,
  use: (x: number, weight: number, y: number) => void,
) {
  const { inChannels: c, outChannels: channels } = info;
  forEachTap(info, ({ out, tap, pixel }) => {
    for (let i = 0; i < c; i++) {
      for (let k = 0; k < channels; k++) {
        use(pixel * c + i, (tap * c + i) * channels + k, out * channels + k);
      }
    }
  });
}

const cases = productCases({ layer, forEachProduct, numbers: finite });

/** A generator for each kernel. */
export const volumeConvolutionCases = {
  Conv3D: cases.convolution,
  Conv3DBackpropInputV2: cases.byInput,
  Conv3DBackpropFilterV2: cases.byFilter,
};
