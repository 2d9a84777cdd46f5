/** tfjs's RMSProp, centred as it should be. */

import { relu, tidy } from "@tensorflow/tfjs-core";
import { averagesOf, replaceStep, RMSPROP } from "../internals/optimizers.ts";

/**
 * From now on a centred RMSProp divides by the root of the variance plus epsilon.
 * tfjs-core 4.22 takes epsilon away: see README.md.
 */
export function centreRmsProp() {
  replaceStep(RMSPROP, (optimizer, changes, before) => {
    if (!optimizer.centered) return before();
    const { learningRate, decay, momentum, epsilon } = optimizer;
    changes.forEach(({ variable, gradient }, i) => {
      const averages = averagesOf(RMSPROP, optimizer, { variable, i });
      // A variable that is frozen has no gradient; it still has its place.
      if (!gradient) return;
      const [squares, moments, means] = averages;
      tidy(() => {
        const square = gradient.square().mul(1 - decay);
        squares.assign(squares.mul(decay).add(square));
        means.assign(means.mul(decay).add(gradient.mul(1 - decay)));
        // Rounding may take a variance below zero.
        const variance = relu(squares.sub(means.square()));
        const root = variance.add(epsilon).sqrt();
        const change = gradient.mul(learningRate).div(root);
        moments.assign(moments.mul(momentum).add(change));
        variable.assign(variable.sub(moments));
      });
    });
    optimizer.incrementIterations();
  });
}
