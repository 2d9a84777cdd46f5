import { readFile } from "node:fs/promises";

/** Numbers in row-major order, and their shape. */
export interface FixtureArray {
  shape: number[];
  values: Float32Array;
}

/** A function of tf.train, and what it is called with. */
export interface Optimizer {
  name:
    | "sgd"
    | "momentum"
    | "rmsprop"
    | "adagrad"
    | "adadelta"
    | "adam"
    | "adamax";
  arguments: (number | boolean)[];
}

type Setting = string | number | boolean | Layer | (number | null)[];

interface Layer {
  class_name: string;
  config: { [name: string]: Setting };
}

/**
 * A network and what Keras computes with it on one batch: the mean loss `value`
 * and, where it was trained too, by the `optimizer`, the loss of each of the
 * `steps`. `layers` are as Keras writes them, `weights` are paths such as
 * "layer_1/kernel". The arrays are "x", "y", "prediction" and, for each path,
 * "weight/…", "gradient/…" (but moving averages have none) and, where it was
 * trained, "trained/…".
 */
export interface Network {
  name: string;
  loss: string;
  layers: Layer[];
  weights: string[];
  value: number;
  optimizer?: Optimizer;
  steps?: number[];
  arrays: Record<string, FixtureArray>;
}

interface Entry {
  shape: number[];
  dtype: "float32" | "uint8";
  offset: number;
}

/** Returns an array as float32, where grey levels (uint8) become [0, 1]. */
function readArray(
  data: Uint8Array<ArrayBuffer>,
  { shape, dtype, offset }: Entry,
): FixtureArray {
  const size = shape.reduce((product, length) => product * length, 1);
  const values = dtype === "uint8"
    ? Float32Array.from(data.subarray(offset, offset + size), (x) => x / 255)
    : new Float32Array(data.slice(offset, offset + 4 * size).buffer);
  return { shape, values };
}

/**
 * Returns the networks of tests/fixtures/`name`.json and `name`.bin, which
 * tools/keras_fixture.py writes.
 *
 * @throws {Error} when there is no such fixture.
 */
export async function readFixture(name: string): Promise<Network[]> {
  const file = new URL(`fixtures/${name}`, import.meta.url);
  const data = new Uint8Array(await readFile(new URL(`${file}.bin`)));
  const index = JSON.parse(await readFile(new URL(`${file}.json`), "utf8"));
  return index.networks.map(
    (network: Network & { arrays: Record<string, Entry> }) => {
      const arrays = Object.entries<Entry>(network.arrays)
        .map(([key, entry]) => [key, readArray(data, entry)]);
      return { ...network, arrays: Object.fromEntries(arrays) };
    },
  );
}

/** Returns all networks that Keras computed. */
export async function readFixtures(): Promise<Network[]> {
  const names = ["autoencoder", "others", "losses", "optimizers", "later"];
  return (await Promise.all(names.map(readFixture))).flat();
}
