/**
 * The course's helpers, the one door for notebooks. Data flows one way:
 *
 * bytes -> images (typed arrays) -> noise -> tensors -> training events
 *   -> metrics -> figures
 *
 * @module
 */

export { courseSize } from "./course.ts";
export { loadIdx } from "./idx.ts";
export { loadMnist } from "./mnist.ts";
export { loadExtract } from "./extracts.ts";
export { loadPictures } from "./pictures.ts";
export { Random } from "./random.ts";
export { addNoise } from "./noise.ts";
export { Adadelta } from "./adadelta.ts";
export { likeliest, oneHot } from "./labels.ts";
export { buildAutoencoder, buildClassifier, buildUNet } from "./model.ts";
export { checkPair } from "./pairs.ts";
export { denoise } from "./denoise.ts";
export { fit, type NoisyImages } from "./fit.ts";
export { loadModel, saveModel } from "./checkpoint.ts";
export { saveJson } from "./files.ts";
export {
  binaryCrossentropy,
  mean,
  meanSquaredError,
  psnr,
  ssim,
} from "./metrics.ts";
export {
  fitLinearMap,
  fitPca,
  gaussianBlur,
  medianFilter,
  totalVariation,
  undoClipping,
} from "./baselines.ts";
export { principalComponents } from "./pca.ts";
export { digitGrid } from "./digit_grid.ts";
export { COLOURS, plotFigure } from "./figures.ts";
export { networkDiagram } from "./network_diagram.ts";
export { watchProgress, watchTraining } from "./watch_training.ts";
export { stopSignal } from "./notebook.ts";
export { table } from "./table.ts";
export { check } from "./check.ts";

import { describeTfjs } from "./tfjs_texts.ts";

describeTfjs();
