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
  kernels: string[];
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
 * of the sum of its outputs. Afterwards all weights are as before.
 *
 * @example
 * ```ts
 * console.log(await explain(model, tf.zeros([1, 28, 28, 1])));
 * ```
 *
 * @throws {Error} when another backend is in use, or the inputs do not fit the model.
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
  if (predictsAsOne(innerModel(model), [inputs].flat()[0])) {
    return `"${model.name}" runs as one network: each thread takes a few images ` +
      `at a time through all layers. So does its training, where the loss is ` +
      `"binaryCrossentropy" alone, without metrics, and all weights learn.`;
  }
  const { parts, left } = await partsOf(model, inputs);
  const all = parts.flatMap(({ kernels }) => kernels);
  const plain = all.filter((kernel) =>
    isPlain(kernel) || left.includes(kernel)
  );
  return [
    `"${model.name}" runs layer by layer:`,
    "",
    ...parts.map(({ name, kernels, error }) =>
      `${name}: ${error ?? inWords(kernels)}`
    ),
    "",
    plain.length === 0
      ? `All of its ${all.length} kernels run in WebAssembly.`
      : `${plain.length} of its ${all.length} kernels are tfjs's own, in ` +
        `JavaScript on one thread: ${[...new Set(plain)].join(", ")}.`,
  ].join("\n");
}

/**
 * Runs the model forward and back. A part is a layer, and the last part the way back;
 * `left` names kernels that were left to tfjs's plain ones.
 */
async function partsOf(
  model: LayersModel,
  inputs: Tensor | Tensor[],
): Promise<{ parts: Part[]; left: string[] }> {
  const parts: Part[] = [], left: string[] = [];
  // All that is changed is put back before anything else can run.
  await profile(() => {
    const backend = findBackend(BACKEND) as WasmBackend;
    const { layer } = layersPrototypes(), { apply } = layer;
    // A forward pass of training moves the averages of batch normalisation.
    const before = model.nonTrainableWeights.map((weight) => ({
      weight,
      value: clone(weight.read()),
    }));
    backend.leftToPlain = left;
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
      tidy(() => runBothWays(model, { inputs, parts }));
    } finally {
      layer.apply = apply;
      backend.leftToPlain = undefined;
      for (const { weight, value } of before) {
        weight.write(value);
        value.dispose();
      }
    }
  });
  return { parts, left };
}

function runBothWays(
  model: LayersModel,
  { inputs, parts }: { inputs: Tensor | Tensor[]; parts: Part[] },
) {
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
  if (weights.length === 0) return void run();
  const back: Part = { name: "gradients", kernels: [] };
  try {
    variableGrads(run, weights);
  } catch (error) {
    if (end === undefined) throw error;
    back.error = `none, since ${(error as Error).message}`;
  }
  back.kernels = since(end!);
  parts.push(back);
}

/** The kernels that have run in a profile. */
const made = () => engine().state.activeProfile.kernels;

/** The kernels since so many had run, without those that only rename. */
const since = (start: number) =>
  made().slice(start).map(({ name }) => name)
    .filter((name) => !RENAMING.includes(name));

/** Whether a kernel is tfjs's own. */
function isPlain(kernel: string): boolean {
  return getKernel(kernel, BACKEND)?.kernelFunc ===
    getKernel(kernel, "cpu")?.kernelFunc;
}

/** "2 Add, Relu" */
function inWords(kernels: string[]): string {
  const counts = Map.groupBy(kernels, (kernel) => kernel);
  const words = [...counts].map(([kernel, { length }]) =>
    length === 1 ? kernel : `${length} ${kernel}`
  );
  return words.join(", ") || "no kernel";
}
