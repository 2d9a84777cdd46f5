/** The trained network as a file that Keras opens. */

import * as h5 from "h5wasm";
import type * as tf from "@tensorflow/tfjs";

/** What tfjs's `toJSON` returns of a `Sequential`. */
interface Topology {
  config: { layers: { config: Record<string, unknown> }[] };
}

/**
 * A `tf.Sequential` as the bytes of an HDF5 file (`.h5`), laid out as Keras 2 lays
 * out a model and as both Keras 2 and Keras 3 read it, with
 * `keras.saving.load_model("denoiser.h5")`.
 *
 * @throws {Error} when a weight was not written as it is.
 */
export async function kerasFile(model: tf.Sequential): Promise<Uint8Array> {
  const { FS } = await h5.ready;
  const file = new h5.File("model.h5", "w");
  try {
    file.create_attribute("model_config", JSON.stringify(topologyOf(model)));
    const all = file.create_group("model_weights");
    for (const group of [file, all]) {
      group.create_attribute("backend", "tensorflow");
      group.create_attribute("keras_version", "2.15.0");
    }
    const layers = model.layers.filter(({ weights }) => weights.length > 0);
    all.create_attribute("layer_names", layers.map(({ name }) => name));
    for (const layer of layers) {
      const group = all.create_group(layer.name);
      const names = layer.weights.map(({ originalName }) =>
        originalName.split("/").at(-1)!
      );
      group.create_attribute("weight_names", names);
      for (const [i, tensor] of layer.getWeights().entries()) {
        const [name, shape] = [names[i], tensor.shape];
        const data = await tensor.data() as Float32Array;
        group.create_dataset({ name, data, shape });
        // h5wasm throws nothing when it cannot write.
        const kept = (group.get(name) as h5.Dataset | null)
          ?.value as typeof data;
        if (!kept || !data.every((value, i) => Object.is(value, kept[i]))) {
          throw new Error(`Cannot write "${layer.name}/${name}" as HDF5`);
        }
      }
    }
  } finally {
    file.close();
  }
  return FS!.readFile("model.h5");
}

/** The layers as Keras names them: the shape of the input has a layer of its own. */
function topologyOf(model: tf.Sequential) {
  const topology = model.toJSON(null, false) as unknown as Topology;
  const layers = topology.config.layers;
  const { batch_input_shape, ...first } = layers[0].config;
  const input = {
    class_name: "InputLayer",
    config: { name: "input", batch_input_shape, dtype: "float32" },
  };
  const rest = [{ ...layers[0], config: first }, ...layers.slice(1)];
  const config = { ...topology.config, layers: [input, ...rest] };
  return { ...topology, config };
}
