/** Operations whose gradients tfjs-core has wrong or lacks, and some that do nothing. */

import * as tf from "@tensorflow/tfjs";
import { type GradientCase, type Pair, product } from "./gradient_cases.ts";

/** Operations whose gradients tfjs-core has wrong or lacks. */
export function corrected(): GradientCase[] {
  const pads: Pair[][] = [[[1, 1], [0, 2]], [[0, 1], [1, 0]], [[2, 1], [2, 2]]];
  return [
    ...product(pads, ["reflect", "symmetric"] as const).map((
      [paddings, mode],
    ): GradientCase => ({
      name: `mirrorPad ${mode} ${paddings.join(" ")}`,
      operation: (x) =>
        tf.mirrorPad(x as tf.Tensor2D, paddings as [Pair, Pair], mode),
      shapes: [[3, 4]],
    })),
    ...product(product([0, 1, -1], [false, true]), [false, true]).map((
      [[axis, exclusive], reverse],
    ): GradientCase => ({
      name: `cumsum axis ${axis} ${exclusive} ${reverse}`,
      operation: (x) => tf.cumsum(x, axis, exclusive, reverse),
      shapes: [[2, 3, 4]],
    })),
    ...product(["", "offset", "scale"], [[4], [2, 3, 4], [1, 3, 1]]).map((
      [given, shape],
    ): GradientCase => ({
      name: `batchNorm of [${shape}] with ${given || "neither"}`,
      operation: (x, mean, root, other) =>
        tf.batchNorm(
          x,
          mean,
          tf.square(root).add(1),
          given === "offset" ? other : undefined,
          given === "scale" ? other : undefined,
        ),
      shapes: [[2, 3, 4], shape, shape, ...(given ? [shape] : [])],
    })),
    {
      name: "depthToSpace",
      operation: (x) => tf.depthToSpace(x as tf.Tensor4D, 2, "NHWC"),
      shapes: [[2, 2, 3, 12]],
    },
    ...(["same", "valid"] as const).map((pad) => ({
      name: `conv3dTranspose, ${pad}`,
      operation: (x: tf.Tensor, filter: tf.Tensor) =>
        tf.conv3dTranspose(
          x as tf.Tensor5D,
          filter as tf.Tensor5D,
          pad === "same" ? [2, 3, 4, 3, 2] : [2, 5, 5, 4, 2],
          [2, 2, 1],
          pad,
        ),
      shapes: [[2, 2, 2, 3, 3], [3, 2, 2, 2, 3]],
    })),
  ];
}

/** Operations for which tfjs-core has no gradient at all. */
export function missing(): GradientCase[] {
  const spots = tf.tensor2d([[0, 1], [2, 3], [0, 1]], [3, 2], "int32");
  const slices: Parameters<typeof tf.stridedSlice> extends
    [unknown, ...infer Rest] ? Rest[] : never = [
      [[0, 1], [3, 4], [1, 2]],
      [[2, -1], [0, -4], [-1, -2]],
      [[1, 0], [2, 4], [1, 1], 2, 0, 0, 0, 1],
      [[1, 1], [0, 0], [2, 1], 0, 3, 0, 0, 0],
      [[0, 0, 1], [0, 3, 4], [1, 1, 1], 0, 0, 0, 1, 0],
    ];
  return [
    ...slices.map((slice): GradientCase => ({
      name: `stridedSlice ${JSON.stringify(slice)}`,
      operation: (x) => tf.stridedSlice(x, ...slice),
      shapes: [[3, 4]],
    })),
    ...[[5], [2, 5], [2, 3, 4]].map((shape): GradientCase => ({
      name: `topk of [${shape}]`,
      operation: (x) => tf.topk(x, 2).values,
      shapes: [shape],
    })),
    {
      name: "gatherND of a number twice",
      operation: (x) => tf.gatherND(x, spots),
      shapes: [[3, 4, 2]],
    },
    {
      name: "gatherND of one place",
      operation: (x) => tf.gatherND(x, tf.tensor1d([0, 1], "int32")),
      shapes: [[3, 4, 2]],
    },
    {
      name: "scatterND to a list of places",
      operation: (x) => tf.scatterND(tf.tensor1d([1, 2], "int32"), x, [4]),
      shapes: [[2]],
    },
    {
      name: "scatterND to a number twice",
      operation: (x) => tf.scatterND(spots, x, [3, 4]),
      shapes: [[3]],
    },
    ...[[4], [2, 3]].map((shape): GradientCase => ({
      name: `diag of [${shape}]`,
      operation: (x) => tf.diag(x),
      shapes: [shape],
    })),
    ...([
      ["ij,jk->ik", [2, 3], [3, 4]],
      ["bij,bkj->bik", [2, 3, 4], [2, 5, 4]],
      ["bi,bi->b", [3, 4], [3, 4]],
      ["i,j->ji", [3], [2]],
      ["abc->cab", [2, 3, 4]],
      ["ij->j", [2, 3]],
      ["ij->", [2, 3]],
      ["ij,jk->i", [2, 3], [3, 4]],
      ["i,i->", [4], [4]],
      ["i,j->", [3], [2]],
    ] as [string, ...number[][]][]).map(([equation, ...shapes]) => ({
      name: `einsum ${equation}`,
      operation: (...xs: tf.Tensor[]) => tf.einsum(equation, ...xs),
      shapes,
    })),
    ...product(product([0, 1, -1], [false, true]), [false, true]).map((
      [[axis, exclusive], reverse],
    ): GradientCase => ({
      name: `cumprod axis ${axis} ${exclusive} ${reverse}`,
      operation: (x) => tf.cumprod(x, axis, exclusive, reverse),
      shapes: [[2, 3, 4]],
      low: 0.5,
      high: 2,
    })),
    {
      name: "tensorScatterUpdate",
      operation: (x, rows) =>
        tf.tensorScatterUpdate(
          x,
          tf.tensor2d([[2], [0]], [2, 1], "int32"),
          rows,
        ),
      shapes: [[3, 4], [2, 4]],
    },
    {
      name: "flipLeftRight",
      operation: (x) => tf.image.flipLeftRight(x as tf.Tensor4D),
      shapes: [[2, 3, 4, 2]],
    },
    {
      name: "what is above a threshold",
      operation: (x) => tf.mul(x, tf.cast(tf.greater(x, 0.1), "float32")),
      shapes: [[3, 7]],
    },
    {
      name: "what is neither small nor negative",
      operation: (x) => {
        const isOut = tf.logicalOr(tf.less(x, -0.5), tf.lessEqual(x, 0));
        return tf.where(tf.logicalNot(isOut), tf.square(x), x);
      },
      shapes: [[3, 7]],
    },
  ];
}

/** Operations that change nothing: an answer that is its own input counts twice. */
export function unchanged(): GradientCase[] {
  const of = (
    name: string,
    operation: GradientCase["operation"],
    shape = [2, 3],
  ): GradientCase => ({
    name: `${name}, changing nothing`,
    operation,
    shapes: [shape],
  });
  const image = [2, 3, 4, 2];
  return [
    of("einsum", (x) => tf.einsum("ij->ij", x)),
    of("transpose", (x) => tf.transpose(x, [0, 1])),
    of("reshape", (x) => tf.reshape(x, [2, 3])),
    of("slice", (x) => tf.slice(x, [0, 0], [2, 3])),
    of("stridedSlice", (x) => tf.stridedSlice(x, [0, 0], [2, 3], [1, 1])),
    of("concat", (x) => tf.concat([x])),
    of("split", (x) => tf.split(x, 1)[0]),
    of("unstack", (x) => tf.unstack(x)[0], [1, 3]),
    of("addN", (x) => tf.addN([x])),
    of("tile", (x) => tf.tile(x, [1, 1])),
    of("broadcastTo", (x) => tf.broadcastTo(x, [2, 3])),
    of("pad", (x) => tf.pad(x, [[0, 0], [0, 0]])),
    of("mirrorPad", (x) => tf.mirrorPad(x, [[0, 0], [0, 0]], "reflect")),
    of("reverse", (x) => tf.reverse(x, [])),
    of("sum", (x) => tf.sum(x, [])),
    of("max", (x) => tf.max(x, [])),
    of("mean of one", (x) => tf.mean(x, 0), [1, 3]),
    of("cumsum of one", (x) => tf.cumsum(x, 0), [1, 3]),
    of("cast", (x) => tf.cast(x, "float32")),
    of("clone", (x) => tf.clone(x)),
    of("dropout", (x) => tf.dropout(x, 0)),
    of("clipByValue", (x) => tf.clipByValue(x, -9, 9)),
    of("gather", (x) => tf.gather(x, tf.tensor1d([0, 1], "int32"))),
    of("topk", (x) => tf.topk(x, 1).values, [3, 1]),
    of("maxPool", (x) => tf.maxPool(x as tf.Tensor4D, 1, 1, "same"), image),
    of("avgPool", (x) => tf.avgPool(x as tf.Tensor4D, 1, 1, "same"), image),
    of(
      "resizeBilinear",
      (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [3, 4]),
      image,
    ),
    of(
      "resizeNearestNeighbor",
      (x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [3, 4]),
      image,
    ),
    of(
      "spaceToBatchND",
      (x) => tf.spaceToBatchND(x, [1, 1], [[0, 0], [0, 0]]),
      image,
    ),
    of(
      "batchToSpaceND",
      (x) => tf.batchToSpaceND(x, [1, 1], [[0, 0], [0, 0]]),
      image,
    ),
  ];
}
