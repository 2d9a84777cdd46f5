/**
 * Where a training stands, on the disk: weights, the optimizer's state, and how
 * far it is. A training that goes on from there ends with the same bits.
 */

import * as tf from "@tensorflow/tfjs";
import { Buffer } from "node:buffer";
import {
  patiently,
  readOwn,
  removeFile,
  sha256,
  writeWhole,
  writing,
} from "../data/files.ts";
import type { EpochEvent } from "./events.ts";
import type { TrainingSettings, TrainingState } from "./training_state.ts";
import { metricNames, valName } from "./metric_names.ts";
import {
  accumulators,
  FORMAT,
  type Header,
  numberOf,
  readHeader,
  type TensorEntry,
} from "./saved_header.ts";

// Kept from before any cell runs, since a cell may declare these names itself.
const { TextDecoder, TextEncoder } = globalThis;

/** States that are kept: if the newest is torn, there is the one before. */
const STATES_KEPT = 2;

/** The names of states; whatever else is in the folder is somebody else's. */
const STATE_NAME = /^training-[\d-]+\.bin$/;

/** A training's place on the disk, which one training at a time may use. */
export class TrainingFolder implements Disposable {
  readonly #folder: string;
  readonly #lock: Deno.FsFile;

  private constructor(folder: string, lock: Deno.FsFile) {
    this.#folder = folder;
    this.#lock = lock;
  }

  /**
   * Opens a folder; makes it if it does not exist.
   *
   * @throws {Deno.errors.Busy} when another training uses it.
   * @throws {Error} when it cannot be written.
   */
  static async open(folder: string): Promise<TrainingFolder> {
    const lock = await writing(folder, async () => {
      await Deno.mkdir(folder, { recursive: true });
      return openLock(`${folder}/lock`);
    });
    // The system takes the lock away when its process ends, however it does.
    if (await lock.tryLock(true)) {
      await removeParts(folder);
      return new TrainingFolder(folder, lock);
    }
    lock.close();
    throw new Deno.errors.Busy(
      `Cannot train in "${folder}": another training uses it; ` +
        `wait for its end, or give this one another folder`,
    );
  }

  /** Saves where the training of a model stands, and keeps the state before. */
  async save(
    model: tf.LayersModel,
    settings: TrainingSettings,
    state: TrainingState,
  ) {
    const weights = model.getWeights();
    const tensors = [
      ...weights.map((tensor) => ({ name: "weight", tensor })),
      ...await model.optimizer.getWeights(),
      ...accumulators(model),
    ];
    const { specs, data } = await tf.io.encodeWeights(tensors);
    freeSteps(tensors);
    const header: Header = {
      ...{ format: FORMAT, settings, state, weights: weights.length },
      tensors: specs as TensorEntry[],
    };
    const encoder = new TextEncoder();
    const body = Buffer.concat([
      encoder.encode(`${JSON.stringify(header, toWords)}\n`),
      new Uint8Array(data),
    ]);
    // The epoch under way, and how many of its images it has seen.
    const serial = [state.epoch, state.seen]
      .map((number) => String(number).padStart(8, "0")).join("-");
    await writeWhole(
      `${this.#folder}/training-${serial}.bin`,
      Buffer.concat([encoder.encode(`${sha256(body)}\n`), body]),
    );
    for (const name of (await this.#names()).slice(0, -STATES_KEPT)) {
      await removeFile(`${this.#folder}/${name}`);
    }
  }

  /**
   * Brings the model to the last state saved, and returns it; undefined where
   * there is none. A file that is not what was saved is named and removed;
   * `check` may refuse a state before the model is touched.
   *
   * @throws {RangeError} when that training had other settings, or another model,
   * or the file is not what `fit` writes; then the model is as it was.
   */
  async restore(
    model: tf.LayersModel,
    settings: TrainingSettings,
    check: (state: TrainingState) => void = () => {},
  ): Promise<TrainingState | undefined> {
    for (const name of (await this.#names()).reverse()) {
      const path = `${this.#folder}/${name}`;
      const body = wholeBody(await readOwn(path));
      if (!body) {
        console.warn(
          `Cannot go on from "${path}": it is not what was saved ` +
            `(checksum differs), and removed; the state before it is taken, if ` +
            `there is one, or else the training starts anew`,
        );
        await removeFile(path);
        continue;
      }
      const end = body.indexOf(10);
      const header = readHeader(body.subarray(0, end), {
        ...{ path, model, settings },
        bytes: body.length - end - 1,
      });
      check(header.state);
      await putTensors(model, header, body.slice(end + 1).buffer);
      return stateOf(header, model);
    }
    return undefined;
  }

  /** Removes all states: the training is done, or starts anew. */
  async clear() {
    for (const name of await this.#names()) {
      await removeFile(`${this.#folder}/${name}`);
    }
  }

  [Symbol.dispose]() {
    this.#lock.close();
  }

  /** Names of the states, oldest first. */
  async #names(): Promise<string[]> {
    const names: string[] = [];
    for await (const { name } of Deno.readDir(this.#folder)) {
      if (STATE_NAME.test(name)) names.push(name);
    }
    return names.sort();
  }
}

/**
 * Looks before a training whether its optimizer can be saved at all.
 *
 * @throws {RangeError} when TensorFlow.js cannot give what it keeps.
 */
export async function checkOptimizer({ optimizer }: tf.LayersModel) {
  try {
    freeSteps(await optimizer.getWeights());
  } catch (cause) {
    throw new RangeError(
      `Cannot save a training with the optimizer ` +
        `"${optimizer.getClassName()}": ${
          (cause as Error).message.replace(/\.$/, "")
        }; leave ` +
        `checkpoint out, or choose another optimizer`,
      { cause },
    );
  }
}

/** What a layer is, in a model's own words, at any depth of it. */
interface Described {
  className?: string;
  config?: Record<string, unknown>;
}

/** What makes each kind of layer draw random numbers; recurrent ones have others. */
const DRAWN_BY: Record<string, string[]> = {
  Dropout: ["rate"],
  SpatialDropout1D: ["rate"],
  GaussianDropout: ["rate"],
  AlphaDropout: ["rate"],
  GaussianNoise: ["stddev"],
};

/** Warns before a training that is saved of layers that cannot draw the same again. */
export function warnOfNoSeed(model: tf.LayersModel) {
  const names: string[] = [];
  const look = ({ className = "", config = {} }: Described) => {
    const by = DRAWN_BY[className] ?? ["dropout", "recurrentDropout"];
    const isDrawn = by.some((name) => Number(config[name]) > 0);
    if (isDrawn && config.seed == null) names.push(String(config.name));
    for (const inner of Object.values(config).flat()) {
      if (typeof inner === "object" && inner !== null) look(inner);
    }
  };
  look({ config: model.getConfig() as Described["config"] });
  if (names.length === 0) return;
  const layers = new Intl.ListFormat("en").format(names.map((n) => `"${n}"`));
  console.warn(
    `The training of "${model.name}" will not be the same if it is stopped and ` +
      `goes on: ${layers} ${names.length > 1 ? "draw" : "draws"} random ` +
      `numbers without a seed; dropout and spatialDropout1d take one, such as ` +
      `seed: 1, and others take none`,
  );
}

/** tfjs makes this one anew at each call; all others are the model's own. */
function freeSteps(tensors: { name: string; tensor: tf.Tensor }[]) {
  tensors.find(({ name }) => name === "iter")?.tensor.dispose();
}

/**
 * A lock file of our own: a link would be somebody else's file, and a pipe would
 * be waited at without end.
 */
async function openLock(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { write: true, createNew: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  const { isFile } = await Deno.lstat(path);
  if (!isFile) throw new Error(`"${path}" is a link or no file; remove it`);
  return await patiently(() => Deno.open(path, { write: true }));
}

/** A file without its checksum, or undefined where it is not whole. */
function wholeBody(bytes: Uint8Array<ArrayBuffer>) {
  const body = bytes.subarray(65);
  const sum = new TextDecoder().decode(bytes.subarray(0, 64));
  return sha256(body) === sum ? body : undefined;
}

/** JSON would write null for numbers that are not finite. */
function toWords(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value)
    ? String(value)
    : value;
}

/** The fields of a state that `fit` knows, and no others. */
function stateOf({ state }: Header, model: tf.LayersModel): TrainingState {
  const { epoch, seen, seconds, rates, curve, sumSincePoint } = state;
  const names = ["loss", ...metricNames(model)].flatMap((
    name,
  ) => [name, valName(name)]);
  const history = state.history.map((row) => ({
    ...{ epoch: row.epoch, seconds: row.seconds },
    ...Object.fromEntries(names.map((name) => [name, numberOf(row[name])])),
  })) as EpochEvent[];
  const sums = state.sums.map(numberOf);
  return { epoch, seen, sums, seconds, rates, curve, sumSincePoint, history };
}

/** Removes what a training that was killed was writing. */
async function removeParts(folder: string) {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const isPart = name.endsWith(".part") && STATE_NAME.test(name.slice(0, -5));
    if (!isDirectory && isPart) {
      await removeFile(`${folder}/${name}`);
    }
  }
}

async function putTensors(
  model: tf.LayersModel,
  { tensors, weights }: Header,
  payload: ArrayBuffer,
) {
  let at = 0;
  const named = tensors.map(({ name, shape, dtype }) => {
    const length = tf.util.sizeFromShape(shape);
    const Values = dtype === "int32" ? Int32Array : Float32Array;
    const values = new Values(payload, at, length);
    at += 4 * length;
    return { name, tensor: tf.tensor(values, shape, dtype) };
  });
  const ofOptimizer = named.slice(weights, named.length);
  const kept = accumulators(model).length;
  // Its setWeights would apply constraints once more, which moves the last bit.
  model.getWeights().forEach((variable, i) => {
    (variable as tf.Variable).assign(named[i].tensor);
  });
  const before = await model.optimizer.getWeights();
  await model.optimizer.setWeights(
    ofOptimizer.slice(0, ofOptimizer.length - kept),
  );
  // tfjs's optimizers forget the tensors that they had, and never free them.
  const now = await model.optimizer.getWeights();
  const isKept = (old: tf.Tensor) => now.some(({ tensor }) => tensor === old);
  for (const { tensor } of before) if (!isKept(tensor)) tensor.dispose();
  freeSteps(now);
  accumulators(model).forEach(({ tensor }, i) => {
    tensor.assign(named[named.length - kept + i].tensor);
  });
  for (const { tensor } of named) tensor.dispose();
}
