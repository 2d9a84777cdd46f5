/** Random convolutions and their gradients. */

import { backend_util } from "@tensorflow/tfjs-core";
import { hasFewOutputs } from "../../../lib/backend/kernels/convolution.ts";
import { hasFewInputs } from "../../../lib/backend/kernels/convolution_input.ts";
import { isForWinograd } from "../../../lib/backend/kernels/winograd.ts";
import type { Case, Generator } from "./case.ts";
import type { Draw } from "./draw.ts";
import { fused } from "./fused.ts";
import { batch, padding } from "./padding.ts";
import {
  plainConvolution,
  plainFilterGradient,
  plainInputGradient,
} from "./plain_convolution.ts";
import { channelsOf, lostByWinograd } from "./winograd_lost.ts";

type Info = backend_util.Conv2DInfo;
type Pair = [number, number];

/** With more products in a case the plain loops would take too long. */
const MAX_PRODUCTS = 6e6;

/** Random attributes of a convolution, and the windows that follow from them. */
function layer(draw: Draw): { attrs: object; info: Info } {
  while (true) {
    const forWinograd = draw.once(3);
    // Winograd's algorithm runs if the sides of the outputs are 5 or more.
    const side = () => draw.between(forWinograd ? 4 : 1, 13);
    const h = side(), w = side();
    const window = (): Pair =>
      forWinograd ? [3, 3] : [draw.between(1, 5), draw.between(1, 5)];
    const channels = () =>
      forWinograd && !draw.once(9) ? draw.pick([16, 32, 48]) : draw.channels();
    const dataFormat = draw.once(12) ? "NCHW" as const : "NHWC" as const;
    const n = batch(draw), c = channels();
    const isDilated = draw.once(3);
    const steps = (): Pair => [draw.between(1, 3), draw.between(1, 3)];
    const attrs = {
      // tfjs throws if both are larger than 1.
      strides: forWinograd || isDilated ? [1, 1] as Pair : steps(),
      dilations: isDilated && !forWinograd ? steps() : [1, 1] as Pair,
      dataFormat,
      ...padding(draw, dataFormat),
    };
    const info = backend_util.computeConv2DInfo(
      dataFormat === "NHWC" ? [n, h, w, c] : [n, c, h, w],
      [...window(), c, channels()] as [number, number, number, number],
      attrs.strides,
      attrs.dilations,
      attrs.pad as "same",
      attrs.dimRoundingMode as "floor",
      false,
      dataFormat === "NHWC" ? "channelsLast" : "channelsFirst",
    );
    const { outHeight, outWidth, outChannels } = info;
    const products = n * outHeight * outWidth * outChannels * c *
      info.filterHeight * info.filterWidth;
    if (outHeight < 0 || outWidth < 0 || products > MAX_PRODUCTS) continue;
    return { attrs, info };
  }
}

/**
 * What the outputs must be. The plain loops cannot do channels first or empty tensors,
 * but neither can the fast kernels: then tfjs's own kernel runs, and is the judge.
 */
function plain(info: Info, expected: () => Float64Array): Partial<Case> {
  const isEmpty = [info.inShape, info.outShape].flat().includes(0);
  return info.dataFormat === "channelsLast" && !isEmpty
    ? { expected: [expected()] }
    : {};
}

function isWinograd(info: Info) {
  return info.dataFormat === "channelsLast" && isForWinograd(info);
}

/** Winograd's algorithm rounds even if all numbers are whole. */
function nearness(draw: Draw, info: Info) {
  return draw.mode === "floats" || isWinograd(info) ? "norm" : undefined;
}

function conv2D(draw: Draw): Case & { info: Info } {
  const { attrs, info } = layer(draw);
  const x = draw.floats(info.inShape),
    filter = draw.floats(
      info.filterShape,
      draw.mode === "denormals" ? "integers" : draw.mode,
    );
  return {
    info,
    inputs: { x, filter },
    attrs,
    ...plain(
      info,
      () => plainConvolution(info, { x: x.values, filter: filter.values }),
    ),
    near: nearness(draw, info),
    mayBeLost: isWinograd(info)
      ? lostByWinograd({
        x,
        padding: [info.padInfo.top, info.padInfo.left],
        outShape: info.outShape,
        weights: channelsOf(filter),
      })
      : undefined,
  };
}

function conv2DBackpropInput(draw: Draw): Case {
  const { attrs, info } = layer(draw);
  const dy = draw.floats(info.outShape);
  // For few inputs the zeros around dy are not multiplied, which would make NaN of an
  // infinite weight.
  const isFinite = draw.mode === "denormals" || hasFewInputs(info);
  const filter = draw.floats(
    info.filterShape,
    isFinite && draw.mode !== "floats" ? "integers" : draw.mode,
  );
  const { top, left } = info.padInfo;
  return {
    inputs: { dy, filter },
    attrs: { ...attrs, inputShape: info.inShape },
    ...plain(
      info,
      () => plainInputGradient(info, { dy: dy.values, filter: filter.values }),
    ),
    near: nearness(draw, info),
    mayBeLost: isWinograd(info)
      ? lostByWinograd({
        x: dy,
        padding: [2 - top, 2 - left],
        outShape: info.inShape,
        weights: channelsOf(filter, 2),
      })
      : undefined,
  };
}

function conv2DBackpropFilter(draw: Draw): Case {
  const { attrs, info } = layer(draw);
  const x = draw.floats(info.inShape);
  // Of few outputs the zeros around dy are multiplied, and not those around x, which
  // would make NaN of an infinite dy.
  const isFinite = draw.mode === "denormals" || hasFewOutputs(info);
  const dy = draw.floats(
    info.outShape,
    isFinite && draw.mode !== "floats" ? "integers" : draw.mode,
  );
  const rows = channelsOf(x), columns = channelsOf(dy);
  const { inChannels, outChannels } = info;
  return {
    inputs: { x, dy },
    attrs: { ...attrs, filterShape: info.filterShape },
    ...plain(
      info,
      () => plainFilterGradient(info, { x: x.values, dy: dy.values }),
    ),
    near: nearness(draw, info),
    // In Winograd's algorithm all pixels of two channels have a part in all nine
    // weights between them.
    mayBeLost: isWinograd(info) || hasFewOutputs(info)
      ? (index) =>
        columns.has(index % outChannels) ||
        rows.has(Math.floor(index / outChannels) % inChannels)
      : undefined,
  };
}

function fusedConv2D(draw: Draw): Case {
  const { info, ...convolution } = conv2D(draw);
  const { outChannels: channels } = info;
  const { expected: product, near } = convolution;
  const { inputs, attrs, ...rest } = fused(draw, { product, channels, near });
  return {
    ...convolution,
    ...rest,
    inputs: { ...convolution.inputs, ...inputs },
    attrs: { ...convolution.attrs, ...attrs },
  };
}

/** A generator for each kernel. */
export const convolutionCases: Record<string, Generator> = {
  Conv2D: conv2D,
  Conv2DBackpropInput: conv2DBackpropInput,
  Conv2DBackpropFilter: conv2DBackpropFilter,
  FusedConv2D: fusedConv2D,
};
