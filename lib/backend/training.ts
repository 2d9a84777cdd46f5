/** The seam between tfjs's layers and networks that train as one. */

import { LayersModel, type Scalar, type Tensor } from "@tensorflow/tfjs";
import {
  engine,
  findBackend,
  getBackend,
  scalar,
  util,
} from "@tensorflow/tfjs-core";
import { BACKEND, type WasmBackend } from "./backend.ts";
import { lossAndGradients, type Stage, stagesOf } from "./network.ts";

/** What tfjs-layers makes of a compiled model: inputs and targets to losses. */
type TrainFunction = (data: Tensor[]) => Scalar[];
type Trainable = LayersModel & { makeTrainFunction(): TrainFunction };

/**
 * From now on models that can train as one network do so on this backend, in
 * `fit`, `trainOnBatch` and whatever else calls `makeTrainFunction`; all others
 * go on as before.
 */
export function trainAsOne() {
  const layers = LayersModel.prototype as Trainable;
  const { makeTrainFunction } = layers;
  if (makeTrainFunction.name === "makeFastTrainFunction") return;
  layers.makeTrainFunction = function makeFastTrainFunction() {
    const general = makeTrainFunction.call(this);
    const stages = this.loss === "binaryCrossentropy" &&
      !(this as unknown as { metricsTensors: unknown[] }).metricsTensors
        .length &&
      stagesOf(this);
    if (!stages) return general;
    return (data) =>
      getBackend() === BACKEND && isWhole(this, data)
        ? [step(this, stages, data)]
        : general(data);
  };
}

/** Whether these are an input and a target of floats, without weights. */
function isWhole(model: LayersModel, [x, y, ...weights]: Tensor[]) {
  return weights.every((weight) => weight == null) &&
    [x, y].every(({ dtype }) => dtype === "float32") &&
    util.arraysEqual(
      x.shape.slice(1),
      model.inputs[0].shape.slice(1) as number[],
    ) &&
    util.arraysEqual(
      y.shape.slice(1),
      model.outputs[0].shape.slice(1) as number[],
    ) &&
    x.shape[0] === y.shape[0];
}

function step(
  model: LayersModel,
  stages: Stage[],
  [x, y]: Tensor[],
): Scalar {
  const backend = findBackend(BACKEND) as WasmBackend;
  const { loss, gradients } = lossAndGradients(backend, stages, { x, y });
  return engine().tidy(() => {
    const tensors = Object.entries(gradients).map(([name, info]) => ({
      name,
      tensor: engine().makeTensorFromTensorInfo(info),
    }));
    model.optimizer.applyGradients(tensors);
    return scalar(loss) as Scalar;
  });
}
