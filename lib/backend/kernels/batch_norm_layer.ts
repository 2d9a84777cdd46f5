/** tf.layers.batchNormalization in training: one kernel forward, and one back. */

import {
  getBackend,
  registerGradient,
  type Tensor,
  tidy,
} from "@tensorflow/tfjs-core";
import { BACKEND } from "../backend.ts";
import { isInNestedGradient } from "../internals/engine.ts";
import { innerNormalization, layersPrototypes } from "../internals/layers.ts";
import { areFloats, runOperation } from "./accelerate.ts";

/** From now on layers in training run in few kernels on our backend. */
export function normaliseInOneKernel() {
  registerTrainingGradient();
  const { normalization } = layersPrototypes();
  const { call } = normalization;
  normalization.call = function (inputs, flags, ...more) {
    const [x, ...others] = [inputs].flat() as Tensor[];
    const isLast = [-1, x.rank - 1].includes(this.axis);
    // Of a gradient's gradient there must be a chain of kernels that have one.
    const isOurs = getBackend() === BACKEND && flags?.training && isLast &&
      others.length === 0 && x.rank >= 2 && x.size > 0 &&
      areFloats(x) && !isInNestedGradient();
    if (!isOurs) return call.call(this, inputs, flags, ...more);
    const { gamma, beta, epsilon, momentum } = this;
    const moving = innerNormalization(this);
    return tidy(() => {
      const [y, mean, variance] = runOperation("BatchNormTraining", {
        x,
        scale: gamma?.read(),
        offset: beta?.read(),
      }, { epsilon });
      // As in tfjs-layers and Keras 3 the variance is that of the batch itself; the
      // fused layers of Keras 2 multiply it by n / (n - 1) for the moving average.
      for (
        const [weight, value] of [
          [moving.movingMean, mean],
          [moving.movingVariance, variance],
        ] as const
      ) {
        const average = weight.read();
        const inputs = { average, value };
        weight.write(runOperation("MovingAverage", inputs, { momentum })[0]);
      }
      return y;
    });
  };
}

function registerTrainingGradient() {
  registerGradient({
    kernelName: "BatchNormTraining",
    inputsToSave: ["x", "scale"],
    outputsToSave: [false, true, true],
    gradFunc: (dys, saved, attrs) => {
      const x = saved[0], [mean, variance] = saved.slice(-2);
      const scale = saved.length > 3 ? saved[1] : undefined;
      const [dy] = dys as Tensor[];
      const [dx, dScale, dOffset] = runOperation(
        "BatchNormTrainingGrad",
        { dy, x, scale, mean, variance },
        attrs,
      );
      return { x: () => dx, scale: () => dScale, offset: () => dOffset };
    },
  });
}
