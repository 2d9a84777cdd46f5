/**
 * Whether a model will be the same when it is loaded again. TensorFlow.js saves of
 * only what the getConfig of a layer returns; the rest is lost, often silently.
 */

import * as tf from "@tensorflow/tfjs";

type Layer = tf.layers.Layer;

/** What a layer's class is made again by. */
interface LayerClass {
  className: string;
  fromConfig(of: LayerClass, config: tf.serialization.ConfigDict): Layer;
}

/** Of layers that give other numbers after rounding, as those of sums. */
const TOLERANCE = 1e-4;

/** What layers are asked: some know no number below zero, or no fractions. */
const INPUT_RANGES = [[-4, 8], [0, 1]] as const;

/** A size that a model leaves open. */
const OPEN_SIZE = 8;

/**
 * Compares a model with what `load` makes of its file, layer by layer.
 *
 * @throws {TypeError} that names the layer which would not come back.
 */
export async function checkComesBack(
  model: tf.LayersModel,
  load: () => Promise<tf.LayersModel>,
) {
  const refuse = (state: string, cause?: unknown) =>
    new TypeError(`Cannot save "${model.name}": ${state}`, { cause });
  const twice = duplicate(
    model.weights.map(({ originalName }) => originalName),
  );
  if (twice) {
    throw refuse(
      `two of its weights are named "${twice}"; give each layer a name of its ` +
        `own, those of models within it too`,
    );
  }
  let loaded: tf.LayersModel;
  try {
    loaded = await load();
  } catch (cause) {
    const { name, why } = culprit(model.layers) ??
      { name: undefined, why: (cause as Error).message };
    throw refuse(
      name
        ? `its layer "${name}" could not be loaded again (${why}); give its ` +
          `class a getConfig with all that its constructor takes, and register ` +
          `it with tf.serialization.registerClass`
        : `it could not be loaded again (${why})`,
      cause,
    );
  }
  try {
    if (namesOf(loaded.trainableWeights) !== namesOf(model.trainableWeights)) {
      throw refuse(
        "what is frozen in it would not be after loading; set trainable of " +
          "layers, not of weights",
      );
    }
    const other = await otherLayer(model.layers, loaded.layers);
    if (other) {
      throw refuse(
        `its layer "${other.name}" would answer otherwise after loading; give ` +
          `its class ${other.getClassName()} a getConfig with all that its ` +
          `constructor takes`,
      );
    }
    // Some layers answer only to what others give them.
    if (!await answersAlike(model, loaded)) {
      throw refuse(
        "it would answer otherwise after loading; give the classes of layers " +
          "of your own a getConfig with all that their constructors take",
      );
    }
  } finally {
    loaded.optimizer?.dispose();
    // Of a layer that is used twice dispose would leave the weights.
    for (const weight of loaded.weights) weight.dispose();
  }
}

function duplicate(names: string[]): string | undefined {
  return names.find((name, i) => names.indexOf(name) < i);
}

function namesOf(weights: tf.LayersModel["weights"]): string {
  return weights.map(({ originalName }) => originalName).join("\n");
}

/** The first layer that its own config cannot rebuild, and why. */
function culprit(layers: Layer[]): { name: string; why: string } | undefined {
  for (const layer of layers) {
    const { layers: inner } = layer as unknown as { layers?: Layer[] };
    const found = inner ? culprit(inner) : undefined;
    if (found) return found;
    if (inner) continue;
    try {
      const Class = layer.constructor as unknown as LayerClass;
      const { classNameMap } = tf.serialization.SerializationMap.getMap();
      if (!classNameMap[Class.className]) {
        return {
          name: layer.name,
          why: `"${Class.className}" is not registered`,
        };
      }
      const again = Class.fromConfig(Class, layer.getConfig());
      tf.tidy(() => again.build(shapesOf(layer)));
    } catch (error) {
      return { name: layer.name, why: (error as Error).message };
    }
  }
}

function shapesOf({ input }: Layer): tf.Shape | tf.Shape[] {
  return Array.isArray(input) ? input.map(({ shape }) => shape) : input.shape;
}

/** The first layer that answers otherwise than the loaded one, inner ones first. */
async function otherLayer(
  layers: Layer[],
  loaded: Layer[],
): Promise<Layer | undefined> {
  for (const [i, layer] of layers.entries()) {
    const [inner, innerLoaded] = [layer, loaded[i]].map((one) =>
      (one as unknown as { layers?: Layer[] }).layers ?? []
    );
    const found = await otherLayer(inner, innerLoaded);
    if (found) return found;
    if (!await answersAlike(layer, loaded[i])) return layer;
  }
}

/** Whether two layers, or models, answer the same inputs alike; unknown is alike. */
async function answersAlike(layer: Layer, other: Layer): Promise<boolean> {
  for (const range of INPUT_RANGES) {
    const first = await answersOf(layer, { to: layer, range });
    const again = await answersOf(layer, { to: layer, range });
    // One that draws random numbers answers otherwise each time.
    if (!first || !again || !areClose(first, again)) continue;
    const second = await answersOf(other, { to: layer, range });
    if (!second || !areClose(first, second)) return false;
  }
  return true;
}

/** What a layer answers to an input for `to`; undefined where it cannot be asked. */
async function answersOf(
  layer: Layer,
  { to, range: [low, high] }: { to: Layer; range: readonly [number, number] },
): Promise<tf.TypedArray[] | undefined> {
  // It would remember what it was asked, and answer otherwise from then on.
  if (to.stateful) return undefined;
  let answers: tf.Tensor[];
  try {
    answers = tf.tidy(() => {
      const inputs = inputsOf(to).map(({ shape }) =>
        tf.randomUniform(
          shape.map((size, i) => size ?? (i ? OPEN_SIZE : 1)),
          ...[low, high, "float32", 1] as const,
        )
      );
      const input = inputs.length === 1 ? inputs[0] : inputs;
      return [layer.apply(input) as tf.Tensor | tf.Tensor[]].flat();
    });
  } catch {
    return undefined;
  }
  const values = await Promise.all(answers.map((answer) => answer.data()));
  tf.dispose(answers);
  return values;
}

/** A model's inputs, or those of a layer where it is used first. */
function inputsOf(layer: Layer): tf.SymbolicTensor[] {
  return layer instanceof tf.LayersModel
    ? layer.inputs
    : [layer.getInputAt(0)].flat();
}

function areClose(some: tf.TypedArray[], others: tf.TypedArray[]): boolean {
  return some.length === others.length &&
    some.every((a, i) => isClose(a, others[i]));
}

function isClose(a: tf.TypedArray, b: tf.TypedArray): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    const isSame = Object.is(a[i], b[i]) ||
      Math.abs(a[i] - b[i]) <= TOLERANCE * (1 + Math.abs(a[i]));
    if (!isSame) return false;
  }
  return true;
}
