/** The filter gradient of a convolution, by its definition. */

import { util } from "@tensorflow/tfjs-core";
import { checkGradient } from "../../geometry/sizes.ts";
import {
  type ConvolutionAttributes,
  convolutionInfo,
} from "../../geometry/windows.ts";
import type { Floats } from "./floats.ts";

/** Steps from one image, row, column and channel to the next. */
function stepsOf(shape: number[], dataFormat: "channelsFirst" | string) {
  const [n, a, b] = util.computeStrides(shape);
  return dataFormat === "channelsFirst"
    ? { n, h: b, w: 1, c: a }
    : { n, h: a, w: b, c: 1 };
}

/** dw[kh, kw, c, channels] by its definition, one product at a time. */
export function conv2DBackpropFilter(
  { x, dy }: { x: Floats; dy: Floats },
  attrs: ConvolutionAttributes & { filterShape: number[] },
): Floats {
  const info = convolutionInfo(x.shape, attrs.filterShape, attrs);
  checkGradient(dy, info);
  const { length, 2: channels } = attrs.filterShape;
  if (length !== 4 || channels !== info.inChannels) {
    throw new RangeError(
      `Cannot make a filter's gradient of shape "[${attrs.filterShape}]" over ` +
        `images of ${info.inChannels} channels: a filter has four axes, and ` +
        `the channels of its images on the third`,
    );
  }
  const { strideHeight, strideWidth, padInfo, inChannels, outChannels } = info;
  const from = x.values, upstream = dy.values;
  const xStep = stepsOf(x.shape, info.dataFormat);
  const dyStep = stepsOf(dy.shape, info.dataFormat);
  const dw = new Float32Array(util.sizeFromShape(attrs.filterShape));
  for (let n = 0; n < info.batchSize; n++) {
    for (let oy = 0; oy < info.outHeight; oy++) {
      for (let ox = 0; ox < info.outWidth; ox++) {
        const out = n * dyStep.n + oy * dyStep.h + ox * dyStep.w;
        for (let ky = 0; ky < info.filterHeight; ky++) {
          const y = oy * strideHeight - padInfo.top + ky;
          if (y < 0 || y >= info.inHeight) continue;
          for (let kx = 0; kx < info.filterWidth; kx++) {
            const x = ox * strideWidth - padInfo.left + kx;
            if (x < 0 || x >= info.inWidth) continue;
            const pixel = n * xStep.n + y * xStep.h + x * xStep.w;
            let weight = (ky * info.filterWidth + kx) * inChannels *
              outChannels;
            for (let c = 0; c < inChannels; c++) {
              const value = from[pixel + c * xStep.c];
              for (let o = 0; o < outChannels; o++) {
                dw[weight++] += value * upstream[out + o * dyStep.c];
              }
            }
          }
        }
      }
    }
  }
  return { shape: attrs.filterShape, values: dw };
}
