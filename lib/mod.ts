/**
 * The helpers of the course, which notebooks import from here. Data flows one way:
 *
 * bytes -> images (typed arrays) -> noise -> tensors -> training events
 *   -> metrics -> figures
 *
 * @module
 */

export { courseSize } from "./data/course_size.ts";
export { loadIdx } from "./data/idx.ts";
export { loadMnist } from "./data/mnist.ts";
export { loadExtract } from "./data/extracts.ts";
export { loadPictures } from "./data/pictures.ts";
export { Random } from "./data/random.ts";
export { addNoise } from "./data/noise.ts";
export { argMax, oneHot } from "./data/labels.ts";
export {
  buildAutoencoder,
  buildClassifier,
  buildUNet,
} from "./training/model.ts";
export { checkPair } from "./training/data_checks.ts";
export { predict } from "./training/predict.ts";
export { countMultiplications } from "./training/multiplications.ts";
export { trainSteps } from "./training/train_steps.ts";
export { fit, type NoisyImages } from "./training/fit.ts";
export { loadModel, saveModel } from "./training/saved_model.ts";
export { loadJson, saveJson } from "./data/files.ts";
export {
  binaryCrossentropy,
  mean,
  meanSquaredError,
  psnr,
  ssim,
} from "./scores/metrics.ts";
export {
  fitLinearMap,
  fitPca,
  gaussianBlur,
  medianFilter,
  totalVariation,
  undoClipping,
} from "./scores/baselines.ts";
export { frechetDistance } from "./scores/frechet.ts";
export { principalComponents } from "./scores/pca.ts";
export { digitGrid } from "./drawing/digit_grid.ts";
export { COLOURS, plotFigure } from "./drawing/figures.ts";
export { soundPlayers } from "./drawing/sound_players.ts";
export { networkDiagram } from "./drawing/network_diagram.ts";
export { watchProgress, watchTraining } from "./training/watch_training.ts";
export { watchSeveral } from "./training/watch_several.ts";
export { stopSignal } from "./notebook/notebook.ts";
export { table } from "./drawing/table.ts";
export { check } from "./exercises/check.ts";

import { describeTfjs } from "./drawing/tfjs_texts.ts";

describeTfjs();
