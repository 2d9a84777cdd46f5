/** What the pages offer of the network that notebook 4 has trained. */

import { deflateSync } from "node:zlib";
import type * as tf from "@tensorflow/tfjs";
import { useBackend } from "../lib/backend/mod.ts";
import { loadMnist } from "../lib/data/mnist.ts";
import { loadModel } from "../lib/training/saved_model.ts";
import { kerasFile } from "./keras_file.ts";
import { bundleTryPage } from "./bundle.ts";

/** Digits of the test set to choose from, and training digits to train on. */
const TEST = 200, TRAIN = 1_000;

/**
 * Writes the network saved in `from` into the folder `network` of the pages, as
 * tfjs's `model.json` with its weights and as `denoiser.h5` for Keras; and into
 * `runs` what the page "Try it" will carry.
 */
export async function writeNetworkFiles(from: string, site: string) {
  const to = `${site}/network`;
  await Deno.mkdir(to, { recursive: true });
  await Deno.mkdir(`${site}/runs`, { recursive: true });
  const model = JSON.parse(await Deno.readTextFile(`${from}/model.json`));
  const [{ paths: [path] }] = model.weightsManifest;
  for await (const { name } of Deno.readDir(to)) {
    if (name.endsWith(".bin")) await Deno.remove(`${to}/${name}`); // an older one
  }
  await Deno.copyFile(`${from}/model.json`, `${to}/model.json`);
  await Deno.copyFile(`${from}/${path}`, `${to}/${path}`);
  await useBackend("cpu");
  const loaded = await loadModel(from) as tf.Sequential;
  await Deno.writeFile(`${to}/denoiser.h5`, await kerasFile(loaded));
  await Deno.writeTextFile(`${site}/runs/try.js`, await bundleTryPage());
  const data = await packData(model, await Deno.readFile(`${from}/${path}`));
  await Deno.writeTextFile(`${site}/runs/try.json`, data);
}

/** What the program of "Try it" reads: a network of tfjs's layers format, and digits. */
async function packData(
  { modelTopology, weightsManifest: [{ weights: specs }] }: {
    modelTopology: object;
    weightsManifest: { weights: object[] }[];
  },
  weights: Uint8Array,
): Promise<string> {
  const { train, test } = await loadMnist({ train: TRAIN, test: TEST });
  const pack = (images: Float32Array) =>
    deflateSync(Uint8Array.from(images, (x) => Math.round(255 * x)))
      .toString("base64");
  return JSON.stringify({
    ...{ topology: modelTopology, specs, weights: weights.toBase64() },
    ...{ train: pack(train.images), test: pack(test.images) },
  });
}
