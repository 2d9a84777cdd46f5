/** The seam between tfjs's layers and networks that run as one. */

import { LayersModel, type Scalar, type Tensor } from "@tensorflow/tfjs";
import {
  engine,
  findBackend,
  getBackend,
  scalar,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import { BACKEND, type WasmBackend } from "./backend.ts";
import { lossAndGradients, meanLoss, predict, stagesOf } from "./network.ts";

/** Inputs and targets of a batch to its losses. */
type LossFunction = (data: Tensor[]) => Scalar[];
type PredictLoop = (
  inputs: Tensor | Tensor[],
  batchSize?: number,
) => Tensor;

/** What tfjs-layers calls on the way to every step, evaluation and prediction. */
interface Seams {
  makeTrainFunction: () => LossFunction;
  makeTestFunction: () => void;
  testFunction: LossFunction;
  predictLoop: PredictLoop;
}

// Some of this is private in LayersModel, so it is named here.
type Model =
  & Seams
  & { metricsTensors: unknown[] }
  & Pick<
    LayersModel,
    "layers" | "inputs" | "outputs" | "loss" | "optimizer" | "trainable"
  >;

/**
 * From now on models that can run as one network do so on this backend, in
 * `fit`, `trainOnBatch`, `evaluate` and `predict`; all others go layer by layer
 * as before.
 */
export function runAsOne() {
  const layers = LayersModel.prototype as unknown as Seams;
  const { makeTrainFunction, makeTestFunction, predictLoop } = layers;

  layers.makeTrainFunction = function (this: Model) {
    const layerByLayer = makeTrainFunction.call(this);
    return (data) => fastLoss(this, data, train) ?? layerByLayer(data);
  };
  layers.makeTestFunction = function (this: Model) {
    makeTestFunction.call(this);
    const layerByLayer = this.testFunction;
    this.testFunction = (data) =>
      fastLoss(this, data, evaluate) ?? layerByLayer(data);
  };
  layers.predictLoop = function (this: Model, inputs, ...rest) {
    const [x, ...others] = [inputs].flat();
    const isPlain = isFast(this) && others.length === 0 &&
      fits(x, this.inputs[0]);
    const stages = isPlain ? stagesOf(this) : undefined;
    return stages
      ? tensorOf(predict(backend(), stages, x))
      : predictLoop.call(this, inputs, ...rest);
  };
}

type Stages = NonNullable<ReturnType<typeof stagesOf>>;
type Batch = { x: Tensor; y: Tensor };

/** The loss by `run`, or nothing where the model or the batch needs the layers. */
function fastLoss(
  model: Model,
  [x, y, ...weights]: Tensor[],
  run: (model: Model, stages: Stages, batch: Batch) => number,
): Scalar[] | undefined {
  const isPlain = isFast(model) && model.loss === "binaryCrossentropy" &&
    model.metricsTensors.length === 0 &&
    weights.every((weight) => weight == null) &&
    fits(x, model.inputs[0]) && fits(y, model.outputs[0]) &&
    x.shape[0] === y.shape[0];
  const stages = isPlain ? stagesOf(model) : undefined;
  return stages && [scalar(run(model, stages, { x, y })) as Scalar];
}

function train(model: Model, stages: Stages, batch: Batch): number {
  const { loss, gradients } = lossAndGradients(backend(), stages, batch);
  engine().tidy(() => {
    const tensors = Object.entries(gradients).map(([name, info]) => ({
      name,
      tensor: tensorOf(info),
    }));
    model.optimizer.applyGradients(tensors);
  });
  return loss;
}

const evaluate = (_model: Model, stages: Stages, batch: Batch) =>
  meanLoss(backend(), stages, batch);

/** Whether this backend is the one in use, and nobody asks for gradients. */
function isFast(model: Model): boolean {
  return getBackend() === BACKEND && model.trainable &&
    engine().state.gradientDepth === 0;
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
