/**
 * What is shown of TensorFlow.js, in a cell and by `console.log`: what it is for.
 * Deno's own way shows how it is made inside.
 */

import * as tf from "@tensorflow/tfjs";

type Inspect = (value: unknown) => string;

/** Gives the values of TensorFlow.js, also those within others, texts of their own. */
export function describeTfjs() {
  describe(tf.Tensor, textOfTensor);
  describe(tf.SymbolicTensor, ({ name, shape, dtype }, inspect) => {
    return `SymbolicTensor ${inspect({ name, shape, dtype })}`;
  });
  describe(tf.layers.Layer, textOfLayer);
  describe(tf.LayersModel, textOfModel);
  describe(tf.Optimizer, (optimizer, inspect) => {
    return `${optimizer.getClassName()} ${inspect(optimizer.getConfig())}`;
  });
  describe(tf.History, ({ history }, inspect) => `History ${inspect(history)}`);
  describe(
    tf.data.Dataset,
    ({ size }, inspect) => `Dataset ${inspect({ size })}`,
  );
}

/** Deno asks for this whenever it shows a value. */
function describe<T>(
  kind: { prototype: T; name: string },
  textOf: (value: T, inspect: Inspect) => string,
) {
  Object.defineProperty(kind.prototype, Symbol.for("Deno.customInspect"), {
    configurable: true,
    value(
      this: T,
      inspect: typeof Deno.inspect,
      options: Deno.InspectOptions,
    ) {
      // Of the class itself there is nothing to tell.
      if (this === kind.prototype) return kind.name;
      return textOf(this, (value) => inspect(value, options));
    },
  });
}

/** Shape and numbers. */
function textOfTensor(tensor: tf.Tensor): string {
  try {
    return tensor.toString(true);
  } catch {
    const state = tensor.isDisposed
      ? "disposed, so its numbers are gone"
      : "its numbers are elsewhere; await tensor.data() gets them";
    return `Tensor of shape [${tensor.shape.join(", ")}]: ${state}`;
  }
}

/** What a layer was made with, without what is left out and how weights begin. */
function textOfLayer(layer: tf.layers.Layer, inspect: Inspect): string {
  const config = Object.entries(layer.getConfig()).filter(([name, value]) =>
    value !== null && value !== undefined && !name.endsWith("Initializer")
  );
  return `${layer.getClassName()} ${inspect(Object.fromEntries(config))}`;
}

/** The summary of a model, or why it has none yet. */
function textOfModel(model: tf.LayersModel): string {
  const lines: string[] = [];
  try {
    model.summary(undefined, undefined, (line) => void lines.push(line));
  } catch (error) {
    return `${model.getClassName()} "${model.name}": ${
      (error as Error).message
    }`;
  }
  return lines.join("\n");
}
