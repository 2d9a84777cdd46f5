/** Workers that can be killed from outside, or held up. */

import { fileURLToPath } from "node:url";
import { bundleWorker } from "../../tools/build_wasm.ts";

/** Options of a pool with such workers, for which a minute without answer is a second. */
export const MORTAL = {
  program: await bundleWorker(
    fileURLToPath(new URL("mortal_worker.ts", import.meta.url)),
  ),
  lookEveryMs: 17,
};
