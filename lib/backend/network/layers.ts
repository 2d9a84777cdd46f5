/** The seam between tfjs's layers and networks that run as one. */

import {
  layers,
  type LayersModel,
  LayersModel as Layers,
  sequential,
} from "@tensorflow/tfjs-layers";
import {
  engine,
  findBackend,
  getBackend,
  Optimizer,
  type Scalar,
  scalar,
  type Tensor,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import { BACKEND, type WasmBackend } from "../backend.ts";
import { isSmall, lossAndGradients, meanLoss, predict } from "./run.ts";
import { type Stage, stagesOf, type Weight } from "./stages.ts";

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
  & Pick<LayersModel, "layers" | "inputs" | "outputs" | "optimizer">
  & {
    lossFunctions: unknown[];
    metricsTensors: unknown[];
    collectedTrainableWeights: Weight[];
  };

/**
 * From now on models that can run as one network do so on this backend, in
 * `fit`, `trainOnBatch`, `evaluate` and `predict`; all others go layer by layer
 * as before. A model is looked at anew at each step, since its owner may freeze a
 * layer or change a setting between two of them; that costs 40 microseconds.
 *
 * tfjs-layers 4.22 forgets the constraints of weights when it trains (layers
 * with them never run as one): from now on they hold after each step, as in Keras.
 */
export function runAsOne() {
  const prototype = Layers.prototype as unknown as Seams;
  const { makeTrainFunction, makeTestFunction, predictLoop } = prototype;

  prototype.makeTrainFunction = function (this: Model) {
    const layerByLayer = makeTrainFunction.call(this);
    return (data) => {
      const stages = stagesForLoss(this, data);
      return stages && isPlainTraining(this, stages)
        ? [scalar(train(this, stages, data)) as Scalar]
        // In a scope, that gradients go should the optimiser throw.
        : engine().tidy(() => {
          const losses = layerByLayer(data);
          constrain(this.collectedTrainableWeights);
          return losses;
        });
    };
  };
  prototype.makeTestFunction = function (this: Model) {
    makeTestFunction.call(this);
    const layerByLayer = this.testFunction;
    this.testFunction = (data) => {
      const stages = stagesForLoss(this, data);
      return stages
        ? [scalar(meanLoss(backend(), stages, pairOf(data))) as Scalar]
        : layerByLayer(data);
    };
  };
  prototype.predictLoop = function (this: Model, inputs, ...rest) {
    const [x, ...others] = [inputs].flat();
    const stages = others.length === 0 ? stagesFor(this, x) : undefined;
    return stages
      ? tensorOf(predict(backend(), stages, x))
      : predictLoop.call(this, inputs, ...rest);
  };
}

/** The stages for an input, where this backend runs and nobody asks for gradients. */
function stagesFor(model: Model, x: Tensor): Stage[] | undefined {
  const isHere = getBackend() === BACKEND &&
    engine().state.gradientDepth === 0;
  if (!isHere || !fits(x, model.inputs[0])) return undefined;
  const stages = stagesOf(model);
  return stages && isSmall(stages) ? stages : undefined;
}

/** The stages for a batch whose loss is only the cross-entropy. */
function stagesForLoss(
  model: Model,
  [x, y, ...weights]: Tensor[],
): Stage[] | undefined {
  const { lossFunctions } = model;
  const isPlain = lossFunctions.length === 1 &&
    lossFunctions[0] === crossEntropy() &&
    model.metricsTensors.length === 0 &&
    model.layers.every(({ losses }) => losses.length === 0) &&
    weights.every((weight) => weight == null) &&
    fits(y, model.outputs[0]) && x.shape[0] === y.shape[0];
  return isPlain ? stagesFor(model, x) : undefined;
}

/** The function that tfjs-layers means by "binaryCrossentropy". */
function crossEntropy(): unknown {
  if (!known) {
    const name = "named"; // else it takes the numbers of somebody's layers
    const layer = layers.activation({
      name,
      activation: "linear",
      inputShape: [1],
    });
    const model = sequential({ name, layers: [layer] });
    model.compile({ optimizer: "sgd", loss: "binaryCrossentropy" });
    [known] = (model as unknown as { model: Model }).model.lossFunctions;
    model.dispose();
  }
  return known;
}

let known: unknown;

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
  engine().tidy(() => {
    const named = gradients.map((info, i) => ({
      name: model.collectedTrainableWeights[i].read().name,
      tensor: tensorOf(info),
    }));
    model.optimizer.applyGradients(named);
  });
  return loss;
}

/** Projects each weight that learns to where its constraint allows it. */
function constrain(weights: Weight[]) {
  for (const weight of weights) {
    const { constraint } = weight, variable = weight.read();
    if (constraint && variable.trainable) {
      variable.assign(constraint.apply(variable));
    }
  }
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
