/** A layer's own training flag, which holds however its network runs. */

import { Tensor } from "@tensorflow/tfjs-core";
import { type Layer, layersPrototypes } from "../internals/layers.ts";

/**
 * From now on layer.apply(input, { training: true }) makes that layer drop or
 * normalise as in training wherever its network runs, and false never.
 * tfjs-layers 4.22 takes no notice: see README.md.
 */
export function keepTrainingFlags() {
  const { layer } = layersPrototypes();
  const { apply } = layer;
  layer.apply = function (inputs, flags) {
    // A network that runs hands its tensors on in a list.
    const isRun = Array.isArray(inputs) && inputs[0] instanceof Tensor;
    const own = isRun ? flagOf(this) : undefined;
    return apply.call(
      this,
      inputs,
      own === undefined ? flags : { ...flags, training: own },
    );
  };
}

/** The flag that a layer was applied with; which of its places runs is not told. */
function flagOf({ name, inboundNodes }: Layer): boolean | undefined {
  const flags = inboundNodes
    .filter(({ inboundLayers }) => inboundLayers.length > 0)
    .map(({ callArgs }) => callArgs?.training ?? undefined);
  if (new Set(flags).size < 2) return flags[0];
  throw new RangeError(
    `Cannot run the layer "${name}": it is applied with training ` +
      `${flags.map((flag) => flag ?? "left out").join(" and ")}; give it the ` +
      `same each time, or use a layer for each`,
  );
}
