/** Calls recurrent layers on our backend and on tfjs's own, and counts their kernels. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { type BackendName, useBackend } from "../../../lib/backend/mod.ts";
import { Random } from "../../../lib/data/random.ts";
import { countRuns } from "../runs.ts";

/** Kinds of recurrent layers, by tfjs's names. */
export type Kind = "lstm" | "gru" | "simpleRNN";
/** What such a layer may be made with. */
export type Settings =
  & Omit<Parameters<typeof tf.layers.lstm>[0], "units" | "cell">
  & { units: number };

/** Sizes of the inputs, [batch, time, inputs], and of the state. */
export interface Sizes {
  batch: number;
  time: number;
  inputs: number;
  units: number;
}

export const KINDS: Kind[] = ["lstm", "gru", "simpleRNN"];
/** Activations that the kernels know. */
export const ACTIVATIONS = [
  ...["linear", "relu", "tanh", "sigmoid", "hardSigmoid"] as const,
];

/** Normally distributed random numbers, of a standard deviation of `size`. */
export function normal(random: Random, shape: number[], size = 1): tf.Tensor {
  const length = tf.util.sizeFromShape(shape);
  const values = Float32Array.from(
    { length },
    () => size * random.normal(),
  );
  return tf.tensor(values, shape);
}

/** What to do beside calling the layer on floats. */
export interface Call {
  sizes: Sizes;
  settings?: Omit<Settings, "units">;
  /** Whether the first state is given. */
  hasState?: boolean;
  /** What share of the steps is masked. */
  masked?: number;
  training?: boolean;
}

/**
 * All outputs of a layer whose weights are random, and the gradients of a sum of them,
 * each with a factor of its own, by the inputs, the first state and the weights. On the
 * current backend where none is named.
 */
export async function outputsAndGradients(
  backend: BackendName | undefined,
  kind: Kind,
  { sizes, settings, hasState, masked = 0, training }: Call,
): Promise<Float32Array[]> {
  if (backend) await useBackend(backend);
  const random = new Random(1), { batch, time, inputs, units } = sizes;
  return tf.tidy(() => {
    const layer = tf.layers[kind]({
      ...{ units, recurrentInitializer: "zeros" },
      ...settings,
    } as Settings);
    const x = tf.variable(normal(random, [batch, time, inputs]));
    const states = [0, 1].slice(0, kind === "lstm" ? 2 : 1)
      .map(() => tf.variable(normal(random, [batch, units])));
    layer.build([batch, time, inputs]);
    layer.setWeights(
      layer.weights.map(({ shape }) =>
        normal(random, shape as number[], 1 / Math.sqrt(units))
      ),
    );
    const isKept = Float32Array.from(
      { length: batch * time },
      () => Number(random.integer(1_000) >= 1_000 * masked),
    );
    const flags = {
      training,
      ...hasState && { initialState: states },
      ...masked && { mask: tf.tensor(isKept, [batch, time]).toBool() },
    };
    const factors = new Random(2);
    const outputs: tf.Tensor[] = [];
    const { grads } = tf.variableGrads(() => {
      outputs.push(...[layer.call(x, flags)].flat().map(tf.keep));
      return tf.addN(
        outputs.map((y) => y.mul(normal(factors, y.shape)).sum()),
      ) as tf.Scalar;
    });
    // Names count on from backend to backend; their order does not change.
    const all = [...outputs, ...Object.values(grads)];
    const values = all.map((tensor) => tensor.dataSync() as Float32Array);
    tf.dispose(outputs);
    tf.dispose([x, ...states]);
    layer.weights.forEach((weight) => weight.dispose());
    return values;
  });
}

/** How often each of the two kernels runs while `use` does. */
export function runsOf(use: () => unknown): Promise<number[]> {
  return countRuns(["RecurrentSequence", "RecurrentSequenceGrad"], use);
}

/** Asserts that a call is the same on both backends, and how often the kernels run. */
export async function assertSame(
  kind: Kind,
  call: Call,
  wantedRuns: [number, number] = [1, 1],
) {
  await useBackend("wasm-threads");
  const plain = await outputsAndGradients("cpu", kind, call);
  const runs = await runsOf(async () => {
    const ours = await outputsAndGradients("wasm-threads", kind, call);
    const what = `${kind} ${JSON.stringify(call)}`;
    assert.equal(ours.length, plain.length, what);
    ours.forEach((values, i) => assertClose(values, plain[i], `${what}: ${i}`));
  });
  assert.deepEqual(runs, wantedRuns);
}

/** Asserts that numbers are equal to 1e-5 of the largest, or of 1. */
export function assertClose(a: Float32Array, b: Float32Array, what: string) {
  assert.equal(a.length, b.length, what);
  const size = b.reduce((max, value) => Math.max(max, Math.abs(value)), 1);
  a.forEach((value, i) => {
    assert.ok(
      Math.abs(value - b[i]) <= 1e-5 * size,
      `${what}: ${value} ${b[i]}`,
    );
  });
}

export const SIZES: Sizes[] = [
  // tfjs has no gradient of a single step.
  { batch: 1, time: 2, inputs: 1, units: 1 },
  { batch: 3, time: 4, inputs: 2, units: 3 },
  { batch: 13, time: 5, inputs: 7, units: 18 },
  { batch: 29, time: 6, inputs: 5, units: 33 },
];

/** Three sequences of four steps, and enough for several chunks. */
export const [, SMALL, , LARGE] = SIZES;
