/** The seam between tfjs's layers and networks that run as one. */

import {
  engine,
  findBackend,
  getBackend,
  Optimizer,
  type Scalar,
  scalar,
  type Tensor,
  type TensorInfo,
  tidy,
  util,
} from "@tensorflow/tfjs-core";
import { BACKEND, type WasmBackend } from "../backend.ts";
import { isInGradient } from "../internals/engine.ts";
import { layersPrototypes, type Model } from "../internals/layers.ts";
import { isSmall, lossAndGradients, meanLoss, predict } from "./run.ts";
import { type Stage, stagesOf } from "./stages.ts";

/**
 * From now on models that can run as one network do so on this backend, in
 * `fit`, `trainOnBatch`, `evaluate` and `predict`; all others go layer by layer
 * as before. A model is looked at anew at each step, since its owner may freeze a
 * layer or change a setting between two of them; that costs 40 microseconds.
 */
export function runAsOne() {
  const { model } = layersPrototypes();
  const { makeTrainFunction, makeTestFunction, predictLoop } = model;

  model.makeTrainFunction = function () {
    const layerByLayer = makeTrainFunction.call(this);
    return (data) => {
      const stages = stagesForLoss(this, data);
      return stages && isPlainTraining(this, stages)
        ? [scalar(train(this, stages, data)) as Scalar]
        : layerByLayer(data);
    };
  };
  model.makeTestFunction = function () {
    makeTestFunction.call(this);
    const layerByLayer = this.testFunction;
    this.testFunction = (data) => {
      const stages = stagesForLoss(this, data);
      return stages
        ? [scalar(meanLoss(backend(), stages, pairOf(data))) as Scalar]
        : layerByLayer(data);
    };
  };
  model.predictLoop = function (inputs, ...rest) {
    const [x, ...others] = [inputs].flat();
    const stages = others.length === 0 ? stagesFor(this, x) : undefined;
    return stages
      ? tensorOf(predict(backend(), stages, x))
      : predictLoop.call(this, inputs, ...rest);
  };
}

/** Whether a model predicts as one network from such inputs. */
export function predictsAsOne(model: Model, x: Tensor): boolean {
  return stagesFor(model, x) !== undefined;
}

/** The stages for an input, where this backend runs and nobody asks for gradients. */
function stagesFor(model: Model, x: Tensor): Stage[] | undefined {
  const isHere = getBackend() === BACKEND && !isInGradient();
  if (!isHere || !fits(x, model.inputs[0])) return undefined;
  const stages = stagesOf(model);
  return stages && isSmall(stages) ? stages : undefined;
}

/** The stages for a batch whose loss is only the cross-entropy. */
function stagesForLoss(
  model: Model,
  [x, y, ...weights]: Tensor[],
): Stage[] | undefined {
  const { lossFunctions: [loss, ...others] } = model;
  const isPlain = others.length === 0 && loss !== undefined &&
    (loss.own ?? loss) === layersPrototypes().crossEntropy &&
    model.metricsTensors.length === 0 &&
    model.layers.every(({ losses }) => losses.length === 0) &&
    weights.every((weight) => weight == null) &&
    fits(y, model.outputs[0]) && x.shape[0] === y.shape[0];
  return isPlain ? stagesFor(model, x) : undefined;
}

/** Whether a step is what the stages do: all weights learn, by plain gradients. */
function isPlainTraining(
  { collectedTrainableWeights, optimizer }: Model,
  stages: Stage[],
): boolean {
  const weights = stages.flatMap(({ filter, bias }) => [filter, bias]);
  return weights.length === collectedTrainableWeights.length &&
    weights.every((weight, i) => weight === collectedTrainableWeights[i]) &&
    weights.every((weight) => weight.read().trainable) &&
    optimizer.minimize === Optimizer.prototype.minimize &&
    optimizer.computeGradients === Optimizer.prototype.computeGradients;
}

function train(model: Model, stages: Stage[], data: Tensor[]): number {
  const { loss, gradients } = lossAndGradients(
    backend(),
    stages,
    pairOf(data),
  );
  tidy(() => {
    const named = gradients.map((info, i) => ({
      name: model.collectedTrainableWeights[i].read().name,
      tensor: tensorOf(info),
    }));
    model.optimizer.applyGradients(named);
  });
  return loss;
}

function pairOf([x, y]: Tensor[]) {
  return { x, y };
}

function fits({ dtype, shape }: Tensor, { shape: wanted }: Model["inputs"][0]) {
  return dtype === "float32" && shape[0] > 0 &&
    util.arraysEqual(shape.slice(1), wanted.slice(1) as number[]);
}

function backend(): WasmBackend {
  return findBackend(BACKEND) as WasmBackend;
}

function tensorOf(info: TensorInfo): Tensor {
  return engine().makeTensorFromTensorInfo(info);
}
