/** Gradients that tfjs-core 4.22 does not have at all, as TensorFlow has them. */

import {
  add,
  broadcastTo,
  cumsum,
  divNoNan,
  einsum,
  gatherND,
  type GradConfig,
  image,
  mul,
  range,
  registerGradient,
  reshape,
  scatterND,
  stridedSlice,
  type StridedSliceAttrs,
  type Tensor,
  type Tensor4D,
  tensorScatterUpdate,
  util,
  zeros,
} from "@tensorflow/tfjs-core";
import { innerEngine } from "../internals/engine.ts";

/**
 * Where an output is true or false it has no slope: nothing flows back through these
 * kernels, as in TensorFlow. (Zeros would: behind a root of 0 they become NaN.)
 */
const WITHOUT_SLOPE = [
  // tfjs has zeros for GreaterEqual alone, and its tests ask for them.
  ...["Equal", "NotEqual", "Greater", "Less", "LessEqual"],
  ...["LogicalAnd", "LogicalOr", "LogicalNot", "All", "Any"],
];

/** Registers these gradients, for every backend. */
export function addMissingGradients() {
  for (const gradient of GRADIENTS) registerGradient(gradient);
  const inner = innerEngine(), { addTapeNode } = inner;
  inner.addTapeNode = function (name, ...rest) {
    if (!WITHOUT_SLOPE.includes(name)) addTapeNode.call(this, name, ...rest);
  };
}

/**
 * dy[...] put where the numbers came from: `placesOf` gives their places in x, laid out
 * flat, and is asked only where there are numbers.
 */
function putBack(
  dy: Tensor,
  placesOf: () => Tensor,
  shape: number[],
): Tensor {
  if (dy.size === 0) return zeros(shape);
  const places = reshape(placesOf(), [dy.size, 1]);
  const size = util.sizeFromShape(shape);
  return reshape(scatterND(places, reshape(dy, [dy.size]), [size]), shape);
}

/** The numbers of dy[...] at some places: of a list of numbers, places along one axis. */
function gatheredAt(dy: Tensor, indices: Tensor): Tensor {
  const places = indices.rank > 1
    ? indices
    : reshape(indices, [indices.size, 1]);
  return gatherND(dy, places);
}

/** Every number's place in a tensor of that shape, laid out flat. */
function placesIn(shape: number[]): Tensor {
  return reshape(range(0, util.sizeFromShape(shape), 1, "int32"), shape);
}

const GRADIENTS: GradConfig[] = [
  {
    kernelName: "StridedSlice",
    inputsToSave: ["x"],
    gradFunc: (dy, [{ shape }], attrs) => {
      const slice = attrs as unknown as StridedSliceAttrs;
      const places = () =>
        stridedSlice(
          placesIn(shape),
          ...[slice.begin, slice.end, slice.strides] as const,
          ...[slice.beginMask, slice.endMask, slice.ellipsisMask] as const,
          ...[slice.newAxisMask, slice.shrinkAxisMask] as const,
        );
      return { x: () => putBack(dy as Tensor, places, shape) };
    },
  },
  {
    kernelName: "TopK",
    inputsToSave: ["x"],
    outputsToSave: [false, true],
    gradFunc: (dys, [{ shape }, indices]) => {
      const [dy] = dys as Tensor[];
      const length = shape[shape.length - 1];
      const count = util.sizeFromShape(shape);
      const places = () => {
        const starts = range(0, count, length, "int32"); // of the rows
        const inRows = reshape(indices, [starts.size, -1]);
        return add(inRows, reshape(starts, [-1, 1]));
      };
      return { x: () => putBack(dy, places, shape) };
    },
  },
  {
    kernelName: "GatherNd",
    inputsToSave: ["params", "indices"],
    gradFunc: (dy, [{ shape }, indices]) => ({
      // One place alone is a list of one.
      params: () =>
        indices.rank > 1 ? scatterND(indices, dy as Tensor, shape) : scatterND(
          reshape(indices, [1, indices.size]),
          reshape(dy as Tensor, [1, ...(dy as Tensor).shape]),
          shape,
        ),
      indices: () => zeros(indices.shape),
    }),
  },
  {
    kernelName: "ScatterNd",
    inputsToSave: ["indices"],
    gradFunc: (dy, [indices]) => ({
      indices: () => zeros(indices.shape),
      updates: () => gatheredAt(dy as Tensor, indices),
    }),
  },
  {
    kernelName: "TensorScatterUpdate",
    inputsToSave: ["indices", "updates"],
    gradFunc: (dy, [indices, updates]) => ({
      // What is replaced gets nothing.
      tensor: () =>
        tensorScatterUpdate(dy as Tensor, indices, zeros(updates.shape)),
      indices: () => zeros(indices.shape),
      updates: () => gatheredAt(dy as Tensor, indices),
    }),
  },
  {
    kernelName: "FlipLeftRight",
    gradFunc: (dy) => ({ image: () => image.flipLeftRight(dy as Tensor4D) }),
  },
  {
    // Each product is dy's weight for every factor in it, without that factor.
    kernelName: "Cumprod",
    inputsToSave: ["x"],
    outputsToSave: [true],
    gradFunc: (dy, [x, y], attrs) => {
      const { axis, exclusive, reverse } = attrs as unknown as {
        axis: number;
        exclusive: boolean;
        reverse: boolean;
      };
      const products = () => mul(dy as Tensor, y);
      return {
        x: () => divNoNan(cumsum(products(), axis, exclusive, !reverse), x),
      };
    },
  },
  {
    kernelName: "Diag",
    inputsToSave: ["x"],
    gradFunc: (dy, [{ shape, size }]) => {
      const flat = reshape(dy as Tensor, [size * size]);
      const diagonal = () => stridedSlice(flat, [0], [size * size], [size + 1]);
      return { x: () => reshape(diagonal(), shape) };
    },
  },
  {
    // The gradient by an operand is the product of dy with the other operand. What
    // was summed over a letter that stands nowhere else is the same along its axis.
    kernelName: "Einsum",
    saveAllInputs: true,
    gradFunc: (dy, saved, { equation }) => {
      const [inputs, out] = (equation as string).replaceAll(" ", "")
        .split("->");
      const terms = inputs.split(",");
      const gradientBy = (x: Tensor, i: number) => {
        const letters = [...terms[i]], others = terms.with(i, out);
        const isKnown = (letter: string) => others.join("").includes(letter);
        const known = einsum(
          `${others.join(",")}->${letters.filter(isKnown).join("")}`,
          ...saved.with(i, dy as Tensor),
        );
        const shape = x.shape.map((size, axis) =>
          isKnown(letters[axis]) ? size : 1
        );
        return broadcastTo(reshape(known, shape), x.shape);
      };
      return Object.fromEntries(
        saved.map((x, i) => [i, () => gradientBy(x, i)]),
      );
    },
  },
];
