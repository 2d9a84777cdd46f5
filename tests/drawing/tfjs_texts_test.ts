import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../lib/backend/mod.ts";
import { buildAutoencoder } from "../../lib/training/model.ts";
import { describeTfjs } from "../../lib/drawing/tfjs_texts.ts";

await useBackend();
describeTfjs();

Deno.test("what TensorFlow.js makes is shown short, by what it is for", async () => {
  const model = buildAutoencoder();
  model.compile({
    optimizer: tf.train.adadelta(1),
    loss: "binaryCrossentropy",
  });
  const dense = tf.layers.dense({ units: 1, inputShape: [2] });
  const small = tf.sequential({ layers: [dense] });
  small.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  const history = await small.fit(tf.ones([2, 2]), tf.ones([2, 1]), {
    ...{ epochs: 1, verbose: 0 },
  });
  const gone = tf.ones([2, 3]);
  gone.dispose();
  const cases: [unknown, RegExp, lines: number][] = [
    [model, /^_+\nLayer \(type\).*Total params: 28353/s, 30],
    [tf.sequential(), /^Sequential "sequential_\d+": .*is empty/, 1],
    [model.layers[0], /^Conv2D \{\s+filters: 32,.*activation: "relu"/s, 20],
    [model.layers, /^\[\s+Conv2D \{.*MaxPooling2D \{.*\]$/s, 100],
    [model.inputs[0], /^SymbolicTensor .*shape: \[ null, 28, 28, 1 \]/s, 6],
    [model.optimizer, /Adadelta \{ learningRate: 1, rho: 0.95, eps.*\}$/, 1],
    [tf.train.adam(), /^Adam \{ learningRate: 0.001, beta1.*\}$/, 1],
    [tf.tensor([7, 8]), /^Tensor\n.*shape: \[2\].*\[7, 8\]$/s, 6],
    [[tf.tensor([7, 8])], /^\[\s+Tensor\n.*\[7, 8\]\s+\]$/s, 8],
    [tf.variable(tf.tensor([7, 8])), /\[7, 8\]$/, 6],
    [gone, /^Tensor of shape \[2, 3\]: disposed/, 1],
    [tf.data.array([1, 2]), /^Dataset \{ size: 2 \}$/, 1],
    [history, /^History \{ loss: \[ [\d.]+ \] \}$/, 1],
    [tf.Tensor.prototype, /^Tensor$/, 1],
  ];
  for (const [value, pattern, lines] of cases) {
    const text = Deno.inspect(value);
    assert.match(text, pattern);
    assert.ok(text.split("\n").length <= lines, text);
  }
});
