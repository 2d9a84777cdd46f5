/** Explains why a loss is not a finite number. */

import type * as tf from "@tensorflow/tfjs";
import { brokenLayer, lossName } from "./model_checks.ts";

/**
 * An error that says where the loss broke off. Inputs and targets were finite,
 * and so were the weights when the training began.
 */
export async function brokenLoss(
  model: tf.LayersModel,
  { epoch, batch, loss, before }: {
    epoch: number;
    batch: number;
    loss: number;
    /** The mean loss of the epoch so far, or of the one before, if there was one. */
    before?: number;
  },
): Promise<Error> {
  const layer = await brokenLayer(model);
  const seen = before === undefined
    ? `it is the first, from finite images and weights, so the loss ` +
      `"${lossName(model)}" or a layer makes it so; look at what ` +
      `model.predict gives, and whether that loss is for it`
    : layer
    ? `the weights of layer "${layer}" are not finite, after a mean loss ` +
      `of ${before.toPrecision(4)}: ${
        tooLong(model)
      }; train anew with a lower ` +
      `learning rate`
    : `the weights are finite, and the mean loss before was ` +
      `${before.toPrecision(4)}, so the loss "${lossName(model)}" or a layer ` +
      `makes it so; look at what model.predict gives`;
  return new Error(
    `Cannot go on training: the loss of epoch ${epoch}, batch ${batch} is ` +
      `"${loss}"; ${seen}`,
  );
}

/** A loss of tfjs has finite gradients where it is finite itself. */
function tooLong(model: tf.LayersModel): string {
  return typeof model.loss === "string"
    ? "the steps were too long"
    : `the steps were too long, or the loss "${lossName(model)}" has a ` +
      `gradient that is not finite`;
}
