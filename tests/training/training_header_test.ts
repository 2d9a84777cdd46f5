/** States whose checksum is right and whose header is not: no training goes on from one. */

import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { useBackend } from "../../lib/backend/mod.ts";
import { sha256 } from "../../lib/data/files.ts";
import { Random } from "../../lib/data/random.ts";
import { fit } from "../../lib/training/fit.ts";
import { inFolder } from "../in_folder.ts";
import { stopped } from "../stopped.ts";

await useBackend();

const COUNT = 12, SIZE = 4;
const random = new Random(1);
const numbers = () =>
  Float32Array.from({ length: COUNT * SIZE }, () => random.uniform());
const noisy = numbers(), clean = numbers();

const optimizers: Record<string, () => tf.Optimizer> = {
  Adadelta: () => tf.train.adadelta(1),
  Adam: () => tf.train.adam(0.01),
  SGD: () => tf.train.sgd(0.01),
};

function build(optimizer: string, metrics = ["mae"]) {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 3, inputShape: [SIZE] }),
      tf.layers.dense({ units: SIZE, activation: "sigmoid" }),
    ],
  });
  model.compile({
    optimizer: optimizers[optimizer](),
    loss: "meanSquaredError",
    metrics,
  });
  return model;
}

// deno-lint-ignore no-explicit-any -- it is what it should not be
type Json = any;

/** One state, in the third epoch of four; and the header of it. */
async function saved(optimizer: string, folder: string) {
  const checkpoint = `${folder}/training`;
  const stop = new AbortController();
  await stopped(fit(build(optimizer), noisy, clean, {
    ...{ epochs: 4, batchSize: 4, checkpoint, signal: stop.signal },
    onBatch: ({ epoch, batch }) => {
      if (epoch === 3 && batch === 2) stop.abort();
    },
  }));
  const names = [...Deno.readDirSync(checkpoint)].map(({ name }) => name)
    .filter((name) => name.endsWith(".bin")).sort();
  await Deno.remove(`${checkpoint}/${names[0]}`);
  const path = `${checkpoint}/${names[1]}`;
  const body = Buffer.from((await Deno.readFile(path)).subarray(65));
  const end = body.indexOf(10);
  const header: Json = JSON.parse(body.toString("utf8", 0, end));
  const payload = body.subarray(end + 1);
  return { checkpoint, path, header, payload };
}

async function write(path: string, header: string, payload: Uint8Array) {
  const body = Buffer.concat([Buffer.from(`${header}\n`), payload]);
  const sum = Buffer.from(`${sha256(body)}\n`);
  await Deno.writeFile(path, Buffer.concat([sum, body]));
}

async function valuesOf(model: tf.LayersModel) {
  const ofOptimizer = await model.optimizer.getWeights();
  return [...model.getWeights(), ...ofOptimizer.map(({ tensor }) => tensor)]
    .map((tensor) => Array.from(tensor.dataSync()));
}

/** Whether a training goes on from the state; else it was named, and nothing touched. */
async function isTaken(
  { checkpoint, path }: { checkpoint: string; path: string },
  optimizer: string,
): Promise<boolean> {
  const model = build(optimizer);
  const before = await valuesOf(model);
  const { numTensors } = tf.memory();
  const options = { epochs: 4, batchSize: 4, checkpoint };
  const bytes = await Deno.readFile(path);
  try {
    // It would train no batch: what is of interest comes before.
    await fit(model, noisy, clean, { ...options, signal: AbortSignal.abort() });
    throw new Error("It has trained");
  } catch (error) {
    const { name, message } = error as Error;
    if (name === "AbortError") return true;
    assert.ok(error instanceof RangeError, String(error));
    assert.ok(message.startsWith(`Cannot go on from "${path}": `), message);
    assert.match(message, /; .*train anew with resume: false$/);
    assert.equal(tf.memory().numTensors, numTensors, message);
    assert.deepEqual(await valuesOf(model), before, message);
    return false;
  } finally {
    await Deno.writeFile(path, bytes);
  }
}

/** Every place in a value: the list of keys that lead to it. */
function placesIn(value: Json): string[][] {
  if (typeof value !== "object" || value === null) return [[]];
  return [
    [],
    ...Object.keys(value).flatMap((key) =>
      placesIn(value[key]).map((rest) => [key, ...rest])
    ),
  ];
}

const NOTHING = Symbol("nothing");
const HOSTILE = [
  ...[NOTHING, null, true, -1, 0.5, 2 ** 53, 1e300, "string", "__proto__"],
  ...["NaN", "int32", [], {}, [-1], [2 ** 31, 2 ** 31], [null]],
];

/** And what looks much like the right value. */
function hostileTo(value: Json): Json[] {
  return typeof value === "number"
    ? [...HOSTILE, value + 1, String(value)]
    : HOSTILE;
}

/** What may differ, since nobody can know it: times, losses and names. */
function mayBe(place: string, value: Json): boolean {
  const isNumber = Number.isFinite(value);
  if (/^state\.sums\.0$|^state\.history\.\d+\.loss$/.test(place)) {
    return isNumber;
  }
  if (place === "state.sums") return value?.length === 2 && value[0] > 1; // two
  // Those may be no finite number, which JSON has as a word.
  if (/^state\.sums\.\d+$|\.(valLoss|mae|valMae)$/.test(place)) {
    return isNumber || value === "NaN";
  }
  if (/^state\.curve\.\d+\.[01]$/.test(place)) return isNumber;
  if (/^state\.curve\.\d+$/.test(place)) return value?.[1] > 1; // two numbers
  // The other of the two is still the rate of the model.
  if (/^state\.rates\.\d$/.test(place)) return isNumber;
  if (/seconds$/.test(place)) return isNumber && value >= 0;
  return /^tensors\.\d+\.name$/.test(place) && typeof value === "string";
}

Deno.test("no hostile value anywhere in a header is taken", () =>
  inFolder(async (folder) => {
    const state = await saved("Adam", folder);
    const { path, header, payload } = state;
    let tried = 0;
    for (const keys of placesIn(header)) {
      const value = keys.reduce((value, key) => value[key], header);
      for (const hostile of hostileTo(value)) {
        const root: Json = { header: structuredClone(header) };
        const all = ["header", ...keys];
        const last = all.pop()!;
        const parent = all.reduce((value, key) => value[key], root);
        const before = JSON.stringify(parent[last]);
        if (hostile === NOTHING) delete parent[last];
        else parent[last] = hostile;
        if (JSON.stringify(parent[last]) === before) continue;
        await write(path, JSON.stringify(root.header) ?? "", payload);
        const place = keys.join(".");
        const taken = await isTaken(state, "Adam");
        const what = `${place}: ${String(hostile)}`;
        assert.equal(taken, mayBe(place, hostile), what);
        tried++;
      }
    }
    assert.ok(tried > 500, `${tried}`);
    await write(path, JSON.stringify(header), payload);
    assert.ok(await isTaken(state, "Adam"));
  }));

for (const optimizer of ["Adadelta", "Adam"]) {
  Deno.test(`${optimizer}: more or fewer tensors or bytes are not taken`, () =>
    inFolder(async (folder) => {
      const state = await saved(optimizer, folder);
      const { path, header, payload } = state;
      const { tensors, weights } = header;
      const moved = tensors.with(6, tensors[7]).with(7, tensors[6]);
      const turned = tensors.with(0, { ...tensors[0], shape: [3, 4] });
      const length = 4 * tf.util.sizeFromShape(tensors.at(-1).shape);
      // What an optimiser keeps before its first step: numbers, and no averages.
      const unstarted = tensors.filter(({ shape }: Json, i: number) =>
        i < weights || shape.length === 0
      );
      const needed = unstarted.reduce(
        (sum: number, { shape }: Json) =>
          sum + 4 * tf.util.sizeFromShape(shape),
        0,
      );
      const others: [Json, Uint8Array][] = [
        [header, payload.subarray(4)],
        [header, Buffer.concat([payload, new Uint8Array(4)])],
        [header, payload.subarray(0, 0)],
        [
          { ...header, tensors: tensors.slice(0, -1) },
          payload.subarray(length),
        ],
        [
          { ...header, tensors: [...tensors, tensors.at(-1)] },
          Buffer.concat([payload, payload.subarray(-length)]),
        ],
        [{ ...header, tensors: unstarted }, payload.subarray(0, needed)],
        [{ ...header, weights: weights + 1 }, payload],
        [{ ...header, weights: tensors.length + 1 }, payload],
        [{ ...header, tensors: moved }, payload], // of other shapes
        [{ ...header, tensors: turned }, payload],
      ];
      for (const [other, bytes] of others) {
        await write(path, JSON.stringify(other), bytes);
        assert.ok(!await isTaken(state, optimizer));
      }
      for (const line of ["", "{", "null", "[]", "[".repeat(1e5)]) {
        await write(path, line, payload);
        assert.ok(!await isTaken(state, optimizer));
      }
    }));
}

Deno.test("tensors of an optimiser that we do not know are tensors, too", () =>
  inFolder(async (folder) => {
    type Kept = Awaited<ReturnType<tf.Optimizer["getWeights"]>>;
    // It has its parent's name, as a class of one's own has that extends tfjs's.
    class Own extends tf.AdadeltaOptimizer {
      #extra = tf.scalar(1);
      override async getWeights() {
        const own = { name: "extra", tensor: this.#extra };
        return [...await super.getWeights(), own] as Kept;
      }
      override setWeights(weights: Kept) {
        return super.setWeights(weights.slice(0, -1));
      }
    }
    optimizers.Own = () => new Own(1, 0.95);
    const state = await saved("Own", folder);
    const { path, header, payload } = state;
    await write(path, JSON.stringify(header), payload);
    assert.ok(await isTaken(state, "Own"));
    const last = header.tensors.at(-1); // of shape [4]
    for (const bad of [{ dtype: "string" }, { shape: [-2, -2] }]) {
      const tensors = header.tensors.with(-1, { ...last, ...bad });
      await write(path, JSON.stringify({ ...header, tensors }), payload);
      assert.ok(!await isTaken(state, "Own"), JSON.stringify(bad));
    }
  }));

Deno.test("keys named as JavaScript's own change no other object", () =>
  inFolder(async (folder) => {
    const state = await saved("Adadelta", folder);
    const evil =
      '"__proto__":{"evil":1},"constructor":{"prototype":{"evil":1}}';
    const line = JSON.stringify(state.header).replaceAll("{", `{${evil},`);
    await write(state.path, line, state.payload);
    assert.ok(await isTaken(state, "Adadelta"));
    assert.equal(({} as Json).evil, undefined);
  }));

Deno.test("a training of another backend is refused, and one of an earlier course", () =>
  inFolder(async (folder) => {
    const state = await saved("SGD", folder);
    const attempt = () =>
      fit(build("SGD"), noisy, clean, {
        ...{ epochs: 4, batchSize: 4, checkpoint: state.checkpoint },
      });
    const { settings } = state.header;
    const writeWith = (backend: string) => {
      const header = { ...state.header, settings: { ...settings, backend } };
      return write(state.path, JSON.stringify(header), state.payload);
    };
    await writeWith("webgpu");
    await assert.rejects(
      attempt,
      /has backend webgpu, not wasm-threads; .*useBackend\("webgpu"\), or train anew with resume: false/,
    );
    const { format: _, ...earlier } = state.header;
    await write(state.path, JSON.stringify(earlier), state.payload);
    await assert.rejects(
      attempt,
      /an earlier version of the course saved it; train anew with resume: false/,
    );
  }));

Deno.test("epochs without validation are NaN again, which JSON cannot write", () =>
  inFolder(async (folder) => {
    const { checkpoint } = await saved("SGD", folder);
    const history = await fit(build("SGD"), noisy, clean, {
      ...{ epochs: 4, batchSize: 4, checkpoint },
    });
    for (const name of ["valLoss", "valMae"]) {
      assert.deepEqual(history.map((row) => row[name]), Array(4).fill(NaN));
    }
  }));

Deno.test("an optimizer that cannot be saved is refused before the training", () =>
  inFolder(async (folder) => {
    optimizers.Adamax = () => tf.train.adamax(0.01);
    let steps = 0;
    await assert.rejects(
      fit(build("Adamax"), noisy, clean, {
        ...{ epochs: 2, batchSize: 4, checkpoint: `${folder}/training` },
        onBatch: () => void steps++,
      }),
      /Cannot save a training with the optimizer "Adamax": .*leave checkpoint out/,
    );
    assert.equal(steps, 0);
  }));
