/** tfjs's RMSProp, centred as it should be. */

import {
  engine,
  relu,
  RMSPropOptimizer,
  type Tensor,
  tidy,
  type Variable,
  zerosLike,
} from "@tensorflow/tfjs-core";

/** tfjs's own state; its getWeights and setWeights know these names. */
interface State {
  learningRate: number;
  decay: number;
  momentum: number;
  epsilon: number;
  centered: boolean;
  accumulatedMeanSquares: Average[];
  accumulatedMoments: Average[];
  accumulatedMeanGrads: Average[];
  incrementIterations: () => void;
}

interface Average {
  originalName: string;
  variable: Variable;
}

type Gradients = Parameters<RMSPropOptimizer["applyGradients"]>[0];

const { applyGradients } = RMSPropOptimizer.prototype;

/**
 * From now on a centred RMSProp divides by the root of the variance plus epsilon.
 * tfjs-core 4.22 takes epsilon away: see fixes/README.md.
 */
export function centreRmsProp() {
  RMSPropOptimizer.prototype.applyGradients = function (gradients: Gradients) {
    const state = this as unknown as State;
    if (!state.centered) return applyGradients.call(this, gradients);
    const named = Array.isArray(gradients)
      ? gradients
      : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
    named.forEach(({ name, tensor }, i) => step(state, { name, tensor, i }));
    state.incrementIterations();
  };
}

function step(
  state: State,
  { name, tensor: gradient, i }: { name: string; tensor?: Tensor; i: number },
) {
  const variable = engine().registeredVariables[name];
  const at = (averages: Average[], what: string) =>
    (averages[i] ??= zeros(variable, what)).variable;
  const squares = at(state.accumulatedMeanSquares, "rms");
  const moments = at(state.accumulatedMoments, "momentum");
  const means = at(state.accumulatedMeanGrads, "mg");
  // A variable that is frozen has no gradient; it still takes its place.
  if (!gradient) return;
  const { learningRate, decay, momentum, epsilon } = state;
  tidy(() => {
    squares.assign(squares.mul(decay).add(gradient.square().mul(1 - decay)));
    means.assign(means.mul(decay).add(gradient.mul(1 - decay)));
    // Rounding may take a variance below zero.
    const variance = relu(squares.sub(means.square()));
    const change = gradient.mul(learningRate).div(variance.add(epsilon).sqrt());
    moments.assign(moments.mul(momentum).add(change));
    variable.assign(variable.sub(moments));
  });
}

function zeros(variable: Variable, what: string): Average {
  return {
    originalName: `${variable.name}/${what}`,
    variable: tidy(() => zerosLike(variable).variable(false)),
  };
}
