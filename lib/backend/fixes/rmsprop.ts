/** tfjs's RMSProp, centred as it should be. */

import {
  add,
  div,
  mul,
  relu,
  sqrt,
  square,
  sub,
  type Tensor,
  tidy,
} from "@tensorflow/tfjs-core";
import { averagesOf, replaceStep, RMSPROP } from "../internals/optimizers.ts";

/**
 * From now on a centred RMSProp divides by the root of the variance plus epsilon.
 * tfjs-core 4.22 takes epsilon away: see README.md.
 */
export function centreRmsProp() {
  replaceStep(RMSPROP, (optimizer, changes, before) => {
    if (!optimizer.centered) return before();
    const { learningRate, decay, momentum, epsilon } = optimizer;
    const averaged = (average: Tensor, value: Tensor) =>
      add(mul(average, decay), mul(value, 1 - decay));
    changes.forEach(({ variable, gradient }, i) => {
      const averages = averagesOf(RMSPROP, optimizer, { variable, i });
      // A variable that is frozen has no gradient; it still has its place.
      if (!gradient) return;
      const [squares, moments, means] = averages;
      tidy(() => {
        squares.assign(averaged(squares, square(gradient)));
        means.assign(averaged(means, gradient));
        // Rounding may take a variance below zero.
        const variance = relu(sub(squares, square(means)));
        const root = sqrt(add(variance, epsilon));
        const change = div(mul(gradient, learningRate), root);
        moments.assign(add(mul(moments, momentum), change));
        variable.assign(sub(variable, moments));
      });
    });
    optimizer.incrementIterations();
  });
}
