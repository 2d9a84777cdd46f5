/** Constraints of weights, which hold while a model learns. */

import { tidy } from "@tensorflow/tfjs-core";
import { layersPrototypes, type Weight } from "../internals/layers.ts";

/**
 * From now on the constraints of weights hold after each step, as in Keras.
 * tfjs-layers 4.22 forgets them when it trains: see README.md.
 */
export function keepConstraints() {
  const { model } = layersPrototypes();
  const { makeTrainFunction } = model;
  model.makeTrainFunction = function () {
    const train = makeTrainFunction.call(this);
    // In a scope, so that gradients are freed if the optimizer throws.
    return (data) =>
      tidy(() => {
        const losses = train(data);
        this.collectedTrainableWeights.forEach(constrain);
        return losses;
      });
  };
}

/** Projects a weight that learns to where its constraint allows it. */
function constrain(weight: Weight) {
  const { constraint } = weight, variable = weight.read();
  if (constraint && variable.trainable) {
    variable.assign(constraint.apply(variable));
  }
}
