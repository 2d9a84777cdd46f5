/** Random networks that run as one, and what both ways make of them. */

import * as tf from "@tensorflow/tfjs";
import type { WasmBackend } from "../../lib/backend/backend.ts";
import {
  lossAndGradients,
  meanLoss,
  predict,
} from "../../lib/backend/network/run.ts";
import { stagesOf } from "../../lib/backend/network/stages.ts";
import type { Random } from "../../lib/data/random.ts";

/** One of the networks that can run as one; weights and sizes by chance. */
export function randomNetwork(random: Random, n = 1 + random.integer(19)) {
  const { conv2d, maxPooling2d, upSampling2d } = tf.layers;
  const channels = () => 16 * (1 + random.integer(3));
  const convolution = (filters: number, inputShape?: number[]) =>
    conv2d({
      filters,
      kernelSize: 3,
      padding: "same",
      activation: filters === 1 ? "sigmoid" : "relu",
      inputShape,
    });
  const pool = () => maxPooling2d({ poolSize: 2 });
  const double = () => upSampling2d({ size: [2, 2] });
  // Poolings and upsamplings in any number, and sides that are odd where they
  // may be: whole and cut Winograd tiles.
  const halvings = random.integer(3), doublings = 1 + random.integer(2);
  const [h, w] = [0, 0].map(() => 2 ** halvings * (3 + random.integer(6)));
  const inputs = halvings ? 1 + random.integer(3) : 16;
  const encoder = Array.from({ length: halvings }, (_, i) => [
    convolution(channels(), i === 0 ? [h, w, inputs] : undefined),
    pool(),
  ]).flat();
  const middle = random.integer(2) || !halvings
    ? [convolution(channels(), halvings ? undefined : [h, w, inputs])]
    : [];
  const decoder = Array.from(
    { length: doublings - 1 },
    () => [double(), convolution(channels())],
  ).flat();
  const model = tf.sequential({
    layers: [...encoder, ...middle, ...decoder, double(), convolution(1)],
  });
  const [, outH, outW] = model.outputs[0].shape as number[];
  const normal = (shape: number[], scale = 1) =>
    numbers(shape, () => scale * random.normal());
  model.setWeights(
    model.getWeights().map(({ shape }) =>
      normal(shape, shape.length > 1 ? Math.sqrt(2 / 9 / shape[2]!) : 0.1)
    ),
  );
  return {
    model,
    x: normal([n, h, w, inputs]),
    y: numbers([n, outH, outW, 1], () => random.integer(2)),
  };
}

/** A tensor of what `next` gives. */
function numbers(shape: number[], next: () => number): tf.Tensor {
  const length = tf.util.sizeFromShape(shape);
  return tf.tensor(Float32Array.from({ length }, next), shape);
}

/** The backend of threads. */
export function currentBackend() {
  return tf.engine().findBackend("wasm-threads") as unknown as WasmBackend;
}

/** The numbers of a tensor that is disposed of. */
function numbersOf({ dataId }: tf.TensorInfo): Float32Array {
  const numbers = currentBackend().readSync(dataId) as Float32Array;
  currentBackend().disposeData(dataId);
  return numbers;
}

/** Loss, gradients by name and prediction, all layer by layer. */
export function layerByLayer(
  { model, x, y }: ReturnType<typeof randomNetwork>,
) {
  const { value, grads } = tf.variableGrads(() => {
    const output = model.apply(x, { training: true }) as tf.Tensor;
    return tf.metrics.binaryCrossentropy(y, output).mean<tf.Scalar>();
  });
  const prediction = model.apply(x) as tf.Tensor;
  return {
    loss: value.dataSync()[0],
    gradients: Object.fromEntries(
      Object.entries(grads).map(([name, tensor]) =>
        [name, tensor.dataSync<"float32">()] as const
      ),
    ),
    prediction: prediction.dataSync<"float32">(),
  };
}

/** The same of the network as one. */
export function asOne({ model, x, y }: ReturnType<typeof randomNetwork>) {
  const backend = currentBackend(), stages = stagesOf(model)!;
  const { loss, gradients } = lossAndGradients(backend, stages, { x, y });
  return {
    loss,
    meanLoss: meanLoss(backend, stages, { x, y }),
    gradients: Object.fromEntries(
      stages.flatMap(({ filter, bias }) => [filter, bias])
        .map((weight, i) => [weight.read().name, numbersOf(gradients[i])]),
    ) as Record<string, Float32Array>,
    prediction: numbersOf(predict(backend, stages, x)),
  };
}
