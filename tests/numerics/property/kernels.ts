import { arrayCases } from "./arrays.ts";
import { batchNormCases } from "./batch_norm.ts";
import { type Generator } from "./case.ts";
import { convolutionCases } from "./convolutions.ts";
import { volumeConvolutionCases } from "./convolutions_3d.ts";
import { depthwiseCases } from "./depthwise.ts";
import { elementwiseCases } from "./elementwise.ts";
import { fusedCases } from "./fused.ts";
import { layerNormCases } from "./layer_norm.ts";
import { lossCases } from "./losses.ts";
import { matrixCases } from "./matrices.ts";
import { movingCases } from "./moving.ts";
import { optimizerCases } from "./optimizers.ts";
import { sequenceCases } from "./sequences.ts";
import { windowCases } from "./windows.ts";

/** A generator for each kernel that the backend registers itself. */
export const generators: Record<string, Generator> = {
  ...arrayCases,
  ...batchNormCases,
  ...convolutionCases,
  ...depthwiseCases,
  ...volumeConvolutionCases,
  ...elementwiseCases,
  ...fusedCases,
  ...layerNormCases,
  ...lossCases,
  ...matrixCases,
  ...movingCases,
  ...optimizerCases,
  ...sequenceCases,
  ...windowCases,
};
