/** Checks of a model before `fit` and `predict` use it. */

import * as tf from "@tensorflow/tfjs";
import { innerModel } from "../backend/internals/layers.ts";
import { inWords } from "../errors/in_words.ts";

/** Shape of one input or one target of a model. */
export function shapeOf(tensor: tf.SymbolicTensor): number[] {
  return (tensor.shape as number[]).slice(1);
}

type Weights = tf.LayersModel["weights"];

/** The weights that the model learned when it was compiled; some may be frozen since. */
export function compiledWeights(model: tf.LayersModel): Weights {
  return innerModel(model).collectedTrainableWeights;
}

type Use = "fit" | "predict" | "save";

const VERBS = { fit: "train", predict: "use", save: "save" };

function refusal(model: tf.LayersModel, of: Use) {
  return (state: string) =>
    new RangeError(
      `Cannot ${VERBS[of]} "${model.name}": ${state}`,
    );
}

/**
 * Looks whether a model has one input and one output, both of a known size.
 *
 * @throws {TypeError} when it is no model.
 * @throws {RangeError} when it has others.
 */
export function checkModel(model: tf.LayersModel, of: Use) {
  checkIsModel(model, of);
  const refuse = refusal(model, of);
  if (model.outputs.length === 0) {
    throw refuse("it has no layers yet; add some");
  }
  const sides = { inputs: model.inputs, outputs: model.outputs };
  for (const [side, tensors] of Object.entries(sides)) {
    if (tensors.length !== 1) {
      const names = new Intl.ListFormat("en").format(tensors.map(nameOf));
      throw refuse(
        `it has ${tensors.length} ${side} (${names}), and ${of} is for models ` +
          `with one; use model.${of === "fit" ? "fit" : "predict"} of ` +
          `TensorFlow.js`,
      );
    }
    const shape = shapeOf(tensors[0]);
    if (shape.every((size) => size > 0)) continue;
    const sizes = shape.map((size) => size ?? "any").join(" x ");
    throw refuse(
      `its ${side} have no fixed size (${sizes}), and ${of} takes arrays, ` +
        `which have no shape; build it with numbers for inputShape, such as ` +
        `[28, 28, 1]`,
    );
  }
}

function nameOf({ name }: tf.SymbolicTensor): string {
  return name;
}

/**
 * Looks whether this is a model at all: cells are run with their types unchecked.
 *
 * @throws {TypeError} when it is something else.
 */
export function checkIsModel(model: unknown, of: Use) {
  const { inputs, outputs, predict } = (model ?? {}) as tf.LayersModel;
  const isLayers = Array.isArray(inputs) && Array.isArray(outputs) &&
    typeof predict === "function";
  if (isLayers && model instanceof tf.LayersModel) {
    const isBuilt = innerModel(model).outputs[0] === outputs[0];
    if (isBuilt && isListed(model)) return;
    throw refusal(model, of)(
      `layers were added to it or taken away ${
        isBuilt ? "by hand" : "after it was built"
      }, and it still answers with the old ones; ` +
        (isBuilt
          ? "use model.add(layer) and model.pop() of a sequential model, or " +
            "build it anew"
          : "compile it again, or call model.build()"),
    );
  }
  const state = typeof model === "string"
    ? of === "save"
      ? "it is text and no model; the model comes first, and then the folder"
      : "it is text and no model; give what await loadModel(folder) gives"
    : model instanceof Promise
    ? "it is a promise and no model; write await before what makes it"
    : "it is no model of layers, as tf.sequential or loadModel gives";
  throw new TypeError(
    `Cannot ${VERBS[of]} "${
      typeof model === "string" ? model : inWords(model)
    }": ${state}`,
  );
}

/** Whether `model.layers` holds the layers that the model answers with. */
function isListed(model: tf.LayersModel): boolean {
  const tensors = new Set(model.outputs);
  for (const tensor of tensors) { // to the end, though it grows
    for (const input of tensor.inputs) tensors.add(input);
  }
  const used = new Set([...tensors].map(({ sourceLayer }) => sourceLayer));
  const listed = new Set(openedLayers(model));
  // Those of a sequential model may have no place for its input.
  for (const { sourceLayer } of model.inputs) {
    used.delete(sourceLayer);
    listed.delete(sourceLayer);
  }
  return used.symmetricDifference(listed).size === 0;
}

/** A sequential model takes over the layers of a model that comes first in it. */
function openedLayers(model: tf.LayersModel): tf.layers.Layer[] {
  const [first, ...rest] = model.layers;
  const isOpened = model instanceof tf.Sequential &&
    first instanceof tf.LayersModel;
  return isOpened ? [...openedLayers(first), ...rest] : model.layers;
}

/** Losses whose targets are probabilities. */
const OF_PROBABILITIES = ["binaryCrossentropy", "categoricalCrossentropy"];

/** Whether targets below 0 or above 1 have no meaning for a model's loss. */
export function needsProbabilities(model: tf.LayersModel): boolean {
  return OF_PROBABILITIES.includes(lossName(model));
}

/** The name of the loss that a model was compiled with. */
export function lossName(model: tf.LayersModel): string {
  const loss = lossOf(model);
  return typeof loss === "function"
    ? loss.name || "a function of your own"
    : String(loss);
}

/** The one loss of a model with one output, which may come in a list. */
function lossOf({ loss }: tf.LayersModel) {
  return typeof loss === "object" ? Object.values(loss)[0] : loss;
}

/**
 * Looks whether a model can be trained: it is compiled, with a loss for dense
 * targets; something in it learns; and its weights are numbers.
 *
 * @throws {RangeError} when it cannot.
 */
export async function checkTrainable(model: tf.LayersModel) {
  const refuse = refusal(model, "fit");
  if (!model.optimizer) {
    throw refuse(
      "it is not compiled, as none is that comes from loadModel; call " +
        "model.compile({ optimizer: tf.train.adadelta(1), " +
        'loss: "binaryCrossentropy" }) or the like first',
    );
  }
  const loss = lossName(model);
  if (loss === "sparseCategoricalCrossentropy") {
    throw refuse(
      `its loss is "${loss}", and fit takes as many numbers for each image as ` +
        `the model gives; compile it with "categoricalCrossentropy", and give ` +
        `oneHot(labels) as targets`,
    );
  }
  for (const [what, use] of functionsOf(model)) {
    if (Object.prototype.toString.call(use) !== "[object AsyncFunction]") {
      continue;
    }
    throw refuse(
      `its ${what} "${use.name}" is async, and so gives a promise and no tensor; ` +
        `write it without async`,
    );
  }
  const softmax = uselessSoftmax(model);
  if (softmax) {
    throw refuse(
      `its layer "${softmax}" makes a softmax of one number, which is always 1; ` +
        `use the activation "sigmoid", or a unit for each class`,
    );
  }
  if (model.trainableWeights.length === 0) {
    throw refuse(
      model.weights.length === 0
        ? "it has no weights, so there is nothing to learn"
        : "all its layers are frozen; set trainable of one to true and compile " +
          "it again",
    );
  }
  const compiled = compiledWeights(model);
  const unfrozen = model.trainableWeights.find((weight) =>
    !compiled.includes(weight)
  );
  if (unfrozen) {
    throw refuse(
      `its weight "${unfrozen.originalName}" was unfrozen after compile, and ` +
        `would not learn; compile it again`,
    );
  }
  const broken = await brokenLayer(model);
  if (broken) {
    throw refuse(
      `the weights of layer "${broken}" are not finite, perhaps after a ` +
        `training that failed; build it or load it anew`,
    );
  }
}

/** The weights that each optimizer has trained first. */
const trained = new WeakMap<tf.Optimizer, Weights>();

/**
 * Looks whether a model's optimizer is its own, and keeps in mind that it is. An
 * optimizer keeps averages of each weight, and knows weights by their order.
 *
 * @throws {RangeError} when it has trained other weights.
 */
export function takeOptimizer(model: tf.LayersModel) {
  const { optimizer } = model;
  // This one keeps nothing.
  if (optimizer.getClassName() === "SGD") return;
  const weights = compiledWeights(model);
  // A training that was refused has made no step.
  const isNew = optimizer.iterations === 0;
  const before = isNew ? weights : trained.get(optimizer) ?? weights;
  const isOwn = before.length === weights.length &&
    before.every((weight, i) => weight === weights[i]);
  if (!isOwn) {
    throw refusal(model, "fit")(
      `its optimizer has trained other weights, and keeps averages of those; ` +
        `compile each model with an optimizer of its own, and with a new one ` +
        `after layers are frozen or added`,
    );
  }
  trained.set(optimizer, weights);
}

type Score = (target: tf.Tensor, output: tf.Tensor) => unknown;

/** The loss and the metrics that are functions, and what each is. */
function functionsOf(model: tf.LayersModel): [what: string, use: Score][] {
  const metrics = Object.values(model.metrics ?? []).flat();
  return [["loss", lossOf(model)], ...metrics.map((m) => ["metric", m])]
    .filter(([, use]) => typeof use === "function") as [string, Score][];
}

/**
 * Looks why a step failed: whether a function that was given as loss or metric
 * answers with no tensor. Not before the step, since it may count its calls.
 *
 * @throws {RangeError} when one does so.
 */
export function checkFunctions(model: tf.LayersModel) {
  for (const [what, use] of functionsOf(model)) {
    let answer: unknown;
    tf.tidy(() => {
      const [target, output] = [0.4, 0.6].map((value) =>
        tf.fill([1, ...shapeOf(model.outputs[0])], value)
      );
      answer = use(target, output);
    });
    if (answer instanceof tf.Tensor) continue;
    throw refusal(model, "fit")(
      `its ${what} "${use.name}" gives "${String(answer)}" and no tensor; ` +
        `write return before what it computes`,
    );
  }
}

/** Name of the last layer, if it makes a softmax of one number. */
function uselessSoftmax({ outputs: [output] }: tf.LayersModel) {
  const { sourceLayer: layer, shape } = output;
  const { activation, axis = -1 } = layer.getConfig();
  const isSoftmax = layer.getClassName() === "Softmax" ||
    activation === "softmax";
  return isSoftmax && shape.at(axis as number) === 1 ? layer.name : undefined;
}

/** Name of the first layer that has a weight which is no finite number. */
export async function brokenLayer(
  model: tf.LayersModel,
): Promise<string | undefined> {
  for (const layer of model.layers) {
    for (const weight of layer.getWeights()) {
      const values = await weight.data();
      if (!values.every(Number.isFinite)) return layer.name;
    }
  }
}

/** Models for which `fit` is repeating the events of past epochs. */
const recalled = new WeakSet<tf.LayersModel>();

/** Runs `use`, which repeats the events of a model's past epochs. */
export async function recalling(
  model: tf.LayersModel,
  tell: () => Promise<void>,
) {
  recalled.add(model);
  try {
    await tell();
  } finally {
    recalled.delete(model);
  }
}

/** Whether the events of a past epoch are being repeated. */
export function isRecalled(model: tf.LayersModel): boolean {
  return recalled.has(model);
}

/** Weights that a training moves: models may share layers. */
const moving = new Set<unknown>();

/**
 * Marks a model as in training while `train` runs, by tfjs's own mark, so that
 * `model.fit` keeps away too.
 *
 * @throws {Deno.errors.Busy} when it is in training already, or one that shares
 * layers with it.
 */
export async function alone<T>(
  model: tf.LayersModel,
  train: () => Promise<T>,
): Promise<T> {
  const inner = innerModel(model);
  const { weights } = model;
  const isShared = weights.some((weight) => moving.has(weight));
  if (inner.isTraining || isShared) {
    throw new Deno.errors.Busy(
      `Cannot train "${model.name}": ` +
        (inner.isTraining ? "it is" : "another model that shares layers is") +
        ` in training already; wait for the end of that, with await, or build ` +
        `another model`,
    );
  }
  inner.isTraining = true;
  for (const weight of weights) moving.add(weight);
  try {
    return await train();
  } finally {
    inner.isTraining = false;
    for (const weight of weights) moving.delete(weight);
  }
}

/** On tfjs's own cpu backend a step of the course's network takes a minute. */
export function checkBackend(action: string) {
  const { isCorrected } = tf.backend() as { isCorrected?: boolean };
  if (tf.getBackend() !== "cpu" || isCorrected) return;
  throw new Error(
    `Cannot ${action} on "cpu" of TensorFlow.js, where a step may take a ` +
      `minute: call await useBackend() first, which ../lib/backend/mod.ts gives`,
  );
}
