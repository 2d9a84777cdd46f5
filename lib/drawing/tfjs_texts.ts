/**
 * How values of TensorFlow.js appear in a cell and in `console.log`: by what they are
 * used for. By default Deno would show their internal structure.
 */

import * as tf from "@tensorflow/tfjs";

type Inspect = (value: unknown) => string;

/** Gives readable texts to values of TensorFlow.js, also inside other values. */
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

/** Sets the text of a class of values; Deno asks for it when it shows one. */
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
      // The prototype itself has no contents to describe.
      if (this === kind.prototype) return kind.name;
      return textOf(this, (value) => inspect(value, options));
    },
  });
}

/** The shape and the numbers of a tensor, or why it has none to show. */
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

/** The settings of a layer, without empty ones and weight initializers. */
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
