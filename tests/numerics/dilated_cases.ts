/** Gradients of dilated convolutions, which tfjs-core refuses. */

import * as tf from "@tensorflow/tfjs";
import type { GradientCase } from "./gradient_cases.ts";

type Pair = [number, number];
type Trio = [number, number, number];

const PADS = ["same", "valid", 1] as const;
const DILATIONS: Pair[] = [[2, 2], [1, 3], [3, 2]];
/** Of x and of the outputs. */
const CHANNELS: Pair[] = [[1, 3], [5, 2], [3, 9]];

/** A dilated convolution of images, as tfjs's operations have them. */
interface Layer {
  pad: typeof PADS[number];
  dilations: Pair;
}

/** The arguments of tfjs behind the filter. */
function settingsOf({ pad, dilations }: Layer) {
  const dimRoundingMode = pad === 1 ? "floor" as const : undefined;
  return { strides: 1, pad, dilations, dimRoundingMode };
}

function conv2d(x: tf.Tensor, filter: tf.Tensor, layer: Layer): tf.Tensor {
  const { strides, pad, dilations, dimRoundingMode } = settingsOf(layer);
  return tf.conv2d(
    x as tf.Tensor4D,
    filter as tf.Tensor4D,
    ...[strides, pad, "NHWC" as const, dilations, dimRoundingMode] as const,
  );
}

function depthwise(x: tf.Tensor, filter: tf.Tensor, layer: Layer): tf.Tensor {
  const { strides, pad, dilations, dimRoundingMode } = settingsOf(layer);
  return tf.depthwiseConv2d(
    x as tf.Tensor4D,
    filter as tf.Tensor4D,
    ...[strides, pad, "NHWC" as const, dilations, dimRoundingMode] as const,
  );
}

function ofImages(): GradientCase[] {
  return PADS.flatMap((pad) =>
    DILATIONS.flatMap((dilations) => {
      const layer = { pad, dilations };
      const of = `${pad} dilation ${dilations}`;
      const plain = CHANNELS.map(([c, channels]): GradientCase => ({
        name: `conv2d ${of} ${c}>${channels}`,
        operation: (x, w) => conv2d(x, w, layer),
        shapes: [[2, 8, 9, c], [3, 2, c, channels]],
      }));
      const fused = [[3], [], [1]].map((bias): GradientCase => ({
        name: `fused.conv2d ${of} bias of [${bias}]`,
        operation: (x, filter, bias) =>
          tf.fused.conv2d({
            ...{ ...settingsOf(layer), bias },
            x: x as tf.Tensor4D,
            filter: filter as tf.Tensor4D,
          }),
        shapes: [[2, 8, 9, 2], [2, 3, 2, 3], bias],
      }));
      const apart = [1, 2].flatMap((multiplier): GradientCase[] => [{
        name: `depthwiseConv2d ${of} ${multiplier}`,
        operation: (x, w) => depthwise(x, w, layer),
        shapes: [[2, 8, 9, 3], [3, 2, 3, multiplier]],
      }, {
        name: `fused.depthwiseConv2d ${of} ${multiplier}`,
        operation: (x, filter) =>
          tf.fused.depthwiseConv2d({
            ...settingsOf(layer),
            x: x as tf.Tensor4D,
            filter: filter as tf.Tensor4D,
          }),
        shapes: [[2, 8, 9, 3], [3, 2, 3, multiplier]],
      }]);
      return [...plain, ...fused, ...apart];
    })
  );
}

function ofOthers(): GradientCase[] {
  const trios: Trio[] = [[2, 2, 2], [1, 3, 2], [3, 1, 1]];
  return (["same", "valid"] as const).flatMap((pad) => [
    ...[2, 3].map((dilation): GradientCase => ({
      name: `conv1d ${pad} dilation ${dilation}`,
      operation: (x, filter) =>
        tf.conv1d(
          x as tf.Tensor3D,
          filter as tf.Tensor3D,
          ...[1, pad, "NWC" as const, dilation] as const,
        ),
      shapes: [[2, 9, 3], [3, 3, 4]],
    })),
    ...trios.map((dilations): GradientCase => ({
      name: `conv3d ${pad} dilation ${dilations}`,
      operation: (x, filter) =>
        tf.conv3d(
          x as tf.Tensor5D,
          filter as tf.Tensor5D,
          ...[1, pad, "NDHWC" as const, dilations] as const,
        ),
      shapes: [[2, 5, 6, 4, 2], [2, 2, 2, 2, 3]],
    })),
    {
      name: `conv2d ${pad}, channels first`,
      operation: (x, filter) =>
        tf.conv2d(
          x as tf.Tensor4D,
          filter as tf.Tensor4D,
          ...[1, pad, "NCHW" as const, [2, 3] as Pair] as const,
        ),
      shapes: [[2, 2, 8, 9], [3, 2, 2, 3]],
    },
    {
      name: `separableConv2d ${pad}`,
      operation: (x, filter, points) =>
        tf.separableConv2d(
          x as tf.Tensor4D,
          filter as tf.Tensor4D,
          points as tf.Tensor4D,
          ...[1, pad, [2, 3] as Pair] as const,
        ),
      shapes: [[2, 8, 9, 3], [3, 2, 3, 2], [1, 1, 6, 4]],
    },
    {
      name: `fused.conv2d ${pad} of one image`,
      operation: (x, filter) =>
        tf.fused.conv2d({
          ...settingsOf({ pad, dilations: [2, 3] }),
          x: x as tf.Tensor3D,
          filter: filter as tf.Tensor4D,
        }),
      shapes: [[8, 9, 2], [3, 2, 2, 3]],
    },
    {
      name: `gradient of the gradient of conv2d ${pad}`,
      operation: (x, filter) =>
        tf.grad((x) =>
          conv2d(x, filter, { pad, dilations: [2, 3] }).square().sum()
        )(x),
      shapes: [[2, 6, 8, 2], [2, 2, 2, 3]],
    },
    {
      name: `gradient of the gradient of conv3d ${pad}`,
      operation: (x, filter) =>
        tf.grad((x) =>
          tf.conv3d(
            x as tf.Tensor5D,
            filter as tf.Tensor5D,
            ...[1, pad, "NDHWC" as const, [2, 1, 3] as Trio] as const,
          ).square().sum()
        )(x),
      shapes: [[1, 4, 3, 5, 2], [2, 2, 2, 2, 2]],
    },
  ]);
}

export function dilated(): GradientCase[] {
  return [...ofImages(), ...ofOthers()];
}
