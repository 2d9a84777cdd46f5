/**
 * Times our backend beside Keras and PyTorch, in turns, on the same data, with
 * the same first weights and as many threads:
 * `deno task bench [--rounds 10] [lstm unet ...]`.
 *
 * Nothing is timed before all contestants' first losses agree. Results go to
 * bench/results/: a table, a chart and every single time.
 */

import * as tf from "@tensorflow/tfjs";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { useBackend } from "../lib/backend/mod.ts";
import { addNoise, loadMnist, oneHot, Random } from "../lib/mod.ts";
import { readArguments, wholeNumber } from "../tools/arguments.ts";
import { kernelEnvironment } from "../tools/flags.ts";
import { makeVenv } from "../tools/python.ts";
import { ROOT, venvPython } from "../tools/system.ts";
import type { Contestant } from "./contestant.ts";
import { NETWORKS } from "./networks.ts";
import { ALL_NETWORKS } from "./unseen_networks.ts";
import type { Request } from "./ours.ts";
import {
  contestantsTable,
  hasVectors,
  type Measurement,
  ratiosTable,
  report,
} from "./report.ts";
import { scaling } from "./scaling.ts";

const THREADS = navigator.hardwareConcurrency;
const BATCH = 128;
/** First losses may differ by this, relative; they are sums in other orders. */
const TOLERANCE = 1e-3;
/** Rows, depth and columns of a product that is large enough to be fast. */
const PRODUCT: [number, number, number] = [3072, 256, 256];
/** Steps that a contestant makes in its turn. */
const STEPS = 10;

/** What peers.py calls them. */
const PEERS: Record<string, string> = {
  "PyTorch, channels_last": "torch",
  "PyTorch, default layout": "torch_default",
  "PyTorch, torch.compile": "torch_compile",
  "Keras on TensorFlow": "keras",
};

/**
 * Holds the peers' kernels to the 256 bits that WebAssembly has, as on a machine
 * without AVX-512. (torch.compile cannot be held so.)
 */
const AVX2 = { ONEDNN_MAX_CPU_ISA: "AVX2", ATEN_CPU_CAPABILITY: "avx2" };
const HELD = ", held to AVX2";

/** Who takes part, and in which networks. */
const CONTESTANTS = [
  "ours",
  "ours, plain flags",
  ...Object.keys(PEERS),
  ...(hasVectors("avx512f")
    ? [
      "PyTorch, channels_last",
      "PyTorch, default layout",
      "Keras on TensorFlow",
    ]
    : []).map((name) => name + HELD),
];

function takesPart(name: string, network: string): boolean {
  return network === "autoencoder" ||
    !/Keras|compile/.test(name);
}

type Shapes = Pick<Contestant, "input" | "target" | "words">;

/** What makes our own backend as fast as in the course's kernel. */
const fast = await kernelEnvironment();

/** A running contestant; one request at a time. */
class Process {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor(readonly name: string, folder: string) {
    const isHeld = name.endsWith(HELD);
    const peer = PEERS[isHeld ? name.slice(0, -HELD.length) : name];
    const command = peer ? venvPython("bench/") : Deno.execPath();
    const args = peer
      ? ["bench/peers.py", peer, folder, `${THREADS}`]
      : ["run", "-A", "bench/ours.ts", folder, `${THREADS}`];
    const { DENO_V8_FLAGS: _, ...plain } = Deno.env.toObject();
    const own = name === "ours" ? fast : isHeld ? AVX2 : {};
    this.#child = new Deno.Command(command, {
      args,
      clearEnv: true,
      env: { ...plain, ...own },
      cwd: ROOT,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    const input = Readable.fromWeb(this.#child.stdout as never);
    this.#lines = createInterface({ input })[Symbol.asyncIterator]();
  }

  async ask(request: Request): Promise<{
    ms: number[];
    loss: number[];
    megabytes: number;
  }> {
    const line = new TextEncoder().encode(JSON.stringify(request) + "\n");
    await this.#writer.write(line);
    const { value, done } = await this.#lines.next();
    if (done) {
      throw new Error(
        `Cannot time "${this.name}": it ended at "${request.do}"`,
      );
    }
    return JSON.parse(value);
  }

  async end() {
    await this.#writer.close();
    await this.#child.status;
  }
}

/** Writes each network's batch and first weights, and the images to predict. */
async function writeInputs(
  folder: string,
  networks: string[],
): Promise<Record<string, Shapes>> {
  const all: Record<string, Shapes> = {};
  await useBackend();
  const write = (name: string, values: Float32Array) =>
    Deno.writeFile(`${folder}/${name}`, new Uint8Array(values.buffer));
  const { train, test } = await loadMnist({ train: BATCH });
  const random = new Random(1);
  const noisy = addNoise(train.images, { random });
  await write("images", addNoise(test.images, { random }));
  for (const name of networks) {
    const { models, batch, input, target, words } = ALL_NETWORKS[name]();
    all[name] = { input, target, words };
    const weights = models.flatMap(({ trainableWeights }) => trainableWeights)
      .map((weight) => weight.read().flatten());
    await write(
      `${name}.weights`,
      await tf.concat(weights).data() as Float32Array,
    );
    const length = batch * tf.util.sizeFromShape(input);
    const uniform = () => random.uniform() * (words ?? 1);
    const isOfDigits = length === noisy.length;
    const x = isOfDigits ? noisy : Float32Array.from({ length }, uniform);
    await write(`${name}.x`, words ? x.map(Math.floor) : x);
    const labels = train.labels.subarray(0, batch);
    const size = tf.util.sizeFromShape(target);
    await write(
      `${name}.y`,
      size === 784
        ? train.images
        : size === 10
        ? oneHot(labels)
        : Float32Array.from(
          { length: batch * size },
          () => name === "variational" ? random.normal() : random.uniform(),
        ),
    );
  }
  return all;
}

/** First losses of all, which must agree; then times, in turns. */
async function measure(
  processes: Process[],
  { network, rounds, shapes }: {
    network: string;
    rounds: number;
    shapes: Shapes;
  },
): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  // The autoencoder answers 10,000 images at once, and the others a batch.
  const predictions = network === "autoencoder" ? 1 : STEPS;
  for (const process of processes) {
    await process.ask({ do: "load", network, ...shapes });
    const { loss } = await process.ask({ do: "step", count: 3 });
    const { name } = process;
    const times = { ms: [], predict: [] };
    measurements.push({ name, network, loss, ...times, megabytes: 0 });
  }
  const [{ loss: first }] = measurements;
  for (const { name, loss } of measurements) {
    const off = Math.max(...loss.map((x, i) => Math.abs(x / first[i] - 1)));
    if (off > TOLERANCE && network !== "gru") {
      throw new Error(
        `Cannot time "${name}" on ${network}: its first losses ${loss} are ` +
          `not ours, ${first}`,
      );
    }
  }
  for (const process of processes) {
    await process.ask({ do: "step", count: 40 });
    await process.ask({ do: "predict", count: predictions });
  }
  for (let round = 0; round < rounds; round++) {
    console.log(`${network}  round ${round + 1} of ${rounds}`);
    for (const [i, process] of processes.entries()) {
      const { ms } = await process.ask({ do: "step", count: STEPS });
      measurements[i].ms.push(...ms);
      const predicted = await process.ask({
        do: "predict",
        count: predictions,
      });
      measurements[i].predict.push(...predicted.ms);
    }
  }
  for (const [i, process] of processes.entries()) {
    const { megabytes } = await process.ask({ do: "memory" });
    measurements[i].megabytes = megabytes;
  }
  return measurements;
}

/**
 * GFLOP/s of our product of large matrices at its best, which no direct
 * convolution of ours can pass; `folder` is where the inputs are.
 */
async function measurePeak(folder: string): Promise<number> {
  const process = new Process("ours", folder);
  const { ms } = await process.ask({
    do: "product",
    sizes: PRODUCT,
    count: 400,
  });
  await process.end();
  const [m, k, n] = PRODUCT;
  return 2 * m * k * n / Math.min(...ms) / 1e6;
}

/** Peak memory in MB after ten epochs of 60,000 images, by contestant. */
async function measureMemory(
  folder: string,
  shapes: Shapes,
): Promise<Record<string, number>> {
  const peaks: Record<string, number> = {};
  for (const name of ["ours", "Keras on TensorFlow"]) {
    console.log(`ten epochs of ${name}, for their memory`);
    const process = new Process(name, folder);
    const network = "autoencoder";
    await process.ask({ do: "load", network, ...shapes });
    await process.ask({ do: "train", epochs: 10 });
    peaks[name] = (await process.ask({ do: "memory" })).megabytes;
    await process.end();
  }
  return peaks;
}

/** All networks, or only those named; then nothing is written. */
async function compare(rounds: number, names: string[]) {
  const unknown = names.find((name) => !(name in ALL_NETWORKS));
  if (unknown) {
    throw new RangeError(
      `Cannot time "${unknown}": the networks are ${
        Object.keys(ALL_NETWORKS).join(", ")
      }`,
    );
  }
  await makeVenv("bench/", "Keras and PyTorch (some minutes)");
  const folder = await Deno.makeTempDir();
  const networks = names.length ? names : Object.keys(NETWORKS);
  const all = await writeInputs(folder, networks);
  const peak = await measurePeak(folder);
  const measurements: Measurement[] = [];
  for (const network of networks) {
    const processes = CONTESTANTS.filter((name) => takesPart(name, network))
      .map((name) => new Process(name, folder));
    const shapes = all[network];
    const measured = await measure(processes, { network, rounds, shapes });
    measurements.push(...measured);
    console.log(contestantsTable(measured, peak));
    for (const process of processes) await process.end();
  }
  console.log(ratiosTable(measurements));
  if (names.length) return await Deno.remove(folder, { recursive: true });
  const memory = await measureMemory(folder, all.autoencoder);
  await Deno.remove(folder, { recursive: true });
  await report(measurements, {
    threads: THREADS,
    peak,
    memory,
    scaling: await scaling(THREADS),
  });
}

if (import.meta.main) {
  const usage = "deno task bench [--rounds NUMBER] [NETWORK ...]";
  const { values, positionals } = readArguments(usage, {
    options: { rounds: { type: "string", default: "10" } },
    most: Infinity,
  });
  await compare(wholeNumber(values.rounds, 1), positionals);
}
