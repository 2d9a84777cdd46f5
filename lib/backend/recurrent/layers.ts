/** The seam between tfjs's recurrent layers and kernels of all their steps. */

import {
  cast,
  dropout,
  engine,
  getBackend,
  type GradConfig,
  matMul,
  mul,
  type NamedAttrMap,
  type NamedTensorMap,
  ones,
  registerGradient,
  reshape,
  sum,
  type Tensor,
  tidy,
  zeros,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { BACKEND } from "../backend.ts";
import { arePositiveIntegers, hasShape } from "../geometry/sizes.ts";
import { isInGradient, isInNestedGradient } from "../internals/engine.ts";
import {
  innerCell,
  isBuilt,
  recurrentClasses,
  type RecurrentFlags,
  type RecurrentLayer,
} from "../internals/recurrent.ts";
import { areFloats } from "../kernels/accelerate.ts";
import {
  GRU,
  HARD_SIGMOID,
  LINEAR,
  LSTM,
  RELU,
  SIGMOID,
  SIMPLE,
  TANH,
} from "../threads/jobs.ts";
import { CELLS, namedOutputs, type SequenceAttributes } from "./kernels.ts";

/**
 * From now on a recurrent layer whose cell and activations the kernels know takes all
 * its steps in one kernel on this backend; all others go step by step as before.
 */
export function stepInOneSequence() {
  registerGradient(gradient);
  const { layer } = recurrentClasses();
  const { call } = layer;
  layer.call = function (inputs, flags) {
    const [x, ...others] = [inputs].flat();
    const isPossible = getBackend() === BACKEND && !isInNestedGradient() &&
      others.length === 0;
    const answer = isPossible && callAtOnce(this, x, flags ?? {});
    return answer || call.call(this, inputs, flags);
  };
}

/** What the layer gives, or undefined where the kernels do not know how. */
function callAtOnce(
  layer: RecurrentLayer,
  x: Tensor,
  { mask, training, initialState }: RecurrentFlags,
): Tensor | Tensor[] | undefined {
  const attributes = attributesOf(layer);
  const hasSizes = x.shape.length === 3 && arePositiveIntegers(...x.shape);
  if (!attributes || !hasSizes) return undefined;
  const cell = innerCell(layer.cell), { gates, hasC } = CELLS[attributes.cell];
  // What is dropped of h, or in a way of its own, is dropped step by step.
  const isKnown = !training || !isRate(cell.recurrentDropout) &&
      (!isRate(cell.dropout) || !cell.dropoutFunc);
  if (!isKnown) return undefined;
  const [batch, time, width] = x.shape;
  const kernel = cell.kernel.read(),
    recurrentKernel = cell.recurrentKernel.read();
  const [units] = recurrentKernel.shape;
  const given = initialState ?? (layer.stateful ? layer.states_ : null);
  // tfjs's own first state is zero; another layer's may be anything.
  const { getInitialState } = recurrentClasses().layer;
  if (!given && layer.getInitialState !== getInitialState) return undefined;
  const fits =
    (given ?? []).every((state) => hasShape(state, [batch, units])) &&
    (!given || given.length === (hasC ? 2 : 1)) &&
    (!mask || mask.size === batch * time) &&
    areFloats(x, kernel, recurrentKernel, ...given ?? []);
  if (!fits) return undefined;
  return tidy(() => {
    // The same inputs are dropped at each step.
    const left = training && isRate(cell.dropout)
      ? mul(x, dropout(ones([batch, 1, width]), cell.dropout))
      : x;
    const product = matMul(reshape(left, [batch * time, width]), kernel);
    const [h, c] = given ?? [0, 1].map(() => zeros([batch, units]));
    const bias = cell.bias?.read();
    const inputs: NamedTensorMap = {
      x: reshape(product, [batch, time, gates * units]),
      recurrentKernel,
      ...bias && { bias },
      mask: mask
        ? reshape(cast(cast(mask, "bool"), "float32"), [batch, time])
        : zeros([0]),
      h,
      ...hasC && { c },
    };
    const outputs = engine().runKernel(
      "RecurrentSequence",
      inputs,
      attributes as unknown as NamedAttrMap,
    ) as Tensor[];
    const last = namedOutputs(outputs, attributes);
    const states = last.c ? [last.h, last.c] : [last.h];
    if (layer.stateful) layer.resetStates(states, training);
    const output = last.sequence ?? last.h;
    return layer.returnState ? [output, ...states] : output;
  });
}

/** tfjs drops nothing at all other rates. */
function isRate(rate: number): boolean {
  return 0 < rate && rate < 1;
}

/** What the kernels are to do for a layer; undefined where they do not know it. */
function attributesOf(layer: RecurrentLayer): SequenceAttributes | undefined {
  const { cells, activations } = recurrentClasses();
  const classOf = (owner: object) => Object.getPrototypeOf(owner) as object;
  const cell = new Map([
    [cells.lstm, LSTM],
    [cells.gru, GRU],
    [cells.simpleRNN, SIMPLE],
  ]).get(classOf(layer.cell));
  const isOwn = Object.hasOwn(layer.cell, "call");
  if (cell === undefined || isOwn || !isBuilt(layer.cell)) return undefined;
  const numbers = new Map([
    [activations.linear, LINEAR],
    [activations.relu, RELU],
    [activations.tanh, TANH],
    [activations.sigmoid, SIGMOID],
    [activations.hardSigmoid, HARD_SIGMOID],
  ]);
  const { activation: outer, recurrentActivation: inner = outer } = innerCell(
    layer.cell,
  );
  const activation = numbers.get(classOf(outer));
  const recurrentActivation = numbers.get(classOf(inner));
  if (activation === undefined || recurrentActivation === undefined) {
    return undefined;
  }
  return {
    ...{ cell, activation, recurrentActivation },
    goBackwards: layer.goBackwards,
    returnsSequence: layer.returnSequences,
    keeps: isInGradient(),
  };
}

const gradient: GradConfig = {
  kernelName: "RecurrentSequence",
  inputsToSave: ["recurrentKernel", "mask"],
  // What is kept comes first, two or three tensors.
  outputsToSave: [true, true, true],
  gradFunc: (upstream, [recurrentKernel, mask, ...kept], attrs) => {
    const attributes = attrs as unknown as SequenceAttributes;
    const { gates, previous, inner } = namedOutputs(kept, attributes);
    const { h: dh, c: dc, sequence: dSequence } = namedOutputs(
      upstream as Tensor[],
      attributes,
    );
    const inputs = {
      ...{ recurrentKernel, mask, gates, previous, dh },
      ...inner && { inner },
      ...dc && { dc },
      ...dSequence && { dSequence },
    } as NamedTensorMap;
    const [dx, dKernel, dFirstH, dFirstC] = engine().runKernel(
      "RecurrentSequenceGrad",
      inputs,
      attrs,
    ) as Tensor[];
    return {
      x: () => dx,
      recurrentKernel: () => dKernel,
      bias: () => sum(dx, [0, 1]),
      mask: () => zerosLike(mask),
      h: () => dFirstH,
      c: () => dFirstC,
    };
  },
};
