import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import { explain, useBackend } from "../../lib/backend/mod.ts";
import { buildAutoencoder } from "../../lib/mod.ts";

await useBackend("wasm-threads", { threads: 2 });

Deno.test("explain names the kernels of each layer and of the way back", async () => {
  const model = tf.sequential({
    name: "small",
    layers: [
      tf.layers.conv2d({
        name: "first",
        inputShape: [8, 8, 1],
        filters: 2,
        kernelSize: 3,
        activation: "relu",
      }),
      tf.layers.batchNormalization({ name: "normal" }),
      tf.layers.flatten({ name: "flat" }),
      tf.layers.dense({ name: "last", units: 3 }),
    ],
  });
  const x = tf.randomUniform([4, 8, 8, 1], 0, 1, "float32", 1);
  const weights = () => model.getWeights().map((weight) => weight.dataSync());
  const before = weights(), { numTensors } = tf.memory();
  assert.deepEqual(
    await explain(model, x),
    `"small" runs layer by layer:

first: FusedConv2D
normal: BatchNormTraining, 2 MovingAverage
flat: no kernel
last: _FusedMatMul
gradients: Tile, 2 BatchMatMul, Sum, BatchNormTrainingGrad, EpilogueGrad, Conv2DBackpropFilter

All of its 12 kernels run in WebAssembly.`,
  );
  assert.deepEqual(weights(), before, "moving averages, too");
  assert.deepEqual(tf.memory().numTensors, numTensors);
});

Deno.test("explain tells what a layer inside another runs", async () => {
  const layer = tf.layers.dense({ units: 2 });
  const model = tf.sequential({
    layers: [
      tf.layers.timeDistributed({ name: "each", layer, inputShape: [3, 4] }),
    ],
  });
  assert.match(await explain(model, tf.zeros([1, 3, 4])), /^each: .*MatMul/m);
});

/** Has a kernel that is always tfjs's own, and one that is so for whole numbers. */
class Doubtful extends tf.layers.Layer {
  static readonly className = "Doubtful";
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = [inputs].flat();
    return tf.tidy(() => {
      const { values } = tf.topk(x, 1);
      const whole = tf.sum(tf.ones([2], "int32")).toFloat();
      return tf.add(tf.add(values, tf.sum(x)), whole);
    });
  }
}
tf.serialization.registerClass(Doubtful);

Deno.test("explain names kernels that are left to tfjs's own", async () => {
  const input = tf.input({ shape: [4] });
  const outputs = new Doubtful({ name: "doubtful" })
    .apply(input) as tf.SymbolicTensor;
  const model = tf.model({ inputs: input, outputs });
  const text = await explain(model, tf.zeros([1, 4]));
  assert.match(text, /^doubtful: .*TopK/m);
  assert.match(
    text,
    /tfjs's own, in JavaScript on one thread: TopK, Sum, Cast\./,
  );
  assert.match(text, /\n\n[^]*doubtful.*\n\n/, "without weights, no gradients");
});

Deno.test("explain says which model runs as one network, and from where", async () => {
  const model = buildAutoencoder({ seed: 0 });
  assert.match(
    await explain(model, tf.zeros([1, 28, 28, 1])),
    /as one network/,
  );
  await useBackend("cpu");
  try {
    await assert.rejects(
      () => explain(model, tf.zeros([1, 28, 28, 1])),
      /the backend is "cpu"; call useBackend\("wasm-threads"\) first/,
    );
  } finally {
    await useBackend("wasm-threads", { threads: 2 });
  }
});

/** Has no gradient, since tfjs has none of complex numbers. */
class Complex extends tf.layers.Layer {
  static readonly className = "Complex";
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = [inputs].flat();
    return tf.real(tf.complex(x, x));
  }
}
tf.serialization.registerClass(Complex);

Deno.test("explain says why there are no gradients, and two at once do not mix", async () => {
  const model = () =>
    tf.sequential({
      layers: [
        tf.layers.dense({ name: "first", units: 2, inputShape: [3] }),
        new Complex({ name: "complex" }),
      ],
    });
  const { apply } = tf.layers.Layer.prototype, x = tf.zeros([1, 3]);
  const [one, other] = await Promise.all([model(), model()]
    .map((model) => explain(model, x)));
  assert.equal(tf.layers.Layer.prototype.apply, apply);
  for (const text of [one, other]) {
    assert.match(text, /^first: _FusedMatMul\ncomplex: Complex, Real\n/m);
    assert.match(text, /^gradients: none, since .* not found for Real/m);
  }
});

Deno.test("explain leaves layers as they were when inputs do not fit", async () => {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 2, inputShape: [3] })],
  });
  const { apply } = tf.layers.Layer.prototype, { numTensors } = tf.memory();
  await assert.rejects(() => explain(model, tf.zeros([1, 4])));
  assert.equal(tf.engine().state.profiling, false);
  await assert.rejects(
    () => explain(model, [tf.zeros([1, 3]), tf.zeros([1, 3])]),
    /its inputs are 1, and 2 were given/,
  );
  assert.deepEqual(tf.layers.Layer.prototype.apply, apply);
  assert.deepEqual(
    tf.memory().numTensors,
    numTensors + 3,
    "the inputs themselves",
  );
});
