import * as tf from "@tensorflow/tfjs";
import { corrected, missing, unchanged } from "./corrected_cases.ts";
import { dilated } from "./dilated_cases.ts";

/** An operation, and the shapes of what it is differentiated by. */
export interface GradientCase {
  name: string;
  operation: (...inputs: tf.Tensor[]) => tf.Tensor;
  shapes: number[][];
  /** Range of the inputs, chosen so that the operation is smooth there. */
  low?: number;
  high?: number;
  /** Whether its gradient has none. */
  isOnceOnly?: boolean;
}

export type Pair = [number, number];
type Pad = "same" | "valid" | number;

const PADS: Pad[] = ["same", "valid", 1];
const STRIDES: Pair[] = [[1, 1], [2, 2], [1, 2], [3, 2]];

export function product<A, B>(as: A[], bs: B[]): [A, B][] {
  return as.flatMap((a) => bs.map((b): [A, B] => [a, b]));
}

function convolutions(): GradientCase[] {
  const filters: Pair[] = [[1, 1], [3, 3], [2, 3], [5, 2], [4, 4]];
  const channels: Pair[] = [[1, 3], [3, 1], [2, 2], [5, 9]];
  const plain = product(product(filters, STRIDES), product(PADS, channels))
    .map(([[filter, stride], [pad, [c, channels]]]): GradientCase => ({
      name: `conv2d ${filter} stride ${stride} ${pad} ${c}>${channels}`,
      operation: (x, w) =>
        tf.conv2d(
          x as tf.Tensor4D,
          w as tf.Tensor4D,
          stride,
          pad,
          "NHWC",
          1,
          pad === 1 ? "floor" : undefined,
        ),
      shapes: [[2, 6, 7, c], [...filter, c, channels]],
    }));
  const transposed = product(product(filters.slice(1), STRIDES.slice(0, 2)), [
    "same" as const,
    "valid" as const,
  ]).map(([[filter, stride], pad]): GradientCase => {
    const out = [0, 1].map((axis) =>
      [4, 3][axis] * stride[axis] +
      (pad === "same" ? 0 : Math.max(filter[axis] - stride[axis], 0))
    );
    return {
      name: `conv2dTranspose ${filter} stride ${stride} ${pad}`,
      operation: (x, w) =>
        tf.conv2dTranspose(
          x as tf.Tensor4D,
          w as tf.Tensor4D,
          [2, out[0], out[1], 3],
          stride,
          pad,
        ),
      shapes: [[2, 4, 3, 2], [...filter, 3, 2]],
    };
  });
  const depthwise = product(filters, PADS).map(([filter, pad]) => ({
    name: `depthwiseConv2d ${filter} ${pad}`,
    operation: (x: tf.Tensor, w: tf.Tensor) =>
      tf.depthwiseConv2d(
        x as tf.Tensor4D,
        w as tf.Tensor4D,
        1,
        pad,
        "NHWC",
        1,
        pad === 1 ? "floor" : undefined,
      ),
    shapes: [[2, 6, 6, 2], [...filter, 2, 2]],
  }));
  return [...plain, ...transposed, ...depthwise];
}

function pools(): GradientCase[] {
  const windows: Pair[] = [[2, 2], [3, 3], [2, 3]];
  const twoD = product(product(windows, STRIDES), PADS)
    // tfjs-core computes the width of such an output with the wrong stride.
    .filter(([[, [down, across]], pad]) => pad !== 1 || down === across)
    .flatMap(([[window, stride], pad]): GradientCase[] =>
      (["maxPool", "avgPool"] as const).map((kind) => ({
        name: `${kind} ${window} stride ${stride} ${pad}`,
        operation: (x: tf.Tensor) =>
          tf[kind](
            x as tf.Tensor4D,
            window,
            stride,
            pad,
            pad === 1 ? "floor" : undefined,
          ),
        shapes: [[2, 5, 7, 5]],
      }))
    );
  const volumes: [number, number, number][] = [[2, 2, 2], [3, 3, 3], [1, 2, 3]];
  const threeD = product(volumes, ["same" as const, "valid" as const])
    .flatMap(([window, pad]): GradientCase[] =>
      (["maxPool3d", "avgPool3d"] as const).map((kind) => ({
        name: `${kind} ${window} ${pad}`,
        operation: (x: tf.Tensor) => tf[kind](x as tf.Tensor5D, window, 2, pad),
        shapes: [[2, 3, 5, 4, 2]],
      }))
    );
  return [...twoD, ...threeD];
}

function resizes(): GradientCase[] {
  const sizes: Pair[] = [[6, 8], [7, 5], [3, 4], [2, 3], [1, 1], [9, 4]];
  const flags = [[false, false], [true, false], [false, true]];
  const kinds = ["resizeNearestNeighbor", "resizeBilinear"] as const;
  return product(product(kinds.slice(), sizes), flags)
    .map(([[kind, size], [align, half]]) => ({
      name: `${kind} to ${size} align ${align} half ${half}`,
      operation: (x) => tf.image[kind](x as tf.Tensor4D, size, align, half),
      shapes: [[3, 3, 4, 2]],
    }));
}

function products(): GradientCase[] {
  const flags = [false, true];
  // Of both batches: the same, one matrix for all, and repeated along some axes.
  const batches = [
    ...[[[], []], [[3], [3]], [[3], []], [[], [3]], [[3], [1]], [[1], [3]]],
    ...[[[2, 3], []], [[2, 3], [3]], [[3], [2, 3]], [[2, 1], [1, 3]]],
    ...[[[2, 1], [3]], [[3], [2, 1]], [[2, 3], [2, 1]], [[1, 1], [3]]],
  ];
  return product(flags, flags).flatMap(([a, b]): GradientCase[] =>
    batches.flatMap(([left, right]) => {
      const shapes = [
        [...left, ...(a ? [5, 7] : [7, 5])],
        [...right, ...(b ? [9, 5] : [5, 9])],
      ];
      const of = `of [${left}] and [${right}] transposed ${a} ${b}`;
      const transposed = { transposeA: a, transposeB: b };
      const plain: GradientCase = {
        name: `matMul ${of}`,
        operation: (x, y) => tf.matMul(x, y, a, b),
        shapes,
      };
      const fused: GradientCase = {
        name: `fused.matMul ${of}`,
        operation: (x, y, bias) =>
          tf.fused.matMul({ a: x, b: y, bias, ...transposed }),
        shapes: [...shapes, [9]],
      };
      // tfjs fuses no others: it makes one axis of a batch's.
      const [m, n] = [left, right].map(tf.util.sizeFromShape);
      return m === n || m === 1 || n === 1 ? [plain, fused] : [plain];
    })
  );
}

function unary(): GradientCase[] {
  const anywhere = [
    "neg",
    "square",
    "sin",
    "cos",
    "tanh",
    "sigmoid",
    "exp",
    "softplus",
    "erf",
    "atan",
    "sinh",
    "cosh",
    "asinh",
    "softmax",
    "logSoftmax",
    "expm1",
    "logSigmoid",
  ] as const;
  const positive = [
    "sqrt",
    "rsqrt",
    "log",
    "log1p",
    "reciprocal",
    "abs",
    "relu",
    "relu6",
    "elu",
    "selu",
    "leakyRelu",
    "acosh",
  ] as const;
  return [
    ...anywhere.map((name): GradientCase => ({
      name,
      operation: (x) => tf[name](x),
      shapes: [[3, 7]],
    })),
    ...positive.flatMap((name): GradientCase[] =>
      (name === "acosh" ? [[2, 3]] : [[0.5, 2]]).map(([low, high]) => ({
        name: `${name} of ${low} to ${high}`,
        operation: (x) => tf[name](x),
        shapes: [[3, 7]],
        low,
        high,
      }))
    ),
    ...(["abs", "relu", "elu", "selu", "leakyRelu"] as const).map((name) => ({
      name: `${name} of negatives`,
      operation: (x: tf.Tensor) => tf[name](x),
      shapes: [[3, 7]],
      low: -2,
      high: -0.5,
    })),
    ...(["acos", "asin", "atanh", "tan"] as const).map((name) => ({
      name,
      operation: (x: tf.Tensor) => tf[name](x),
      shapes: [[3, 7]],
      low: -0.8,
      high: 0.8,
    })),
    ...[[-0.3, 0.5], [-5, 5]].map(([low, high]) => ({
      name: `clipByValue ${low} ${high}`,
      operation: (x: tf.Tensor) => tf.clipByValue(x, low, high),
      shapes: [[3, 7]],
    })),
  ];
}

function binary(): GradientCase[] {
  const same = [[2, 3, 5], [2, 3, 5]];
  const broadcast = [
    [[2, 3, 5], [5]],
    [[2, 3, 5], []],
    [[5], [2, 3, 5]],
    [[2, 1, 5], [3, 1]],
    [[2, 3, 1], [1, 3, 5]],
  ];
  const names = [
    ...(["add", "sub", "mul", "div", "pow", "atan2", "maximum"] as const),
    ...(["minimum", "squaredDifference"] as const),
  ];
  return product(names, [same, ...broadcast]).map(([name, shapes]) => ({
    name: `${name} of [${shapes[0]}] and [${shapes[1]}]`,
    operation: (a, b) => tf[name](a, b),
    shapes,
    low: 0.5,
    high: 2,
  }));
}

function reductions(): GradientCase[] {
  const names = ["sum", "mean", "max", "min", "prod", "logSumExp"] as const;
  const axes = [undefined, 0, 1, 2, [0, 1], [1, 2], [0, 2], [0, 1, 2]];
  return product(names.slice(), axes).map(([name, axis]) => ({
    name: `${name} over ${axis}`,
    operation: (x) => tf[name](x, axis),
    shapes: [[2, 3, 5]],
    low: 0.5,
    high: 2,
  }));
}

function shapes(): GradientCase[] {
  const of = (
    name: string,
    operation: GradientCase["operation"],
    shapes = [[2, 3, 4]],
  ) => ({ name, operation, shapes });
  return [
    of("reshape", (x) => tf.reshape(x, [6, 4])),
    of("transpose", (x) => tf.transpose(x, [2, 0, 1])),
    of("slice", (x) => tf.slice(x, [0, 1, 1], [2, 2, 3])),
    of("slice, contiguous", (x) => tf.slice(x, [1, 0, 0], [1, 3, 4])),
    of("concat", (x, y) => tf.concat([x, y], 1), [[2, 3, 4], [2, 2, 4]]),
    of("stack", (x, y) => tf.stack([x, y], 1), [[2, 3], [2, 3]]),
    of("split", (x) => tf.split(x, 2, 2)[1]),
    of("unstack", (x) => tf.unstack(x, 1)[2]),
    of("tile", (x) => tf.tile(x, [2, 1, 3])),
    of("pad", (x) => tf.pad(x, [[1, 0], [0, 2], [1, 1]])),
    of("reverse", (x) => tf.reverse(x, [0, 2])),
    of("gather", (x) => tf.gather(x, tf.tensor1d([2, 0, 0], "int32"), 1)),
    of("prelu", (x, slope) => tf.prelu(x, slope), [[2, 3, 4], [4]]),
    of("prelu by one slope each", (x, y) => tf.prelu(x, y), [[3, 4], [3, 4]]),
    {
      name: "mod",
      operation: (x) => tf.mod(x, 0.3),
      shapes: [[3, 4]],
      ...{ low: 0.35, high: 0.55 },
    },
    of(
      "unsortedSegmentSum",
      (x) => tf.unsortedSegmentSum(x, tf.tensor1d([2, 0, 2], "int32"), 4),
      [[3, 4]],
    ),
    {
      name: "localResponseNormalization",
      operation: (x) =>
        tf.localResponseNormalization(x as tf.Tensor4D, 2, 1, 0.5, 0.75),
      shapes: [[2, 3, 3, 7]],
      isOnceOnly: true,
    },
    of("expandDims", (x) => tf.expandDims(x, 1)),
    of("broadcastTo", (x) => tf.broadcastTo(x, [3, 2, 3, 4])),
    of(
      "where",
      (x, y) =>
        tf.where(tf.tensor2d([[1, 0, 1], [0, 1, 0]], [2, 3], "bool"), x, y),
      [
        [2, 3],
        [2, 3],
      ],
    ),
    of(
      "batchNorm",
      (x, mean, root, offset, scale) =>
        tf.batchNorm(x, mean, tf.square(root).add(1), offset, scale),
      [[2, 3, 4], [4], [4], [4], [4]],
    ),
    of(
      "batchToSpaceND",
      (x) => tf.batchToSpaceND(x, [2, 2], [[0, 1], [0, 0]]),
      [[8, 2, 3, 1]],
    ),
    of(
      "spaceToBatchND",
      (x) => tf.spaceToBatchND(x, [2, 2], [[0, 0], [0, 0]]),
      [
        [2, 4, 4, 1],
      ],
    ),
  ];
}

/** Some eight hundred cases of the operations that networks are made of. */
export const gradientCases: GradientCase[] = [
  ...convolutions(),
  ...dilated(),
  ...pools(),
  ...resizes(),
  ...products(),
  ...unary(),
  ...binary(),
  ...reductions(),
  ...shapes(),
  ...corrected(),
  ...missing(),
  ...unchanged(),
];
