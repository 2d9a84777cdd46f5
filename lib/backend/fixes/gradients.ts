/** Gradients that tfjs-core 4.22 has wrong or lacks: see README.md. */

import {
  add,
  concat,
  cumsum,
  engine,
  getGradient,
  type GradConfig,
  mul,
  type NamedAttrMap,
  neg,
  pad,
  registerGradient,
  reshape,
  reverse,
  rsqrt,
  slice,
  stack,
  sub,
  sum,
  type Tensor,
  transpose,
} from "@tensorflow/tfjs-core";
import { type Gradients, innerEngine } from "../internals/engine.ts";

/** Registers correct gradients in place of wrong ones, for every backend. */
export function correctGradients() {
  for (const gradient of GRADIENTS) registerGradient(gradient);
  sumFusedRepeats();
}

/**
 * Sums the gradients of fused.matMul over what was repeated, too. Without an
 * activation they come with each call, so none can be registered for them.
 */
function sumFusedRepeats() {
  const inner = innerEngine();
  const { addTapeNode } = inner;
  inner.addTapeNode = function (name, inputs, outputs, gradients, ...more) {
    const summed: Gradients = (dy, saved, attrs) => {
      const { 0: a, 1: b, ...others } = gradients(dy, saved, attrs);
      return {
        0: () => sumTo(inputs[0].shape, a()),
        1: () => sumTo(inputs[1].shape, b()),
        ...others,
      };
    };
    const isFused = name === "fusedMatMul__op";
    const right = isFused ? summed : gradients;
    addTapeNode.call(this, name, inputs, outputs, right, ...more);
  };
}

/**
 * tfjs-core's own gradient with others in their place that take all attributes:
 * its own forget dimRoundingMode, and so take dy for that of other windows.
 */
function withRounding(kernelName: string, gradients: Gradients): GradConfig {
  const own = getGradient(kernelName);
  return {
    ...own,
    // Its own refuses what has no gradient.
    gradFunc: (dy, saved, attrs) => ({
      ...own.gradFunc(dy, saved, attrs),
      ...gradients(dy as Tensor, saved, attrs),
    }),
  };
}

/**
 * tfjs-core's own gradient by `a` and `b`, each in its input's shape: what was used
 * several times, as one matrix for a whole batch, gets the sum of what its uses get.
 */
function summedOverRepeats(kernelName: string): GradConfig {
  const own = getGradient(kernelName);
  return {
    ...own,
    gradFunc: (dy, saved, attrs) => {
      const [a, b] = saved;
      const gradients = own.gradFunc(dy, saved, attrs);
      return {
        a: () => sumTo(a.shape, gradients.a()),
        b: () => sumTo(b.shape, gradients.b()),
      };
    },
  };
}

/** The gradient of what was broadcast from that shape. */
export function sumTo(shape: number[], gradient: Tensor): Tensor {
  const added = gradient.rank - shape.length;
  const repeated = gradient.shape.flatMap((size, axis) =>
    axis < added || size !== shape[axis - added] ? [axis] : []
  );
  return repeated.length === 0
    ? gradient
    : reshape(sum(gradient, repeated), shape);
}

function run(
  kernelName: string,
  inputs: Record<string, Tensor>,
  attrs: NamedAttrMap,
): Tensor {
  return engine().runKernel(kernelName, inputs, attrs);
}

const GRADIENTS: GradConfig[] = [
  withRounding("Conv2D", (dy, [x, filter], attrs) => ({
    x: () =>
      run("Conv2DBackpropInput", { dy, filter }, {
        ...attrs,
        inputShape: x.shape,
      }),
    filter: () =>
      run("Conv2DBackpropFilter", { x, dy }, {
        ...attrs,
        filterShape: filter.shape,
      }),
  })),
  withRounding("MaxPool", (dy, [input, output], attrs) => ({
    x: () => run("MaxPoolGrad", { dy, input, output }, attrs),
  })),
  withRounding("AvgPool", (dy, [input], attrs) => ({
    x: () => run("AvgPoolGrad", { dy, input }, attrs),
  })),
  ...["BatchMatMul", "Maximum", "Minimum", "SquaredDifference"].map(
    summedOverRepeats,
  ),
  // Of one part tfjs-core gives no list of gradients, and its own gradients throw.
  {
    kernelName: "SplitV",
    gradFunc: (dy, _saved, { axis }) => ({
      x: () => concat([dy].flat(), axis as number),
    }),
  },
  {
    kernelName: "Unpack",
    gradFunc: (dy, _saved, { axis }) => ({
      value: () => stack([dy].flat(), axis as number),
    }),
  },
  {
    ...getGradient("FusedBatchNorm"),
    // y = (x - mean) slope + offset with slope = scale / sqrt(variance + epsilon).
    // What belongs to a channel is computed once, not for each pixel.
    gradFunc: (upstream, [x, mean, variance, scale], attrs) => {
      const dy = upstream as Tensor, { shape } = mean;
      const { varianceEpsilon } = attrs as { varianceEpsilon: number };
      const inverse = rsqrt(add(variance, varianceEpsilon));
      const slope = scale ? mul(scale, inverse) : inverse;
      const products = () => sumTo(shape, mul(dy, sub(x, mean)));
      return {
        x: () => mul(dy, slope),
        mean: () => neg(mul(slope, sumTo(shape, dy))),
        variance: () =>
          mul(mul(mul(slope, mul(inverse, inverse)), -0.5), products()),
        scale: () => mul(inverse, products()),
        offset: () => sumTo(shape, dy),
      };
    },
  },
  {
    kernelName: "MirrorPad",
    gradFunc: (upstream, _saved, attrs) => {
      const { paddings, mode } = attrs as unknown as {
        paddings: [number, number][];
        mode: "reflect" | "symmetric";
      };
      return {
        x: () =>
          paddings.reduce(
            (dy, paddings, axis) => fold(dy, { axis, paddings, mode }),
            upstream as Tensor,
          ),
      };
    },
  },
  {
    kernelName: "Cumsum",
    gradFunc: (dy, _saved, attrs) => {
      const { axis, exclusive, reverse } = attrs as unknown as {
        axis: number;
        exclusive: boolean;
        reverse: boolean;
      };
      return { x: () => cumsum(dy as Tensor, axis, exclusive, !reverse) };
    },
  },
  {
    kernelName: "DepthToSpace",
    gradFunc: (dy, _saved, attrs) => {
      const { blockSize, dataFormat } = attrs as unknown as {
        blockSize: number;
        dataFormat: string;
      };
      if (dataFormat !== "NHWC") {
        throw new RangeError(
          `Cannot compute the gradient of depthToSpace for "${dataFormat}": ` +
            `only for NHWC`,
        );
      }
      return { x: () => spaceToDepth(dy as Tensor, blockSize) };
    },
  },
];

/** Adds the mirrored ends of an axis to the numbers that they are copies of. */
function fold(
  dy: Tensor,
  { axis, paddings: [before, after], mode }: {
    axis: number;
    paddings: [number, number];
    mode: "reflect" | "symmetric";
  },
): Tensor {
  const length = dy.shape[axis] - before - after;
  // A reflection does not repeat the first number itself.
  const skipped = mode === "reflect" ? 1 : 0;
  const part = (start: number, size: number) =>
    slice(
      dy,
      dy.shape.map((_, i) => i === axis ? start : 0),
      dy.shape.map((whole, i) => i === axis ? size : whole),
    );
  const mirrored = (end: Tensor, start: number) =>
    pad(
      reverse(end, axis),
      dy.shape.map((_, i): [number, number] =>
        i === axis ? [start, length - start - end.shape[axis]] : [0, 0]
      ),
    );
  const first = mirrored(part(0, before), skipped);
  const last = mirrored(
    part(before + length, after),
    length - skipped - after,
  );
  return add(part(before, length), add(first, last));
}

/** [n, h * size, w * size, c] -> [n, h, w, size * size * c] */
function spaceToDepth(dy: Tensor, size: number): Tensor {
  const [n, height, width, c] = dy.shape;
  const [h, w] = [height / size, width / size];
  const blocks = reshape(dy, [n, h, size, w, size, c]);
  return reshape(transpose(blocks, [0, 1, 3, 2, 4, 5]), [
    n,
    h,
    w,
    size * size * c,
  ]);
}
