/**
 * tf.layers.layerNormalization of the last axis (Ba, Kiros and Hinton 2016,
 * arXiv:1607.06450): one kernel forward, and one back.
 */

import {
  getBackend,
  type KernelConfig,
  registerGradient,
  type Tensor,
  type TensorInfo,
  unstack,
  util,
} from "@tensorflow/tfjs-core";
import { BACKEND, type WasmBackend } from "../backend.ts";
import { hasShape } from "../geometry/sizes.ts";
import { isInNestedGradient } from "../internals/engine.ts";
import { layersPrototypes } from "../internals/layers.ts";
import {
  accelerate,
  areFloats,
  type Call,
  runOperation,
} from "./accelerate.ts";
import { sumAxis } from "./reduce.ts";

/** Numbers of a part, about: they take longer than to start a chunk. */
const NUMBERS_PER_PART = 16_384;

/** x[..., c] and what is needed of c numbers. */
interface Inputs {
  x: TensorInfo;
  scale?: TensorInfo;
  offset?: TensorInfo;
}

/** Rows of x[..., c], and how many a part of them has; none where x is empty. */
function rowsOf({ shape }: TensorInfo) {
  const size = util.sizeFromShape(shape);
  if (size === 0 || shape.length === 0) return undefined;
  const c = shape.at(-1)!, rows = size / c;
  const perPart = Math.ceil(NUMBERS_PER_PART / c);
  return { c, rows, perPart, parts: Math.ceil(rows / perPart) };
}

/** Address of a tensor of c numbers, or of as many times the number in its place. */
function addressOr(
  backend: WasmBackend,
  tensor: TensorInfo | undefined,
  { number, c, allocate }: {
    number: number;
    c: number;
    allocate: (bytes: number) => number;
  },
): number {
  if (tensor) return backend.address(tensor);
  const address = allocate(4 * c);
  backend.heap.floats(address, c).fill(number);
  return address;
}

/** y like x, and each row's mean and 1 / sqrt(variance + epsilon). */
function layerNorm(
  { inputs: { x, scale, offset }, attrs, backend }: Call<
    Inputs,
    { epsilon: number }
  >,
): TensorInfo[] | undefined {
  const others = [scale, offset].filter((each) => !!each);
  const cut = rowsOf(x);
  if (!areFloats(x, ...others) || !cut) return undefined;
  const { c, rows, perPart, parts } = cut;
  if (!others.every((other) => hasShape(other, [c]))) return undefined;
  const from = backend.address(x), y = backend.output(x.shape);
  const mean = backend.output([rows]), inverse = backend.output([rows]);
  backend.heap.borrow((allocate) => {
    backend.pool.run("layerNorm", {
      ...{ x: from, dy: 0, out: backend.address(y), sums: 0 },
      means: backend.address(mean),
      inverses: backend.address(inverse),
      scale: addressOr(backend, scale, { number: 1, c, allocate }),
      offset: addressOr(backend, offset, { number: 0, c, allocate }),
      ...{ rows, c, perPart, epsilon: attrs.epsilon },
    }, parts);
  });
  return [y, mean, inverse];
}

/** dx like x, dscale[c] and doffset[c]. */
function layerNormGrad(
  { inputs: { x, dy, scale, mean, inverse }, backend }: Call<
    Omit<Inputs, "offset"> & {
      dy: TensorInfo;
      mean: TensorInfo;
      inverse: TensorInfo;
    },
    unknown
  >,
): TensorInfo[] | undefined {
  const tensors = [x, dy, mean, inverse, ...scale ? [scale] : []];
  const cut = rowsOf(x);
  if (!areFloats(...tensors) || !cut) return undefined;
  const { c, rows, perPart, parts } = cut;
  const fits = hasShape(dy, x.shape) &&
    [mean, inverse].every((moment) => hasShape(moment, [rows])) &&
    (!scale || hasShape(scale, [c]));
  if (!fits) return undefined;
  const addresses = { x: backend.address(x), dy: backend.address(dy) };
  const dx = backend.output(x.shape), sums = backend.output([2, c]);
  backend.heap.borrow((allocate) => {
    const ofParts = allocate(8 * parts * c);
    backend.pool.run("layerNormGradient", {
      ...{ ...addresses, out: backend.address(dx), sums: ofParts, offset: 0 },
      means: backend.address(mean),
      inverses: backend.address(inverse),
      scale: addressOr(backend, scale, { number: 1, c, allocate }),
      ...{ rows, c, perPart, epsilon: 0 },
    }, parts);
    const axis = { outer: 1, length: parts, inner: 2 * c };
    sumAxis(backend, { x: ofParts, out: backend.address(sums), ...axis });
  });
  return [dx, sums];
}

/** Kernels that tfjs does not have. */
export const layerNormalization: KernelConfig[] = [
  accelerate("LayerNorm", layerNorm),
  accelerate("LayerNormGrad", layerNormGrad),
];

/** From now on layers run in these kernels on our backend. */
export function normalizeLayersInOneKernel() {
  registerGradient({
    kernelName: "LayerNorm",
    inputsToSave: ["x", "scale"],
    outputsToSave: [false, true, true],
    gradFunc: (dys, saved) => {
      const x = saved[0], [mean, inverse] = saved.slice(-2);
      const scale = saved.length > 3 ? saved[1] : undefined;
      const [dy] = dys as Tensor[];
      const [dx, sums] = runOperation("LayerNormGrad", {
        dy,
        x,
        scale,
        mean,
        inverse,
      });
      const [dScale, dOffset] = unstack(sums);
      return { x: () => dx, scale: () => dScale, offset: () => dOffset };
    },
  });
  const { layerNormalization: layer } = layersPrototypes();
  const { call } = layer;
  layer.call = function (inputs, ...more) {
    const [x, ...others] = [inputs].flat() as Tensor[];
    const isLast = [this.axis].flat().join() === `${x.rank - 1}`;
    // Of a gradient's gradient there must be a chain of kernels that have one.
    const isOurs = getBackend() === BACKEND && isLast && x.size > 0 &&
      others.length === 0 && areFloats(x) && !isInNestedGradient();
    if (!isOurs) return call.call(this, inputs, ...more);
    const { gamma, beta, epsilon } = this;
    const [scale, offset] = [gamma, beta].map((weight) => weight?.read());
    const outputs = runOperation("LayerNorm", { x, scale, offset }, {
      epsilon,
    });
    outputs.slice(1).forEach((tensor) => tensor.dispose());
    return outputs[0];
  };
}
