/** How a model runs, in words. */

import {
  add,
  clone,
  engine,
  findBackend,
  getBackend,
  getKernel,
  profile,
  type Scalar,
  sum,
  type Tensor,
  tidy,
  type Variable,
  variableGrads,
} from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { BACKEND, type WasmBackend } from "./backend.ts";
import { innerModel, layersPrototypes } from "./internals/layers.ts";
import { predictsAsOne } from "./network/layers.ts";

/** What a layer, or the way back through all of them, asked of the backend. */
interface Part {
  name: string;
  kernels: { name: string; isPlain: boolean }[];
  /** Why the way back ended. */
  error?: string;
}

/** Kernels that give a tensor another shape or name, and move no number: not told. */
const RENAMING = ["Identity", "Reshape"];

/**
 * Tells how a model runs on the backend "wasm-threads": as one network, or layer by
 * layer, with the kernels of each layer and of the gradients of all weights. Names
 * those kernels that are tfjs's own: plain JavaScript, on one thread.
 *
 * To find out, it runs the model once on `inputs` as training does (a tensor, or one
 * for each input of the model: a batch of one is enough), and computes the gradients
 * of the sum of its outputs. Afterwards all weights are as before, and stateful layers
 * begin anew.
 *
 * @example
 * ```ts
 * console.log(await explain(model, tf.zeros([1, 28, 28, 1])));
 * ```
 *
 * @throws {RangeError} when the model has another number of inputs.
 * @throws {Error} when another backend is in use, or an input does not fit.
 */
export async function explain(
  model: LayersModel,
  inputs: Tensor | Tensor[],
): Promise<string> {
  if (getBackend() !== BACKEND) {
    throw new Error(
      `Cannot explain how "${model.name}" runs: the backend is ` +
        `"${getBackend()}"; call useBackend("${BACKEND}") first`,
    );
  }
  const [first, ...others] = [inputs].flat();
  if (!first || others.length + 1 !== model.inputs.length) {
    throw new RangeError(
      `Cannot explain how "${model.name}" runs: its inputs are ` +
        `${model.inputs.length}, and ${[inputs].flat().length} were given`,
    );
  }
  if (predictsAsOne(innerModel(model), first)) {
    return `"${model.name}" runs as one network: each thread takes a few images ` +
      `at a time through all layers. So does its training, where the loss is ` +
      `"binaryCrossentropy" alone, without metrics, and all weights learn.`;
  }
  const parts = await partsOf(model, inputs);
  const all = parts.flatMap(({ kernels }) => kernels);
  const plain = all.filter(({ isPlain }) => isPlain);
  return [
    `"${model.name}" runs layer by layer:`,
    "",
    ...parts.map(({ name, kernels, error }) =>
      `${name}: ${error ?? inWords(kernels)}`
    ),
    "",
    plain.length === 0
      ? `All of its ${all.length} kernels run in WebAssembly.`
      : `Of its ${all.length} kernels these are tfjs's own, in JavaScript on ` +
        `one thread: ${inWords(plain)}.`,
  ].join("\n");
}

/** Runs the model forward and back. A part is a layer, and the last part the way back. */
async function partsOf(
  model: LayersModel,
  inputs: Tensor | Tensor[],
): Promise<Part[]> {
  const parts: Part[] = [], failures: unknown[] = [];
  // All that is changed is put back before anything else can run. And a profile that
  // throws would never end.
  await profile(() => {
    const backend = findBackend(BACKEND) as WasmBackend;
    const { layer } = layersPrototypes(), { apply } = layer;
    // A forward pass of training moves the averages of batch normalisation.
    const before = model.nonTrainableWeights.map((weight) => ({
      weight,
      value: clone(weight.read()),
    }));
    /** Kernels, by their number, that are left to tfjs's plain ones. */
    const left = new Map<number, string>();
    backend.onPlainKernel = (name) => void left.set(made().length, name);
    const since = (start: number) =>
      made().slice(start).map(({ name }, i) => ({
        name,
        isPlain: isOwnOfTfjs(name) || left.get(start + i) === name,
      })).filter(({ name }) => isKernel(name) && !RENAMING.includes(name));
    // Layers are applied within the model, and perhaps in one another.
    let depth = 0;
    layer.apply = function (...args) {
      const start = made().length;
      depth++;
      try {
        return apply.apply(this, args);
      } finally {
        depth--;
        if (depth === 1) parts.push({ name: this.name, kernels: since(start) });
      }
    };
    try {
      const { end, error } = tidy(() => runBothWays(model, inputs)) as Ended;
      if (end !== undefined) {
        parts.push({ name: "gradients", kernels: since(end), error });
      }
    } catch (error) {
      failures.push(error);
    } finally {
      layer.apply = apply;
      backend.onPlainKernel = undefined;
      for (const { weight, value } of before) {
        weight.write(value);
        value.dispose();
      }
      if (model.stateful) model.resetStates();
    }
  });
  if (failures.length > 0) throw failures[0];
  return parts;
}

/** How many kernels had run when the way back began, and why it ended early. */
type Ended = { end?: number; error?: string };

function runBothWays(model: LayersModel, inputs: Tensor | Tensor[]): Ended {
  const weights = model.trainableWeights
    .map((weight) => weight.read() as Variable);
  let end: number | undefined;
  const run = () => {
    const outputs = model.apply(inputs, { training: true });
    const total = [outputs].flat()
      .map((output) => sum(output as Tensor))
      .reduce((total, one) => add(total, one)) as Scalar;
    end = made().length;
    return total;
  };
  if (weights.length === 0) {
    run();
    return {};
  }
  try {
    variableGrads(run, weights);
    return { end };
  } catch (error) {
    if (end === undefined) throw error;
    return { end, error: `none, since ${(error as Error).message}` };
  }
}

/** The kernels that have run in a profile, and names of what stands for several. */
const made = () => engine().state.activeProfile.kernels;

function isKernel(name: string): boolean {
  return getKernel(name, BACKEND) !== undefined;
}

function isOwnOfTfjs(kernel: string): boolean {
  return getKernel(kernel, BACKEND)?.kernelFunc ===
    getKernel(kernel, "cpu")?.kernelFunc;
}

/** "2 Add, Relu" */
function inWords(kernels: Part["kernels"]): string {
  const counts = Map.groupBy(kernels, ({ name }) => name);
  const words = [...counts].map(([name, { length }]) =>
    length === 1 ? name : `${length} ${name}`
  );
  return words.join(", ") || "no kernel";
}
