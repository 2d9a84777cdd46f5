import * as tf from "@tensorflow/tfjs";
import assert from "node:assert/strict";
import { useBackend } from "../../../lib/backend/mod.ts";
import { stagesOf } from "../../../lib/backend/network/stages.ts";

Deno.test("other networks go layer by layer", async () => {
  await useBackend("wasm-threads");
  const { conv2d, dense, flatten, maxPooling2d, upSampling2d } = tf.layers;
  const common = {
    kernelSize: 3,
    padding: "same",
    activation: "relu",
  } as const;
  const last = { ...common, filters: 1, activation: "sigmoid" } as const;
  const first = { ...common, filters: 16, inputShape: [8, 8, 16] };
  const networks: Record<string, tf.layers.Layer[]> = {
    "a stride": [
      conv2d({ ...first, strides: 2 }),
      upSampling2d({}),
      conv2d(last),
    ],
    "a window of 5": [
      conv2d({ ...first, kernelSize: 5 }),
      upSampling2d({}),
      conv2d(last),
    ],
    "no upsampling": [conv2d(first), conv2d(last)],
    "bilinear upsampling": [
      conv2d(first),
      upSampling2d({ interpolation: "bilinear" }),
      conv2d(last),
    ],
    "another activation": [
      conv2d({ ...first, activation: "tanh" }),
      upSampling2d({}),
      conv2d(last),
    ],
    "no bias": [
      conv2d({ ...first, useBias: false }),
      upSampling2d({}),
      conv2d(last),
    ],
    "a penalty on weights": [
      conv2d({ ...first, kernelRegularizer: "l1l2" }),
      upSampling2d({}),
      conv2d(last),
    ],
    "images of 2 by 2": [
      conv2d(first),
      maxPooling2d({ poolSize: 2 }),
      conv2d({ ...common, filters: 16 }),
      maxPooling2d({ poolSize: 2 }),
      conv2d({ ...common, filters: 16 }),
      upSampling2d({}),
      conv2d(last),
    ],
    "dense layers": [conv2d(first), flatten(), dense({ units: 1 })],
  };
  for (const [name, layers] of Object.entries(networks)) {
    const model = tf.sequential({ layers });
    assert.equal(stagesOf(model), undefined, name);
    model.compile({ optimizer: "sgd", loss: "binaryCrossentropy" });
    const [, ...shape] = model.outputs[0].shape as number[];
    const x = tf.zeros([2, 8, 8, 16]), y = tf.zeros([2, ...shape]);
    const loss = await model.trainOnBatch(x, y) as number;
    assert.ok(loss > 0, name);
  }
  const usual = tf.sequential({
    layers: [conv2d(first), upSampling2d({}), conv2d(last)],
  });
  assert.equal(stagesOf(usual)?.length, 2);
});
