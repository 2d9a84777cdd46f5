import * as tf from "@tensorflow/tfjs";
import { inWords } from "../errors/in_words.ts";

type Layer = tf.layers.Layer;

/**
 * Counts the multiplications that a network needs for one image: those of its
 * convolutions and dense layers, each weight times the places where it is used.
 * Poolings, activations and biases cost next to nothing beside them, and count as
 * nothing. The figure belongs to the network, where seconds belong to a machine.
 *
 * @example
 * ```ts
 * countMultiplications(buildAutoencoder()); // 4,515,840
 * ```
 *
 * @throws {TypeError} when it is no model.
 * @throws {RangeError} when a layer is of another kind with weights of its own, or the
 * size of the images is not known.
 */
export function countMultiplications(model: tf.LayersModel): number {
  if (!Array.isArray(model?.layers)) {
    throw new TypeError(
      `Cannot count the multiplications of "${inWords(model)}": give a model ` +
        `of TensorFlow.js, such as buildAutoencoder()`,
    );
  }
  return model.layers.reduce((sum, layer) => sum + countOf(layer), 0);
}

function countOf(layer: Layer): number {
  if ("layers" in layer) return countMultiplications(layer as tf.LayersModel);
  const kind = layer.getClassName();
  if (/^(BatchNormalization|LayerNormalization|PReLU)$/.test(kind)) return 0;
  if (layer.weights.length === 0) return 0;
  if (/^(Conv[123]D|Dense|Conv[23]DTranspose)$/.test(kind)) {
    // A transposed convolution uses each weight once at each place of its input.
    const places = /Transpose$/.test(kind) ? layer.input : layer.output;
    return placesOf(places as tf.SymbolicTensor, layer) *
      tf.util.sizeFromShape(layer.weights[0].shape as number[]);
  }
  throw new RangeError(
    `Cannot count the multiplications of the layer "${layer.name}": it is of ` +
      `the kind ${kind}, and only convolutions and dense layers are counted`,
  );
}

/** The places of [n, ...places, channels]. */
function placesOf({ shape }: tf.SymbolicTensor, layer: Layer): number {
  const places = shape.slice(1, -1);
  if (places.every((size) => size !== null)) {
    return tf.util.sizeFromShape(places as number[]);
  }
  throw new RangeError(
    `Cannot count the multiplications of the layer "${layer.name}": its ` +
      `images are of any size; give the first layer an inputShape`,
  );
}
