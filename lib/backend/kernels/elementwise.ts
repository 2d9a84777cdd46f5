/** Elementwise kernels: unary and binary operations, and activations' gradients. */

import {
  backend_util,
  type KernelConfig,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { WasmBackend } from "../backend.ts";
import type { Jobs } from "../threads/fields.ts";
import { hasShape } from "../geometry/sizes.ts";
import { broadcast } from "../geometry/views.ts";
import { accelerate, areFloats } from "./accelerate.ts";
import { copyInOrder, numbersOf } from "./copy.ts";

/** Numbers of a chunk: 64 KiB, which take longer than to wake a thread. */
const NUMBERS_PER_CHUNK = 16_384;
/** A shorter operand that repeats is copied until it has so many numbers, */
const MIN_REPEATED_NUMBERS = 1_024;
/** unless it repeats no more than so often. */
const FEW_REPETITIONS = 32;
/** Bytes of the largest copy of an operand; beyond it tfjs's own kernel runs. */
const MAX_COPY_BYTES = 1 << 26;

/** The task of each kernel. */
const UNARY = {
  Abs: "abs",
  Ceil: "ceil",
  Elu: "elu",
  Exp: "exp",
  Floor: "floor",
  Log: "log",
  Log1p: "log1p",
  Neg: "neg",
  Reciprocal: "reciprocal",
  Relu: "relu",
  Relu6: "relu6",
  Round: "round",
  Rsqrt: "rsqrt",
  Selu: "selu",
  Sigmoid: "sigmoid",
  Sign: "sign",
  Softplus: "softplus",
  Sqrt: "sqrt",
  Square: "square",
  Tanh: "tanh",
} as const;

const BINARY = {
  Add: "add",
  Maximum: "maximum",
  Minimum: "minimum",
  Multiply: "mul",
  RealDiv: "div",
  SquaredDifference: "squaredDifference",
  Sub: "sub",
  // tfjs has no such kernels; gradients.ts calls them instead of several of tfjs's.
  Relu6Grad: "relu6Gradient",
  ReluGrad: "reluGradient",
  SeluGrad: "seluGradient",
  SigmoidGrad: "sigmoidGradient",
  SoftplusGrad: "softplusGradient",
  TanhGrad: "tanhGradient",
} as const;

/** Those of two inputs that have two bounds. */
const BOUNDED = {
  BinaryCrossEntropy: "binaryCrossEntropy",
  BinaryCrossEntropyGrad: "binaryCrossEntropyGradient",
  ClipByValueGrad: "clipGradient",
} as const;

type Unary = { x: TensorInfo };
type Binary = { a: TensorInfo; b: TensorInfo };
type Alpha = { alpha: number };
type Clip = { clipValueMin: number; clipValueMax: number };
/** The tasks that have the same job as neg, and differ only in what they compute. */
type ElementwiseTask = {
  [Task in keyof Jobs]: Jobs["neg"] extends Jobs[Task] ? Task : never;
}[keyof Jobs];

/** Numbers that are repeated one after the other as often as needed. */
interface Operand {
  address: number;
  length: number;
}

/** What some tasks need beside their operands: the bounds of clip, or alpha as low. */
interface Bounds {
  low?: number;
  high?: number;
}

const NO_NUMBERS: Operand = { address: 0, length: 0 };

/** Runs a task and writes `out`; a unary one has no b. */
function run(
  task: ElementwiseTask,
  { backend, a, b = NO_NUMBERS, out, low = 0, high = 0 }: {
    backend: WasmBackend;
    a: Operand;
    b?: Operand;
    out: TensorInfo;
  } & Bounds,
) {
  const length = util.sizeFromShape(out.shape);
  backend.pool.run(task, {
    a: a.address,
    aLength: a.length,
    b: b.address,
    bLength: b.length,
    out: backend.address(out),
    length,
    perChunk: NUMBERS_PER_CHUNK,
    low,
    high,
  }, Math.ceil(length / NUMBERS_PER_CHUNK));
}

function unary(
  task: ElementwiseTask,
  { x }: Unary,
  { backend, low, high }: { backend: WasmBackend } & Bounds,
): TensorInfo | undefined {
  if (!areFloats(x)) return undefined;
  const a = numbersIn(backend, x), out = backend.output(x.shape);
  run(task, { backend, a, out, low, high });
  return out;
}

function binary(
  task: ElementwiseTask,
  inputs: Binary,
  { backend, low, high }: { backend: WasmBackend } & Bounds,
): TensorInfo | undefined {
  const { a, b } = inputs;
  if (!areFloats(a, b)) return undefined;
  const shape = util.arraysEqual(a.shape, b.shape)
    ? a.shape
    : backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const isLarge = 4 * util.sizeFromShape(shape) > MAX_COPY_BYTES;
  const areRepeated = repeats(a.shape, shape) && repeats(b.shape, shape);
  if (isLarge && !areRepeated) return undefined;
  const out = backend.output(shape);
  if (isUsedAsItIs(a, shape) && isUsedAsItIs(b, shape)) {
    const left = numbersIn(backend, a), right = numbersIn(backend, b);
    run(task, { backend, a: left, b: right, out, low, high });
    return out;
  }
  backend.heap.borrow((allocate) => {
    const [left, right] = [a, b].map((tensor) =>
      isUsedAsItIs(tensor, shape)
        ? numbersIn(backend, tensor)
        : copied(backend, allocate, { tensor, shape })
    );
    run(task, { backend, a: left, b: right, out, low, high });
  });
  return out;
}

/** All numbers of a tensor. */
function numbersIn(backend: WasmBackend, tensor: TensorInfo): Operand {
  const length = util.sizeFromShape(tensor.shape);
  return { address: backend.address(tensor), length };
}

/** Whether a tensor's own numbers, not too short, are it broadcast to `shape`. */
function isUsedAsItIs(tensor: TensorInfo, shape: number[]): boolean {
  const whole = util.sizeFromShape(shape);
  const least = Math.min(whole / FEW_REPETITIONS, MIN_REPEATED_NUMBERS);
  return util.sizeFromShape(tensor.shape) >= least &&
    repeats(tensor.shape, shape);
}

/** A copy of a tensor which, repeated, is the tensor broadcast to `shape`. */
function copied(
  backend: WasmBackend,
  allocate: (bytes: number) => number,
  { tensor, shape }: { tensor: TensorInfo; shape: number[] },
): Operand {
  const { heap } = backend;
  const { address: from, length: own } = numbersIn(backend, tensor);
  const whole = util.sizeFromShape(shape);
  if (!repeats(tensor.shape, shape)) {
    const to = allocate(4 * whole);
    copyInOrder(backend, broadcast(tensor.shape, shape), { from, to });
    return { address: to, length: whole };
  }
  const length = own * Math.ceil(Math.min(whole, MIN_REPEATED_NUMBERS) / own);
  const address = allocate(4 * length);
  const copies = heap.floats(address, length);
  copies.set(heap.floats(from, own));
  for (let there = own; there < length; there *= 2) {
    copies.copyWithin(there, 0, there);
  }
  return { address, length };
}

/** Whether broadcasting to `whole` repeats all the numbers one after the other. */
function repeats(shape: number[], whole: number[]): boolean {
  const added = whole.length - shape.length;
  let axis = 0;
  while (shape[axis] === 1) axis++;
  while (axis < shape.length && shape[axis] === whole[added + axis]) axis++;
  return axis === shape.length;
}

/** The elementwise kernels. */
export const elementwise: KernelConfig[] = [
  ...Object.entries(UNARY).map(([kernelName, task]) =>
    accelerate<Unary>(
      kernelName,
      ({ inputs, backend }) => unary(task, inputs, { backend }),
    )
  ),
  ...Object.entries(BINARY).map(([kernelName, task]) =>
    accelerate<Binary>(
      kernelName,
      ({ inputs, backend }) => binary(task, inputs, { backend }),
    )
  ),
  accelerate<Unary, { alpha: number }>(
    "Step",
    ({ inputs, attrs, backend }) =>
      unary("step", inputs, { backend, low: attrs.alpha }),
  ),
  accelerate<Unary, Clip>(
    "ClipByValue",
    ({ inputs, attrs: { clipValueMin, clipValueMax }, backend }) =>
      unary("clip", inputs, {
        backend,
        low: clipValueMin,
        high: clipValueMax,
      }),
  ),
  accelerate<Unary, Alpha>(
    "LeakyRelu",
    ({ inputs, attrs, backend }) =>
      unary("leakyRelu", inputs, { backend, low: attrs.alpha }),
  ),
  accelerate<Binary, Alpha>(
    "LeakyReluGrad",
    ({ inputs, attrs, backend }) =>
      binary("leakyReluGradient", inputs, { backend, low: attrs.alpha }),
  ),
  accelerate<{ x: TensorInfo; alpha: TensorInfo }>(
    "Prelu",
    ({ inputs: { x, alpha }, backend }) =>
      binary("prelu", { a: x, b: alpha }, { backend }),
  ),
  accelerate<{ dy: TensorInfo; y: TensorInfo }>(
    "EluGrad",
    ({ inputs: { dy, y }, backend }) =>
      hasShape(dy, y.shape)
        ? binary("eluGradient", { a: dy, b: y }, { backend })
        : undefined,
  ),
  accelerate<Binary>("Pow", ({ inputs, backend }) => {
    const { a, b } = inputs;
    const isOne = areFloats(b) && util.sizeFromShape(b.shape) === 1 &&
      b.shape.length <= a.shape.length;
    const exponents = numbersOf(backend, b);
    return isOne && exponents[0] === 2
      ? unary("square", { x: a }, { backend })
      : binary("pow", inputs, { backend });
  }),
  accelerate<TensorInfo[]>("AddN", ({ inputs, backend }) => {
    const [first, second, ...others] = inputs;
    const fits = second && areFloats(...inputs) &&
      inputs.every((each) => hasShape(each, first.shape));
    if (!fits) return undefined;
    const out = binary("add", { a: first, b: second }, { backend })!;
    const length = util.sizeFromShape(out.shape);
    for (const other of others) {
      const a = { address: backend.address(out), length };
      const b = { address: backend.address(other), length };
      run("add", { backend, a, b, out });
    }
    return out;
  }),
  ...Object.entries(BOUNDED).map(([kernelName, task]) =>
    accelerate<Binary, Clip>(
      kernelName,
      ({ inputs, attrs: { clipValueMin, clipValueMax }, backend }) =>
        binary(task, inputs, {
          backend,
          low: clipValueMin,
          high: clipValueMax,
        }),
    )
  ),
];
