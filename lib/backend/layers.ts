/** The seam between tfjs's layers and networks that run as one. */

import {
  type LayersModel,
  LayersModel as Layers,
  type Scalar,
  type Tensor,
} from "@tensorflow/tfjs";
import {
  engine,
  findBackend,
  getBackend,
  Optimizer,
  scalar,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import { BACKEND, type WasmBackend } from "./backend.ts";
import { isSmall, lossAndGradients, meanLoss, predict } from "./network/run.ts";
import { type Stage, stagesOf, type Weight } from "./network/stages.ts";

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
  & Pick<LayersModel, "layers" | "inputs" | "outputs" | "loss" | "optimizer">
  & { metricsTensors: unknown[]; collectedTrainableWeights: Weight[] };

/**
 * From now on models that can run as one network do so on this backend, in
 * `fit`, `trainOnBatch`, `evaluate` and `predict`; all others go layer by layer
 * as before.
 */
export function runAsOne() {
  const layers = Layers.prototype as unknown as Seams;
  const { makeTrainFunction, makeTestFunction, predictLoop } = layers;

  layers.makeTrainFunction = function (this: Model) {
    const layerByLayer = makeTrainFunction.call(this);
    return (data) => {
      const stages = stagesForLoss(this, data);
      return stages && isPlainTraining(this, stages)
        ? [scalar(train(this, stages, data)) as Scalar]
        // In a scope, that gradients go should the optimiser throw.
        : engine().tidy(() => layerByLayer(data));
    };
  };
  layers.makeTestFunction = function (this: Model) {
    makeTestFunction.call(this);
    const layerByLayer = this.testFunction;
    this.testFunction = (data) => {
      const stages = stagesForLoss(this, data);
      return stages
        ? [scalar(meanLoss(backend(), stages, pairOf(data))) as Scalar]
        : layerByLayer(data);
    };
  };
  layers.predictLoop = function (this: Model, inputs, ...rest) {
    const [x, ...others] = [inputs].flat();
    const stages = others.length === 0 ? stagesFor(this, x) : undefined;
    return stages
      ? tensorOf(predict(backend(), stages, x))
      : predictLoop.call(this, inputs, ...rest);
  };
}

const known = new WeakMap<Model, Stage[] | undefined>();

/** The stages for an input, where this backend runs and nobody asks for gradients. */
function stagesFor(model: Model, x: Tensor): Stage[] | undefined {
  const isHere = getBackend() === BACKEND &&
    engine().state.gradientDepth === 0;
  if (!isHere || !fits(x, model.inputs[0])) return undefined;
  if (!known.has(model)) {
    const stages = stagesOf(model);
    known.set(model, stages && isSmall(stages) ? stages : undefined);
  }
  return known.get(model);
}

/** The stages for a batch whose loss is only the cross-entropy. */
function stagesForLoss(
  model: Model,
  [x, y, ...weights]: Tensor[],
): Stage[] | undefined {
  const isPlain = model.loss === "binaryCrossentropy" &&
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
    optimizer.minimize === Optimizer.prototype.minimize &&
    optimizer.computeGradients === Optimizer.prototype.computeGradients;
}

function train(model: Model, stages: Stage[], data: Tensor[]): number {
  const { loss, gradients } = lossAndGradients(
    backend(),
    stages,
    pairOf(data),
  );
  engine().tidy(() => {
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
