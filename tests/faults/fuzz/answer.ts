/** What a backend answers to a call. */

import * as tf from "@tensorflow/tfjs";
import type { WasmBackend } from "../../../lib/backend/backend.ts";
import type { BackendName } from "../../../lib/backend/mod.ts";
import { Draw } from "../../numerics/property/draw.ts";
import type { Call } from "./call.ts";
import {
  type Argument,
  type Drawn,
  drawnOf,
  isDrawn,
  type View,
} from "./draw.ts";
import { functionOf } from "./operations.ts";

type Numbers = ArrayLike<number | string>;

/** Tensors and plain numbers that a call gave, or why it gave none. */
export interface Answer {
  outputs: { shape: number[]; dtype: string; values: Numbers }[];
  /** What it threw, in words: an error may lose its name between threads. */
  error?: string;
  /** What it did to memory: some is not given back, or is another's. */
  harm?: string;
}

/** The numbers that a drawn tensor holds. */
function valuesOf({ shape, dtype, kind, seed }: Drawn): number[] {
  const draw = new Draw(seed), length = tf.util.sizeFromShape(shape);
  const next = {
    whole: () => draw.between(-4, 4),
    normal: () => draw.normal(),
    unit: () => draw.uniform(),
    index: () => draw.between(0, 4),
    sorted: () => draw.between(0, 9),
    special: () =>
      draw.once(4)
        ? draw.pick([NaN, Infinity, -Infinity, -0])
        : draw.between(-4, 4),
  }[kind];
  const values = Array.from({ length }, next);
  if (kind === "sorted") values.sort((a, b) => a - b);
  if (dtype === "bool") return values.map((value) => Number(value > 0));
  return dtype === "int32" ? values.map(Math.trunc) : values;
}

function tensorOf(drawn: Drawn): tf.Tensor {
  const { shape, dtype, view } = drawn;
  const values = valuesOf(drawn);
  if (dtype === "complex64") {
    const floats = Float32Array.from(values);
    return tf.complex(
      tf.tensor(floats, shape),
      tf.tensor(floats.toReversed(), shape),
    );
  }
  if (dtype === "string") return tf.tensor(values.map(String), shape, dtype);
  return view
    ? viewOf(values, { shape, dtype, view })
    : tf.tensor(values, shape, dtype);
}

/** The tensor of these numbers as a view of another's. */
function viewOf(
  values: number[],
  { shape, dtype, view }: { shape: number[]; dtype: tf.DataType; view: View },
): tf.Tensor {
  if (view === "cast") {
    return tf.tensor(values.map(Math.trunc), shape, "int32").cast(dtype);
  }
  // An operation's, so that on our backend they lie where its kernels write.
  const made = (values: number[], shape?: number[]) =>
    dtype === "float32"
      ? tf.neg(tf.tensor1d(values.map((value) => -value))).reshape(
        shape ?? [values.length],
      )
      : tf.tensor(values, shape, dtype);
  if (view === "slice") {
    return made([7, ...values, 7]).slice(1, values.length).reshape(shape);
  }
  return view === "clone"
    ? made(values, shape).clone()
    : made(values).reshape(shape);
}

/** Gives the one tensor of all that are drawn alike. */
function madeOnce(): (drawn: Drawn) => tf.Tensor {
  const made = new Map<string, tf.Tensor>();
  return (drawn) => {
    const key = JSON.stringify(drawn);
    if (!made.has(key)) made.set(key, tensorOf(drawn));
    return made.get(key)!;
  };
}

/** The arguments with what `make` makes of each drawn tensor in its place. */
function filled(
  argument: Argument,
  make: (drawn: Drawn) => tf.Tensor,
): unknown {
  if (isDrawn(argument)) return make(argument);
  if (Array.isArray(argument)) {
    return argument.map((part) => filled(part, make));
  }
  if (typeof argument !== "object" || argument === null) return argument;
  return Object.fromEntries(
    Object.entries(argument).map(([name, part]) => [name, filled(part, make)]),
  );
}

/** The outputs of a call added up, each weighted otherwise, and its floats. */
export function lossOf({ name, arguments: arguments_ }: Call) {
  const floats = new Map(
    drawnOf(arguments_).filter(({ dtype }) => dtype === "float32")
      .map((drawn) => [JSON.stringify(drawn), drawn]),
  );
  const names = [...floats.keys()];
  const loss = (...xs: tf.Tensor[]) => {
    const other = madeOnce();
    const parts = filled(
      arguments_,
      (drawn) => xs[names.indexOf(JSON.stringify(drawn))] ?? other(drawn),
    );
    const answers = tensorsOf(functionOf(name)(...parts as unknown[]));
    if (answers.length === 0) throw new TypeError("no tensor");
    return tf.addN(answers.map((answer) => {
      const weights = tf.cos(tf.range(0, answer.size, 1, "float32"));
      return tf.sum(tf.mul(answer, weights.reshape(answer.shape)));
    }));
  };
  return { loss, xs: [...floats.values()].map(tensorOf) };
}

/** The gradients by all tensors of floats. */
function gradients(call: Call): tf.Tensor[] {
  const { loss, xs } = lossOf(call);
  return tf.grads(loss)(xs);
}

/** The tensors in whatever an operation gave. */
function tensorsOf(given: unknown): tf.Tensor[] {
  if (given instanceof tf.Tensor) return [given];
  return typeof given === "object" && given !== null
    ? Object.values(given).flatMap(tensorsOf)
    : [];
}

/** Tensors and numbers in whatever an operation gave. */
function outputsOf(given: unknown): Answer["outputs"] {
  if (given instanceof tf.Tensor) {
    const { shape, dtype } = given;
    return [{ shape: [...shape], dtype, values: given.dataSync() as Numbers }];
  }
  if (typeof given === "object" && given !== null) {
    return Object.values(given).flatMap(outputsOf);
  }
  return [{ shape: [], dtype: typeof given, values: [Number(given)] }];
}

/** What is in use: tensors, and bytes of shared memory. */
function inUse() {
  const { heap } = tf.engine().backend as Partial<WasmBackend>;
  return { tensors: tf.memory().numTensors, bytes: heap?.usedBytes ?? 0 };
}

/** Makes the call on a backend that is started. */
export async function answer(call: Call, on: BackendName): Promise<Answer> {
  await tf.setBackend(on);
  const before = inUse();
  const result: Answer = { outputs: [] };
  const engine = tf.engine();
  engine.startScope();
  try {
    const given = call.hasGradient ? gradients(call) : functionOf(call.name)(
      ...filled(call.arguments, madeOnce()) as unknown[],
    );
    result.outputs = outputsOf(await given);
  } catch (error) {
    result.error = `${error}`;
  } finally {
    engine.endScope();
  }
  const after = inUse();
  if (after.tensors !== before.tensors || after.bytes !== before.bytes) {
    result.harm = `${after.tensors - before.tensors} tensors and ` +
      `${after.bytes - before.bytes} bytes are kept`;
  }
  return result;
}
