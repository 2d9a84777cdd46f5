/** What a gradient keeps for its way back, when it throws on the way. */

import { engine, type Tensor } from "@tensorflow/tfjs-core";

// Some of this is private in tfjs's Engine, so it is named here.
interface Tape {
  gradients(...args: unknown[]): unknown;
  tidy(use: () => unknown): unknown;
  state: { gradientDepth: number; activeTape: { saved: Tensor[] }[] | null };
}

/**
 * From now on a gradient that throws, be it for want of memory, gives back the
 * tensors that it kept. tfjs-core 4.22 forgets them: see fixes/README.md.
 */
export function freeBrokenTapes() {
  const tape = engine() as unknown as Tape;
  const { gradients } = tape;
  tape.gradients = function (...args) {
    try {
      // In a scope, that the loss goes too should the way back throw.
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
