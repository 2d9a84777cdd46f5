import * as tf from "@tensorflow/tfjs";
import { saveJson, sha256, writeWhole, writing } from "./files.ts";

/** The part of tfjs's layers format that we read. */
interface Manifest {
  modelTopology: tf.io.ModelArtifacts["modelTopology"];
  weightsManifest: { paths: [string]; weights: tf.io.WeightsManifestEntry[] }[];
  userDefinedMetadata: { sha256: string };
}

/**
 * Saves a model as `model.json` and a weights file beside it, in tfjs's layers
 * format. Whoever reads the folder sees the old model or the new one, never
 * half of one: the weights go to a new file, and then the new model.json, which
 * names that file, takes the place of the old one in a single step.
 *
 * @example
 * ```ts
 * await saveModel(model, "../data/run/model");
 * ```
 *
 * @throws {Error} when the folder cannot be written; the old model stays.
 */
export async function saveModel(model: tf.LayersModel, folder: string) {
  await writing(folder, () => Deno.mkdir(folder, { recursive: true }));
  await model.save(tf.io.withSaveHandler(async (artifacts) => {
    const weights = new Uint8Array(
      tf.io.CompositeArrayBuffer.join(artifacts.weightData),
    );
    const checksum = sha256(weights);
    const name = `weights-${checksum.slice(0, 16)}.bin`;
    const manifest = {
      modelTopology: artifacts.modelTopology,
      format: "layers-model",
      generatedBy: artifacts.generatedBy,
      convertedBy: null,
      weightsManifest: [{ paths: [name], weights: artifacts.weightSpecs }],
      userDefinedMetadata: { sha256: checksum },
    };
    await writeWhole(`${folder}/${name}`, weights);
    await saveJson(`${folder}/model.json`, manifest);
    await removeOtherWeights(folder, name);
    return {
      modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" },
    };
  }));
}

/**
 * Loads a model that {@linkcode saveModel} saved.
 *
 * @example
 * ```ts
 * const model = await loadModel("../data/run/model");
 * ```
 *
 * @throws {Deno.errors.NotFound} when there is none.
 * @throws {Deno.errors.InvalidData} when the weights are not those that were
 * saved, or model.json is not a model's.
 */
export async function loadModel(folder: string): Promise<tf.LayersModel> {
  const path = `${folder}/model.json`;
  const manifest = parse(await read(path), path);
  const [{ paths: [name], weights: weightSpecs }] = manifest.weightsManifest;
  const weights = await read(`${folder}/${name}`);
  if (sha256(weights) !== manifest.userDefinedMetadata.sha256) {
    throw new Deno.errors.InvalidData(
      `Cannot load "${folder}/${name}": it is not what was saved ` +
        `(checksum differs); train the model again`,
    );
  }
  const { modelTopology } = manifest;
  return await tf.loadLayersModel(tf.io.fromMemory({
    modelTopology,
    weightSpecs,
    weightData: weights.buffer,
  }));
}

async function removeOtherWeights(folder: string, keep: string) {
  for await (const { name } of Deno.readDir(folder)) {
    if (/^weights-.*\.bin(\.part)?$/.test(name) && name !== keep) {
      await Deno.remove(`${folder}/${name}`);
    }
  }
}

async function read(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await Deno.readFile(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Deno.errors.NotFound(
      `Cannot load "${path}": there is no such file; ` +
        `train and save a model first (notebook 04_fit does; a quick course keeps its own apart)`,
      { cause },
    );
  }
}

function parse(bytes: Uint8Array, path: string): Manifest {
  try {
    const manifest = JSON.parse(new TextDecoder().decode(bytes)) as Manifest;
    const [{ paths: [name] }] = manifest.weightsManifest;
    if (typeof name !== "string" || !manifest.userDefinedMetadata.sha256) {
      throw new TypeError("no weights are named");
    }
    return manifest;
  } catch (cause) {
    throw new Deno.errors.InvalidData(
      `Cannot load "${path}": it is not a model saved by saveModel`,
      { cause },
    );
  }
}
