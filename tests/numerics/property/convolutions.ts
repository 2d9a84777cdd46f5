/** Random convolutions and their gradients. */

import { backend_util } from "@tensorflow/tfjs-core";
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

/** Products of a case at most, so that the plain loops take milliseconds. */
const PRODUCTS = 6e6;

/** Attributes of a convolution, and tfjs's account of its windows. */
function layer(
  draw: Draw,
  { dilates }: { dilates: boolean },
): { attrs: object; info: Info } {
  while (true) {
    const forWinograd = draw.once(3);
    // Winograd's algorithm is for sides from 5 on.
    const side = () => draw.between(forWinograd ? 4 : 1, 13);
    const h = side(), w = side();
    const window = (): Pair =>
      forWinograd ? [3, 3] : [draw.between(1, 5), draw.between(1, 5)];
    const channels = () =>
      forWinograd && !draw.once(9) ? draw.pick([16, 32, 48]) : draw.channels();
    const dataFormat = draw.once(12) ? "NCHW" as const : "NHWC" as const;
    const n = batch(draw), c = channels();
    const isDilated = dilates && draw.once(3);
    const steps = (): Pair => [draw.between(1, 3), draw.between(1, 3)];
    const attrs = {
      // Not both; tfjs says so.
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
    if (outHeight < 0 || outWidth < 0 || products > PRODUCTS) continue;
    return { attrs, info };
  }
}

/**
 * The plain loops are for channels last and at least one number of each; tfjs's
 * own answer where the fast kernels do not.
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

/** Winograd's algorithm rounds whole numbers too. */
function nearness(draw: Draw, info: Info) {
  return draw.mode === "floats" || isWinograd(info) ? "norm" : undefined;
}

function conv2D(draw: Draw): Case & { info: Info } {
  const { attrs, info } = layer(draw, { dilates: true });
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
  const { attrs, info } = layer(draw, { dilates: false });
  const dy = draw.floats(info.outShape),
    filter = draw.floats(
      info.filterShape,
      draw.mode === "denormals" ? "integers" : draw.mode,
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
  const { attrs, info } = layer(draw, { dilates: false });
  const x = draw.floats(info.inShape),
    dy = draw.floats(
      info.outShape,
      draw.mode === "denormals" ? "integers" : draw.mode,
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
    // Winograd's algorithm makes all nine weights of a pair of channels of
    // sums of all their pixels.
    mayBeLost: isWinograd(info)
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

/** One generator a kernel. */
export const convolutionCases: Record<string, Generator> = {
  Conv2D: conv2D,
  Conv2DBackpropInput: conv2DBackpropInput,
  Conv2DBackpropFilter: conv2DBackpropFilter,
  FusedConv2D: fusedConv2D,
};
