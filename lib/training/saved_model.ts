import * as tf from "@tensorflow/tfjs";
import {
  checkPath,
  inTurn,
  readOwn,
  removeFile,
  sha256,
  toJson,
  writeWhole,
  writing,
} from "../data/files.ts";
import { checkIsModel, compiledWeights, isRecalled } from "./model_checks.ts";
import { checkComesBack } from "./reload_check.ts";
import { checkOptions } from "../errors/options.ts";

// Kept from before any cell runs, since a cell may declare this name itself.
const { TextDecoder } = globalThis;

/** The part of tfjs's layers format that we read. */
interface Manifest {
  modelTopology: tf.io.ModelArtifacts["modelTopology"];
  weightsManifest: { paths: [string]; weights: tf.io.WeightsManifestEntry[] }[];
  /** Of the file of weights. */
  sha256: string;
  userDefinedMetadata?: object;
  trainingConfig?: tf.io.TrainingConfig;
  /** Models in it that are frozen as a whole: the names of models on the way. */
  frozen?: string[][];
}

/** A file of weights beside model.json, and no path that leads elsewhere. */
const WEIGHTS = /^weights-[0-9a-f]{16}\.bin$/;

/**
 * Saves a model as `model.json` and a weights file beside it, in tfjs's layers
 * format. Whoever reads the folder sees the old model or the new one, never
 * half of one: the weights go to a new file, and then the new model.json, which
 * names that file, takes the place of the old one in a single step.
 *
 * In `onEpoch` of a training that went on, epochs of before save nothing: their
 * weights are gone, and what they saved is there.
 *
 * With `includeOptimizer`, how the model was compiled is saved too, and what its
 * optimizer keeps, as in `model.save` of TensorFlow.js.
 *
 * @example
 * ```ts
 * await saveModel(model, "../data/run/model");
 * ```
 *
 * @throws {TypeError} when the model would not be the same after loading, as with
 * a layer of one's own that has no getConfig; the old model stays.
 * @throws {RangeError} when its optimizer, or how it was compiled, cannot be saved.
 * @throws {Error} when the folder cannot be written; the old model stays.
 */
export async function saveModel(
  model: tf.LayersModel,
  folder: string,
  options: { includeOptimizer?: boolean } = {},
) {
  checkIsModel(model, "save");
  checkFolder("save a model in", folder);
  checkOptions("saveModel", options, ["includeOptimizer"]);
  const { includeOptimizer } = options;
  if (![undefined, true, false].includes(includeOptimizer)) {
    throw new TypeError(
      `Cannot save with includeOptimizer "${includeOptimizer}": it is neither ` +
        `true nor false`,
    );
  }
  if (model.outputs.length === 0) {
    throw new RangeError(`Cannot save "${model.name}": it has no layers yet`);
  }
  if (isRecalled(model)) {
    console.warn(
      `"${folder}" stays as it is: this epoch is only repeated, the model is ` +
        `further, and what was saved in that epoch is there already`,
    );
    return;
  }
  const artifacts = await artifactsOf(model, options);
  const weights = bytesOf(artifacts);
  const checksum = sha256(weights);
  const name = `weights-${checksum.slice(0, 16)}.bin`; // WEIGHTS
  const path = `${folder}/model.json`;
  const json = toJson(path, {
    modelTopology: artifacts.modelTopology,
    format: "layers-model",
    generatedBy: artifacts.generatedBy,
    convertedBy: null,
    weightsManifest: [{ paths: [name], weights: artifacts.weightSpecs }],
    sha256: checksum,
    userDefinedMetadata: artifacts.userDefinedMetadata,
    trainingConfig: artifacts.trainingConfig,
    frozen: frozenIn(model),
  });
  try {
    await checkComesBack(model, () => build(parse(json, path), weights));
  } catch (error) {
    const now = bytesOf(await artifactsOf(model, options));
    if (sha256(now) === checksum) throw error;
    throw new RangeError(
      `Cannot save "${model.name}": its weights changed while it was saved, ` +
        `as they do in a training; save it after fit, or with await in onEpoch`,
    );
  }
  await afterOtherModels(async () => {
    await writing(folder, () => Deno.mkdir(folder, { recursive: true }));
    await writeWhole(`${folder}/${name}`, weights);
    await writeWhole(path, json);
    await removeOtherWeights(folder, name);
  });
}

const afterOtherModels = inTurn();

function bytesOf({ weightData }: tf.io.ModelArtifacts) {
  return new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData));
}

/** What TensorFlow.js saves of a model. */
async function artifactsOf(
  model: tf.LayersModel,
  options: { includeOptimizer?: boolean },
): Promise<tf.io.ModelArtifacts> {
  let artifacts: tf.io.ModelArtifacts = {};
  const handler = tf.io.withSaveHandler((saved) => {
    artifacts = saved;
    const info = { dateSaved: new Date(), modelTopologyType: "JSON" } as const;
    return Promise.resolve({ modelArtifactsInfo: info });
  });
  try {
    if (options.includeOptimizer && !model.optimizer) {
      throw new RangeError("it is not compiled");
    }
    // tfjs would take a function for a loss of no output, and forget it.
    for (const part of ["loss", "metrics"] as const) {
      if (options.includeOptimizer && hasFunction(model[part])) {
        throw new RangeError(`a function of your own is its ${part}`);
      }
    }
    if (options.includeOptimizer && isFrozenOtherwise(model)) {
      throw new RangeError("a layer was frozen or unfrozen after compile");
    }
    await model.save(handler, options);
  } catch (cause) {
    if (!options.includeOptimizer) throw cause;
    throw new RangeError(
      `Cannot save "${model.name}" with its optimizer: ` +
        `${(cause as Error).message.replace(/\.$/, "")}; leave ` +
        `includeOptimizer out`,
      { cause },
    );
  }
  return artifacts;
}

/** What an optimizer keeps belongs to the weights that were compiled, by place. */
function isFrozenOtherwise(model: tf.LayersModel): boolean {
  const compiled = compiledWeights(model);
  const now = model.trainableWeights;
  return compiled.length !== now.length ||
    compiled.some((weight, i) => weight !== now[i]);
}

/** Whether a loss or metrics, in a list or by the names of outputs, are of one's own. */
function hasFunction(part: unknown): boolean {
  return typeof part === "function" ||
    typeof part === "object" && Object.values(part ?? {}).some(hasFunction);
}

type Container = tf.layers.Layer & { layers?: Container[] };

/** TensorFlow.js saves trainable of layers, not that of models. */
function frozenIn(model: Container, names: string[] = []): string[][] {
  if (!model.layers) return [];
  const inner = model.layers
    .flatMap((layer) => frozenIn(layer, [...names, layer.name]));
  return model.trainable ? inner : [names, ...inner];
}

function freeze(model: Container, paths: string[][]) {
  for (const names of paths) {
    const frozen = names.reduce<Container | undefined>(
      (inner, name) => inner?.layers?.find((layer) => layer.name === name),
      model,
    );
    if (frozen) frozen.trainable = false;
  }
}

/**
 * Loads a model that {@linkcode saveModel} saved. It is compiled only if it was
 * saved with `includeOptimizer`.
 *
 * @example
 * ```ts
 * const model = await loadModel("../data/run/model");
 * ```
 *
 * @throws {Deno.errors.NotFound} when there is no model.
 * @throws {Deno.errors.InvalidData} when the weights are not those that were
 * saved or lie elsewhere, or model.json is not a model's.
 * @throws {RangeError} when it has a layer of a class that is not registered.
 */
export async function loadModel(folder: string): Promise<tf.LayersModel> {
  checkFolder("load a model from", folder);
  const path = `${folder}/model.json`;
  const { manifest, weights } = await readModel(folder, path);
  const [{ weights: weightSpecs }] = manifest.weightsManifest;
  const bytes = weightSpecs.reduce(
    (sum, { shape, dtype }) =>
      sum + tf.util.bytesPerElement(dtype) * tf.util.sizeFromShape(shape),
    0,
  );
  if (weights.length !== bytes) {
    throw notSaved(
      path,
      `its weights have ${weights.length} bytes, not ${bytes}`,
    );
  }
  try {
    return await build(manifest, weights);
  } catch (cause) {
    const said = (cause as Error).message.replaceAll(/\s+/g, " ");
    const [, layer] = said.match(/^Unknown \w+: (\w+)/) ?? [];
    if (layer) {
      throw new RangeError(
        `Cannot load "${path}": it uses "${layer}", which TensorFlow.js does ` +
          `not know; call tf.serialization.registerClass(${layer}) first`,
        { cause },
      );
    }
    throw notSaved(path, said.slice(0, 200), cause);
  }
}

/** What is in a model's two files, or in those that took their place meanwhile. */
async function readModel(folder: string, path: string) {
  for (let missing = "";;) {
    const manifest = parse(await read(path), path);
    const [{ paths: [name] }] = manifest.weightsManifest;
    try {
      const weights = await read(`${folder}/${name}`);
      if (sha256(weights) === manifest.sha256) {
        return { manifest, weights };
      }
    } catch (error) {
      // Another program may have saved between the two: then another file is named.
      const isGone = error instanceof Deno.errors.NotFound;
      if (!isGone || missing === name) throw error;
      missing = name;
      continue;
    }
    throw new Deno.errors.InvalidData(
      `Cannot load "${folder}/${name}": it is not what was saved ` +
        `(checksum differs); train the model again`,
    );
  }
}

/** A model of what was saved. */
async function build(
  { modelTopology, weightsManifest, trainingConfig, ...rest }: Manifest,
  weights: Uint8Array<ArrayBuffer>,
): Promise<tf.LayersModel> {
  const [{ weights: weightSpecs }] = weightsManifest;
  const { userDefinedMetadata } = rest;
  const model = await tf.loadLayersModel(tf.io.fromMemory({
    modelTopology,
    weightSpecs,
    weightData: weights.buffer,
    ...trainingConfig && { trainingConfig },
    ...userDefinedMetadata && { userDefinedMetadata },
  }));
  // On the way tfjs applies constraints once more, which moves the last bit.
  const saved = tf.io.decodeWeights(weights.buffer, weightSpecs);
  for (const weight of model.weights) {
    (weight.read() as tf.Variable).assign(saved[weight.originalName]);
  }
  tf.dispose(saved);
  freeze(model, rest.frozen ?? []);
  return model;
}

function checkFolder(action: string, folder: string) {
  checkPath(action, folder, "folder");
  if (/\.json$/.test(folder)) {
    throw new RangeError(
      `Cannot ${action} "${folder}": give its folder, in which model.json is`,
    );
  }
}

async function removeOtherWeights(folder: string, keep: string) {
  for await (const { name } of Deno.readDir(folder)) {
    if (WEIGHTS.test(name.replace(/\.part$/, "")) && name !== keep) {
      await removeFile(`${folder}/${name}`);
    }
  }
}

async function read(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readOwn(path);
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
  let manifest: Manifest;
  try {
    manifest = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw notSaved(path, "it is no JSON", cause);
  }
  const groups = manifest?.weightsManifest;
  const [group] = Array.isArray(groups) ? groups : [];
  const paths: unknown[] = Array.isArray(group?.paths) ? group.paths : [];
  if (paths.length === 0 || !Array.isArray(group.weights)) {
    throw notSaved(path, "it names no weights");
  }
  if (groups.length > 1 || paths.length > 1) {
    throw notSaved(path, "it names more than one file of weights");
  }
  const [name] = paths;
  if (typeof name !== "string" || !WEIGHTS.test(name)) {
    throw notSaved(path, `it names "${name}", no file that lies beside it`);
  }
  const broken = group.weights.find((spec) => !isSpec(spec));
  if (broken !== undefined) {
    throw notSaved(path, `no weight is as ${JSON.stringify(broken)}`);
  }
  if (typeof manifest.sha256 !== "string") {
    throw notSaved(path, "it has no checksum");
  }
  const { modelTopology: topology, frozen = [] } = manifest;
  const arePaths = Array.isArray(frozen) &&
    frozen.every((names) =>
      Array.isArray(names) && names.every((name) => typeof name === "string")
    );
  if (!arePaths) throw notSaved(path, "its list of frozen models is none");
  if (typeof topology !== "object" || topology === null) {
    throw notSaved(path, "it describes no network");
  }
  return manifest;
}

/** Whether this may describe one of a model's weights. */
function isSpec(spec: tf.io.WeightsManifestEntry | null): boolean {
  return typeof spec?.name === "string" && Array.isArray(spec.shape) &&
    spec.shape.every((size) => Number.isInteger(size) && size >= 0) &&
    ["float32", "int32", "bool"].includes(spec.dtype) &&
    spec.quantization === undefined;
}

function notSaved(path: string, state: string, cause?: unknown): Error {
  return new Deno.errors.InvalidData(
    `Cannot load "${path}": it is not a model saved by saveModel (${state}); ` +
      `train the model again`,
    { cause },
  );
}
