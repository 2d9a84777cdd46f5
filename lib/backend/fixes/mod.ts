/**
 * What is wrong in TensorFlow.js 4.22, corrected: for any backend, with none of
 * ours. README.md lists the faults.
 *
 * @module
 */

import "@tensorflow/tfjs-backend-cpu";
import { env, findBackend } from "@tensorflow/tfjs-core";
import { innerEngine } from "../internals/engine.ts";
import { layersPrototypes } from "../internals/layers.ts";
import { checkOptimizers } from "../internals/optimizers.ts";
import { recurrentClasses } from "../internals/recurrent.ts";
import { innerCpu } from "../internals/storage.ts";
import { useZeilersRule } from "./adadelta.ts";
import {
  allowMissingWeights,
  normaliseVolumes,
} from "./batch_normalization.ts";
import { padCausally } from "./causal.ts";
import { correctDilations } from "./dilations.ts";
import { nameDisposedTensors } from "./disposed.ts";
import { drawAtEachStep } from "./dropout.ts";
import { keepConstraints } from "./constraints.ts";
import { correctGradients } from "./gradients.ts";
import { correctKernels, replaceKernels } from "./kernels/mod.ts";
import { addMissingGradients } from "./missing_gradients.ts";
import { allowMissingInputs } from "./missing_inputs.ts";
import { centreRmsProp } from "./rmsprop.ts";
import { followSettings } from "./sgd.ts";
import { freeAfterFailedGradients } from "./failed_gradients.ts";
import { followSavedOutputs } from "./saved_outputs.ts";
import { addSecondGradients } from "./second_gradients.ts";
import { keepTrainingFlags } from "./training_flags.ts";

// Kept from before any cell runs, since a cell may declare this name itself.
const { performance } = globalThis;

export { uncorrectedAdadelta } from "./adadelta.ts";

let isFixed = false;

/**
 * Corrects TensorFlow.js 4.22 in this program: gradients, layers and optimizers
 * on every backend, and the kernels of "cpu". Calling it again changes nothing.
 *
 * @throws {Error} that names what another version of TensorFlow.js lacks.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { fixTensorFlow } from "@denoise/tfjs-wasm-threads/fixes";
 * fixTensorFlow();
 * await tf.setBackend("cpu");
 * ```
 */
export function fixTensorFlow() {
  if (isFixed) return;
  // All are looked for before the first is replaced.
  innerEngine();
  layersPrototypes();
  recurrentClasses();
  checkOptimizers();
  const cpu = innerCpu(findBackend("cpu"));
  isFixed = true;
  correctGradients();
  addMissingGradients();
  addSecondGradients();
  followSavedOutputs();
  correctDilations();
  allowMissingInputs();
  allowMissingWeights();
  normaliseVolumes();
  padCausally();
  drawAtEachStep();
  keepConstraints();
  freeAfterFailedGradients();
  keepTrainingFlags();
  nameDisposedTensors();
  centreRmsProp();
  followSettings();
  useZeilersRule();
  replaceKernels(correctKernels("cpu"));
  // The mark says that the kernels of "cpu" are the correct ones.
  Object.assign(cpu, { isCorrected: true });
  // tfjs asks `process`, and a cell may give that name a meaning of its own.
  env().platform.now = () => performance.now();
}
