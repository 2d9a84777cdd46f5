/** Workers that can be killed from outside, or held up. */

import { fileURLToPath } from "node:url";
import { bundleWorker } from "../../tools/build_wasm.ts";
import { COUNTDOWN, HELD } from "./mortal_words.ts";

/** Options of a pool with such workers, for which a minute without answer is a second. */
export const MORTAL = {
  program: await bundleWorker(
    fileURLToPath(new URL("mortal_worker.ts", import.meta.url)),
  ),
  lookEveryMs: 17,
};

/** The worker that is about to run the `count`th chunk from now on ends. */
export function killAt(count: number, { buffer }: WebAssembly.Memory) {
  const words = new Int32Array(buffer);
  words[HELD] = 0;
  Atomics.store(words, COUNTDOWN, count);
}

/** The worker that is about to run the next chunk waits until it is let go. */
export function holdNext({ buffer }: WebAssembly.Memory): () => void {
  const words = new Int32Array(buffer);
  words[HELD] = 1;
  Atomics.store(words, COUNTDOWN, 1);
  return () => {
    Atomics.store(words, HELD, 0);
    Atomics.notify(words, HELD);
  };
}
