/** A network of random_network.ts in float64, computed by its definition. */

import type { Tensor } from "@tensorflow/tfjs";
import { backend_util } from "@tensorflow/tfjs-core";
import type { randomNetwork } from "../random_network.ts";
import {
  plainConvolution,
  plainFilterGradient,
  plainInputGradient,
} from "./plain_convolution.ts";

type Shape4D = [number, number, number, number];

/** The outputs of a layer, and its gradient. */
interface Step {
  values: Float64Array;
  shape: Shape4D;
  /** Returns dx for dy; the gradients of weights are put into `gradients`. */
  back: (dy: Float64Array) => Float64Array;
  /** The least difference of two numbers that were compared, relative to all outputs. */
  margin?: number;
}

function convolution(
  { values: x, shape }: Step,
  { filter, bias, isLast, gradients }: {
    filter: Tensor;
    bias: Tensor;
    /** The last has a sigmoid, and its dy is the gradient of the logits. */
    isLast: boolean;
    gradients: Float64Array[];
  },
): Step {
  const weights = filter.dataSync(), biases = bias.dataSync();
  const filterShape = filter.shape as Shape4D, channels = filterShape[3];
  const info = backend_util
    .computeConv2DInfo(shape, filterShape, 1, 1, "same");
  const z = plainConvolution(info, { x, filter: weights })
    .map((sum, i) => sum + biases[i % channels]);
  const values = z.map((z) => isLast ? 1 / (1 + Math.exp(-z)) : Math.max(0, z));
  const nearest = z.reduce(
    (least, z) => Math.min(least, Math.abs(z)),
    Infinity,
  );
  const margin = isLast ? Infinity : nearest / rootMeanSquare(z);
  const back = (upstream: Float64Array) => {
    const dy = isLast
      ? upstream
      : upstream.map((d, i) => values[i] > 0 ? d : 0);
    const dBias = new Float64Array(channels);
    dy.forEach((d, i) => dBias[i % channels] += d);
    gradients.unshift(plainFilterGradient(info, { x, dy }), dBias);
    return plainInputGradient(info, { dy, filter: weights });
  };
  return { values, shape: info.outShape as Shape4D, back, margin };
}

function rootMeanSquare(values: Float64Array): number {
  return Math.sqrt(
    values.reduce((sum, value) => sum + value ** 2, 0) / values.length,
  );
}

/** For each number of the smaller images, the indices of four in the larger ones. */
function fours([n, h, w, c]: Shape4D): number[][] {
  return Array.from({ length: n * h * w * c }, (_, i) => {
    const channel = i % c, pixel = Math.floor(i / c);
    const x = pixel % w, row = Math.floor(pixel / w); // n * h + y
    return [0, 1, 2, 3].map((k) =>
      ((2 * row + (k >> 1)) * 2 * w + 2 * x + k % 2) * c + channel
    );
  });
}

function pooling({ values: x, shape: [n, h, w, c] }: Step): Step {
  const shape: Shape4D = [n, h / 2, w / 2, c];
  const gaps = fours(shape).map((four) => {
    const [second, first] = four.map((at) => x[at]).sort((a, b) => a - b)
      .slice(2);
    return first > 0 ? first - second : Infinity;
  });
  const nearest = gaps.reduce((least, gap) => Math.min(least, gap), Infinity);
  const margin = nearest / rootMeanSquare(x);
  // The first of the largest, or NaN if there is one.
  const largest = fours(shape).map((four) =>
    four.reduce((best, at) => x[at] > x[best] || isNaN(x[at]) ? at : best)
  );
  const back = (dy: Float64Array) => {
    const dx = new Float64Array(x.length);
    largest.forEach((at, i) => dx[at] += dy[i]);
    return dx;
  };
  const values = Float64Array.from(largest, (at) => x[at]);
  return { values, shape, back, margin };
}

function upsampling({ values: x, shape }: Step): Step {
  const [n, h, w, c] = shape, copies = fours(shape);
  const values = new Float64Array(4 * x.length);
  copies.forEach((four, i) => four.forEach((at) => values[at] = x[i]));
  const back = (dy: Float64Array) =>
    Float64Array.from(
      copies,
      (four) => four.reduce((sum, at) => sum + dy[at], 0),
    );
  return { values, shape: [n, 2 * h, 2 * w, c], back };
}

/**
 * The mean cross-entropy, the predictions, the gradients in the order of the weights, and
 * the least margin of all layers.
 */
export function plainNetwork(
  { model, x, y }: ReturnType<typeof randomNetwork>,
) {
  const gradients: Float64Array[] = [];
  const { layers } = model;
  const steps: Step[] = [];
  let last: Step = {
    values: Float64Array.from(x.dataSync()),
    shape: x.shape as Shape4D,
    back: (dy) => dy,
  };
  for (const layer of layers) {
    const [filter, bias] = layer.getWeights();
    const isLast = layer === layers[layers.length - 1];
    last = filter
      ? convolution(last, { filter, bias, isLast, gradients })
      : layer.getClassName() === "MaxPooling2D"
      ? pooling(last)
      : upsampling(last);
    steps.push(last);
  }
  const targets = y.dataSync(), prediction = last.values;
  const terms = prediction.map((p, i) =>
    -targets[i] * Math.log(p) - (1 - targets[i]) * Math.log1p(-p)
  );
  let d: Float64Array = prediction.map((p, i) =>
    (p - targets[i]) / targets.length
  );
  const margin = Math.min(...steps.map(({ margin = Infinity }) => margin));
  for (const { back } of steps.reverse()) d = back(d);
  const loss = terms.reduce((sum, term) => sum + term, 0) / targets.length;
  return { loss, prediction, gradients, margin };
}
