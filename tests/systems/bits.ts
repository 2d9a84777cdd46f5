/**
 * Prints checksums of what must be the same to the bit on every processor, a
 * line each: data, noise, V8's functions, all kernels of the backend, networks
 * that run as one, and trainings.
 *
 *     deno run -A tests/systems/bits.ts
 */

import * as tf from "@tensorflow/tfjs";
import { createHash } from "node:crypto";
import { useBackend } from "../../lib/backend/mod.ts";
import { loadMnist } from "../../lib/data/mnist.ts";
import { addNoise } from "../../lib/data/noise.ts";
import { Random } from "../../lib/data/random.ts";
import { asOne, randomNetwork } from "../numerics/random_network.ts";
import { Draw } from "../numerics/property/draw.ts";
import { answer, bothWays } from "../numerics/property/fault.ts";
import { generators } from "../numerics/property/kernels.ts";

const CASES = 12, NETWORKS = 6, NUMBERS = 20_000;

/** A line: a name and the checksum of numbers, in which every NaN is one. */
function tell(name: string, all: Iterable<ArrayLike<number>>) {
  const hash = createHash("sha256");
  for (const numbers of all) hash.update(Float64Array.from(numbers, oneNaN));
  console.log(`${name} ${hash.digest("hex").slice(0, 16)}`);
}

/** Which of its NaNs a processor makes is its own affair; no program sees it. */
function oneNaN(x: number): number {
  return Number.isNaN(x) ? NaN : x;
}

const { test: { images, labels } } = await loadMnist({ train: 1, test: 100 });
tell("digits", [images, labels]);
tell("noise", [addNoise(images, { random: new Random(1) })]);

/**
 * V8's functions of one number. Math.atan is left out, and what rests on it:
 * on ARM64 its last bit is another one for a number in 170. Nothing in lib/
 * calls it; tfjs's own kernel Atan does.
 */
const FUNCTIONS = [
  ...["exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "cbrt"],
  ...["sin", "cos", "tan", "asin", "acos", "sinh", "cosh", "tanh"],
  ...["asinh", "acosh", "atanh"],
] as ("exp" | "log")[];
const random = new Random(2);
const anywhere = Float64Array.from(
  { length: NUMBERS },
  () => random.normal() * 2 ** (random.integer(40) - 20),
);
for (const name of FUNCTIONS) {
  tell(`Math.${name}`, [anywhere.map((x) => Math[name](x))]);
}
tell("Math.pow", [anywhere.map((x) => Math.abs(x) ** 1.7)]);

await useBackend("wasm-threads", { threads: 2 });
for (const [name, generator] of Object.entries(generators)) {
  const outputs: ArrayLike<number>[] = [];
  for (let seed = 0; seed < CASES; seed++) {
    const one = generator(new Draw(seed));
    bothWays(() => {
      const { outputs: made } = answer(name, one, "wasm-threads");
      outputs.push(...made.map(({ values }) => values));
      return undefined;
    });
  }
  tell(name, outputs);
}

for (let seed = 0; seed < NETWORKS; seed++) {
  const outputs: ArrayLike<number>[] = [];
  const network = randomNetwork(new Random(seed), 3);
  bothWays(() => {
    const { loss, gradients, prediction } = asOne(network);
    outputs.push([loss], prediction, ...Object.values(gradients));
    return undefined;
  });
  network.model.dispose();
  tf.dispose([network.x, network.y]);
  tell(`network ${seed}`, outputs);
}
