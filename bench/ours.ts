/**
 * Our side of the bench; asked by lines of JSON, and answers, like peers.py:
 *
 *     deno run -A bench/ours.ts FOLDER THREADS
 */

import * as tf from "@tensorflow/tfjs";
import { stdin } from "node:process";
import { createInterface } from "node:readline";
import { readArguments } from "../tools/arguments.ts";
import { useBackend } from "../lib/backend/mod.ts";
import { fit } from "../lib/training/fit.ts";
import type { Contestant } from "./contestant.ts";
import { ALL_NETWORKS } from "./unseen_networks.ts";

const { positionals: [folder, threads] } = readArguments(
  "deno run -A bench/ours.ts FOLDER THREADS",
  { least: 2 },
);

/** What compare.ts asks of a contestant. */
export type Request =
  | { do: "load"; network: string }
    & Pick<
      Contestant,
      "input" | "target" | "words"
    >
  | { do: "step" | "predict"; count: number }
  | { do: "memory" }
  | { do: "product"; sizes: [m: number, k: number, n: number]; count: number }
  | { do: "train"; epochs: number };

async function read(name: string): Promise<Float32Array> {
  return new Float32Array((await Deno.readFile(`${folder}/${name}`)).buffer);
}

function setWeights(models: tf.LayersModel[], values: Float32Array) {
  let start = 0;
  for (const weight of models.flatMap((model) => model.trainableWeights)) {
    const { shape } = weight, size = tf.util.sizeFromShape(shape as number[]);
    const tensor = tf.tensor(
      values.slice(start, start += size),
      shape as number[],
    );
    weight.write(tensor);
    tensor.dispose();
  }
}

let contestant: Contestant, x: Float32Array, y: Float32Array;
/** What is predicted. */
let inputs: Float32Array;

async function answer(request: Request): Promise<object> {
  if (request.do === "load") {
    contestant = ALL_NETWORKS[request.network]();
    setWeights(contestant.models, await read(`${request.network}.weights`));
    x = await read(`${request.network}.x`);
    y = await read(`${request.network}.y`);
    inputs = request.network === "autoencoder" ? await read("images") : x;
    return {};
  }
  if (request.do === "step") {
    const ms: number[] = [], loss: number[] = [];
    for (let step = 0; step < request.count; step++) {
      const start = performance.now();
      loss.push(await contestant.step(x, y));
      ms.push(performance.now() - start);
    }
    return { ms, loss };
  }
  if (request.do === "predict") {
    const ms: number[] = [];
    for (let call = 0; call < request.count; call++) {
      const start = performance.now();
      await contestant.predict(inputs);
      ms.push(performance.now() - start);
    }
    return { ms };
  }
  if (request.do === "train") {
    const images = await read("images");
    const many = new Float32Array(6 * images.length);
    for (let copy = 0; copy < 6; copy++) many.set(images, copy * images.length);
    const options = { epochs: request.epochs, batchSize: 128 };
    const history = await fit(contestant.models[0], many, many, options);
    return { loss: history.map(({ loss }) => loss) };
  }
  if (request.do === "product") {
    const [m, k, n] = request.sizes;
    const a = tf.ones([m, k]), b = tf.ones([k, n]);
    const ms = Array.from({ length: request.count }, () => {
      const start = performance.now();
      tf.matMul(a, b).dispose();
      return performance.now() - start;
    });
    tf.dispose([a, b]);
    return { ms };
  }
  const status = await Deno.readTextFile("/proc/self/status");
  const [, kilobytes] = status.match(/VmHWM:\s+(\d+)/)!;
  return { megabytes: Number(kilobytes) / 1024 };
}

if (import.meta.main) {
  await useBackend("wasm-threads", { threads: Number(threads) });
  for await (const line of createInterface({ input: stdin })) {
    console.log(JSON.stringify(await answer(JSON.parse(line))));
  }
}
