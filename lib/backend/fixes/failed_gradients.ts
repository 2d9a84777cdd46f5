/** What a gradient keeps for its way back, when it throws on the way. */

import { innerEngine } from "../internals/engine.ts";

/**
 * From now on a gradient that throws, even because memory is full, gives back the
 * tensors that it kept. tfjs-core 4.22 forgets them: see README.md.
 */
export function freeAfterFailedGradients() {
  const inner = innerEngine();
  const { gradients } = inner;
  inner.gradients = function (...args) {
    try {
      // In a scope, so that the loss is freed too if the gradient throws.
      return this.tidy(() => gradients.apply(this, args));
    } catch (error) {
      const { state } = this;
      if (state.gradientDepth === 0 && state.activeTape) {
        for (const { saved } of state.activeTape) {
          for (const tensor of saved) tensor.dispose();
        }
        state.activeTape = null;
      }
      throw error;
    }
  };
}
